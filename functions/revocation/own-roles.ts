/** Which roles a spoke may write a deny to: those of its own account that nobody has excluded. */

import * as z from 'zod';
import { PREFIX } from '../names.ts';
import { parseArn } from '../partition.ts';
import { compileGlob, globMatches, symbolsOf } from '../policy/pattern.ts';

/** The account of a function, from its ARN; a text that is none gives an account that owns nothing. */
export const accountOf = (functionArn: string): string => parseArn(functionArn)?.account ?? '';

/** A role's name: the last part of its ARN. */
export const roleNameOf = (roleArn: string): string => roleArn.slice(roleArn.lastIndexOf('/') + 1);

/**
 * The excluded roles from the function's environment: a JSON list of IAM globs over path and name, without the leading
 * slash. Absent, there are none.
 * @throws SyntaxError or ZodError when it can't be read: then nothing may be written
 */
export const excludedIn = (variable: string | undefined): string[] =>
  z.array(z.string()).parse(JSON.parse(variable ?? '[]'));

/** Why this role may not be written to, as a sentence; undefined when it may. */
export const refusal = (roleArn: string, ownAccount: string, excluded: readonly string[]): string | undefined => {
  const arn = parseArn(roleArn);
  if (arn?.service !== 'iam' || !arn.resource.startsWith('role/')) return `${roleArn} is no role's ARN`;
  if (arn.account !== ownAccount) {
    return `role ${roleArn} is of account ${arn.account}, and this function only writes in account ${ownAccount}`;
  }
  const pathAndName = arn.resource.slice('role/'.length);
  if (/^aws-(service-role|reserved)\//.test(pathAndName)) return `role ${pathAndName} is AWS's own`;
  const name = roleNameOf(roleArn);
  if (name.startsWith(`${PREFIX}-`)) return `role ${pathAndName} is one of podid's own`;
  const glob = excluded.find((each) => matches(each, pathAndName) || matches(each, name));
  return glob === undefined ? undefined : `role ${pathAndName} is excluded by the configuration (${glob})`;
};

/** A pattern of a bare name also stands for the role of that name under any path: rather too much than too little. */
const matches = (glob: string, text: string): boolean =>
  globMatches(compileGlob(symbolsOf(glob.replace(/^\//, ''), true)), text);
