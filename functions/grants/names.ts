/** The names of what a grant makes: the same each time, so that making it again finds it. */
import { createHash } from 'node:crypto';
import { PREFIX } from '../names.ts';

/**
 * The grant's id: of the person and the key of their request, so that a repeated request is the same grant.
 * @example grantIdOf({ subject: 'https://idp.example|42', key: 'b7e1…' }) // g-3f0a…, 18 characters
 */
export const grantIdOf = ({ subject, key }: { readonly subject: string; readonly key: string }): string =>
  `g-${digest([subject, key]).slice(0, 16)}`;

/** What tells one role of a grant from its others: in an account, it has a source role or a target role. */
export type RolePlace = {
  readonly grantId: string;
  readonly as: 'source' | 'target';
  readonly namespace: string;
  readonly serviceAccount: string;
};

/**
 * `<namespace>-<service account>-<hash>`, at most 64 characters: names beside each other in a list belong together, the
 * hash tells them apart, and stays when the grant is changed.
 */
export const roleNameFor = ({ grantId, as, namespace, serviceAccount }: RolePlace): string => {
  // Names that begin with `podid-` are those of our own functions' roles, which nothing may write to.
  const readable = `${namespace}-${serviceAccount}`.replace(new RegExp(`^${PREFIX}-`), `${PREFIX}_`);
  return `${readable.slice(0, MOST - 1 - HASH)}-${digest([grantId, as]).slice(0, HASH)}`;
};

/** "Role name: 64 characters" (IAM guide, "IAM name requirements"); a session's and an execution's name are held to the same. */
const MOST = 64;
const HASH = 12;

/** The inline policies that we write, each whole: one that a grant alone has made can go without reading another. */
export const INLINE_POLICY = `${PREFIX}-inline`;
export const TEMPLATE_POLICY = `${PREFIX}-template`;
/** On a source role that several grants share, each has its own. */
export const targetsPolicy = (grantId: string): string => `${PREFIX}-targets-${grantId}`;

/** `podid-g-3f0a…-v2-1`: the execution, and the session of whoever acts for it; at most 64 characters. */
export const sessionName = (grantId: string, version: number, attempt: number): string =>
  `${PREFIX}-${grantId}-v${version}-${attempt}`;

/** Tags that say whose a role or association is. They are for people: others can set them, so they prove nothing; the path does. */
export const tagsFor = ({
  grantId,
  team,
}: {
  readonly grantId: string;
  readonly team: string;
}): Record<string, string> => ({
  [`${PREFIX}:grant`]: grantId,
  [`${PREFIX}:team`]: team,
});

const digest = (parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');
