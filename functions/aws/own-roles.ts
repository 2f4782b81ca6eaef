/** Which roles a spoke may write to: those of its own account that nobody has excluded. */
import * as z from 'zod';
import { parseArn } from '../partition.ts';
import { outOfBounds } from '../runtime/role-bounds.ts';

/** The account of a function, from its ARN; a text that is none gives an account that owns nothing. */
export const accountOf = (functionArn: string): string => parseArn(functionArn)?.account ?? '';

/**
 * The roles that a variable of the function's environment names: a JSON list of IAM globs over path and name, without the leading slash.
 * Absent, there are none.
 * @throws SyntaxError or ZodError when it can't be read: then nothing may be written
 */
export const rolesIn = (variable: string | undefined): string[] =>
  z.array(z.string()).parse(JSON.parse(variable ?? '[]'));

/** Why this role may not be written to, as a sentence; undefined when it may. */
export const refusal = (roleArn: string, ownAccount: string, excluded: readonly string[]): string | undefined => {
  const account = parseArn(roleArn)?.account;
  if (account !== undefined && account !== ownAccount) {
    return `role ${roleArn} is of account ${account}, and this function only writes in account ${ownAccount}`;
  }
  return outOfBounds(roleArn, excluded);
};
