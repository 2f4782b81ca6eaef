/** Which roles no function of ours may write to, and which it may narrow: one rule for hub and spokes, from what the configuration says. Pure. */
import { PREFIX } from '../names.ts';
import { parseArn } from '../partition.ts';
import { compileGlob, globMatches, symbolsOf } from '../policy/pattern.ts';

/** A role's name: the last part of its ARN. */
export const roleNameOf = (roleArn: string): string => roleArn.slice(roleArn.lastIndexOf('/') + 1);

/** Why nothing of this role may ever be written, as a sentence: AWS's own, podid's own, or excluded by these globs. */
export const outOfBounds = (roleArn: string, excluded: readonly string[]): string | undefined => {
  const pathAndName = pathAndNameOf(roleArn);
  if (pathAndName === undefined) return `${roleArn} is no role's ARN`;
  if (/^aws-(service-role|reserved)\//.test(pathAndName)) return `role ${pathAndName} is AWS's own`;
  const name = roleNameOf(roleArn);
  if (name.startsWith(`${PREFIX}-`)) return `role ${pathAndName} is one of podid's own`;
  // A pattern of a bare name also stands for the role of that name under any path: rather too much than too little.
  const glob = excluded.find((each) => matches(each, pathAndName) || matches(each, name));
  return glob === undefined ? undefined : `role ${pathAndName} is excluded by the configuration (${glob})`;
};

/**
 * Why the trust of this role is not podid's to narrow, as a sentence; undefined when one of these globs opts it in. They match as IAM matches
 * `role/<glob>` in the function's own permission: path and name together, so that a bare name means the role without a path alone.
 */
export const unmanaged = (roleArn: string, managed: readonly string[]): string | undefined => {
  const pathAndName = pathAndNameOf(roleArn);
  if (pathAndName === undefined) return `${roleArn} is no role's ARN`;
  if (managed.some((glob) => matches(glob, pathAndName))) return undefined;
  return `role ${pathAndName} is not under management: managedRoles in podid.config.yaml does not name it`;
};

const pathAndNameOf = (roleArn: string): string | undefined => {
  const arn = parseArn(roleArn);
  return arn?.service === 'iam' && arn.resource.startsWith('role/') ? arn.resource.slice('role/'.length) : undefined;
};

const matches = (glob: string, text: string): boolean =>
  globMatches(compileGlob(symbolsOf(glob.replace(/^\//, ''), true)), text);
