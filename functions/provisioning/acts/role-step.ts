/** What is to be written to a role, from the wish and the role as it is now. Pure. */
import type { RoleWrite, WholeRole } from '../../aws/iam-roles.ts';
import { differencesOf, tagDifferences } from '../../grants/compare-role.ts';
import { permissionsOf } from '../../grants/guardrails/permissions.ts';
import { renderTrust, type SeenRole, targetsPolicy } from '../../grants/index.ts';
import { PREFIX } from '../../names.ts';
import { digestOf } from '../../trust/digest.ts';
import { MADE_BY } from '../contract.ts';
import { type Bounds, boundaryArn, type RoleAsked } from './bounds.ts';
import { grantOf, isMadeBy, madeTags, tagsOfGrant } from './mark.ts';

/** The role as it should be; the tags are those that this function renders. */
export type WantedRole = Omit<RoleAsked['role'], 'standing'> & {
  readonly trust: { readonly parties: RoleAsked['parties']; readonly text: string };
};

export type RoleStep =
  | {
      readonly do: 'write';
      readonly create: boolean;
      readonly wanted: WantedRole;
      readonly writes: readonly RoleWrite[];
    }
  | { readonly do: 'stop'; readonly status: 'differs' | 'refused'; readonly because: string };

export type Present = Extract<SeenRole, { present: true }>;

/** As the grants know a role: without the denies that revocations put there and take away, which are no grant's to compare or remove. */
export const seenAs = ({ arn, trust, managedPolicyArns, inline, boundaryArn: boundary, tags }: WholeRole): Present => ({
  roleArn: arn,
  present: true,
  trust,
  managedPolicyArns,
  inline: Object.fromEntries(Object.entries(inline).filter(([name, document]) => !isSessionDeny(name, document))),
  ...(boundary !== undefined && { boundary }),
  tags: { ...tags },
});

/** The writes, in their order; none: it is as it should be. Whether the wish may be carried out at all, `refusedWish` has said. */
export const stepFor = (asked: RoleAsked, there: Present | undefined, bounds: Bounds): RoleStep => {
  const { role, parties, grantId } = asked;
  const because = there === undefined ? absent(asked) : unexpected(asked, there);
  if (because !== undefined) return { do: 'stop', status: 'differs', because };
  const { account, partition, trustCharacters: quota } = bounds;
  const into = role.managed ? undefined : there?.trust;
  const trust = renderTrust({ parties, role: { account, partition, roleArn: role.roleArn }, into, quota });
  if (!('text' in trust)) return { do: 'stop', status: 'refused', because: trust.refused };
  const { standing, ...shape } = role;
  const wanted: WantedRole = {
    ...shape,
    trust: { parties, text: trust.text },
    tags: tagsFor(asked, there === undefined),
  };
  if (there === undefined) {
    const bare: Present = {
      roleArn: role.roleArn,
      present: true,
      trust: trust.text,
      managedPolicyArns: [],
      inline: {},
      boundary: boundaryArn(bounds),
      tags: wanted.tags,
    };
    return { do: 'write', create: true, wanted, writes: writesFor(wanted, bare, grantId, bounds) };
  }
  if (standing === 'adopt') {
    const [difference] = stillDiffers(wanted, there, bounds);
    if (difference !== undefined) return { do: 'stop', status: 'differs', because: `${role.roleArn}: ${difference}` };
  }
  return { do: 'write', create: false, wanted, writes: writesFor(wanted, there, grantId, bounds) };
};

const tagsFor = ({ role, grantId, asker }: RoleAsked, isNew: boolean): Record<string, string> => {
  if (!role.managed) return {};
  return isNew ? madeTags(grantId, asker, role.tags) : tagsOfGrant(grantId, role.tags);
};

/** How the role that can be read differs from the one that was written, one sentence each; the trust by its reach. */
export const stillDiffers = (wanted: WantedRole, there: Present, { region }: Bounds): readonly string[] =>
  differencesOf(wanted, there, region);

/** The managed policies that a step attaches. */
export const attachedBy = (step: RoleStep): readonly string[] =>
  step.do === 'write' ? step.writes.flatMap((write) => (write.what === 'attach' ? [write.arn] : [])) : [];

/** What the record calls a write. */
export const labelOf = (write: RoleWrite): string => {
  switch (write.what) {
    case 'attach':
    case 'detach':
      return `attached:${write.arn}`;
    case 'put-inline':
    case 'delete-inline':
      return `inline:${write.name}`;
    case 'delete':
      return 'role';
    default:
      return write.what;
  }
};

/** It bears the mark of this very execution: also when the answer to its making was lost. */
export const isMadeNow = ({ grantId, asker }: RoleAsked, { tags }: Present): boolean =>
  grantOf(tags) === grantId && tags[MADE_BY] === asker;

const absent = ({ role }: RoleAsked): string | undefined =>
  role.managed && role.standing === 'create' ? undefined : `role ${role.roleArn} is not there`;

/** Why a role that is there is not the one that the plan knows. Tags alone prove nothing: path and boundary were asked for before. */
const unexpected = ({ role, grantId }: RoleAsked, { roleArn, tags }: Present): string | undefined => {
  // IAM's calls take the name alone.
  if (roleArn !== role.roleArn) return `the role of that name is ${roleArn}`;
  if (!role.managed) return undefined;
  const owner = grantOf(tags);
  switch (role.standing) {
    case 'create':
      return isMadeBy(tags, grantId) ? undefined : `role ${roleArn} is there, and grant ${grantId} has not made it`;
    case 'adopt':
    case 'take-over':
      return owner === undefined || owner === grantId ? undefined : `role ${roleArn} is of grant ${owner}`;
    default:
      return owner === grantId
        ? undefined
        : `role ${roleArn} is of ${owner === undefined ? 'no grant' : `grant ${owner}`}`;
  }
};

/** What goes makes room for what comes; the trust is last, so that nobody gets a role that is not ready. */
const writesFor = (wanted: WantedRole, there: Present, grantId: string, bounds: Bounds): readonly RoleWrite[] => {
  const { managed, managedPolicyArns, inline, boundary, tags, trust } = wanted;
  const ours = (name: string): boolean => managed || name === targetsPolicy(grantId);
  return [
    ...(boundary === undefined || boundary === there.boundary ? [] : [{ what: 'boundary', arn: boundary } as const]),
    ...(managed ? there.managedPolicyArns : [])
      .filter((arn) => !managedPolicyArns.includes(arn))
      .map((arn) => ({ what: 'detach', arn }) as const),
    ...Object.keys(there.inline)
      .filter((name) => ours(name) && inline[name] === undefined)
      .map((name) => ({ what: 'delete-inline', name }) as const),
    ...managedPolicyArns
      .filter((arn) => !there.managedPolicyArns.includes(arn))
      .map((arn) => ({ what: 'attach', arn }) as const),
    ...Object.entries(inline)
      .filter(([name, document]) => !isSame(document, there.inline[name]))
      .map(([name, document]) => ({ what: 'put-inline', name, document }) as const),
    ...(trustDiffers(wanted, there, bounds) ? [{ what: 'trust', document: trust.text } as const] : []),
    ...(tagDifferences(wanted, there).length > 0 ? [{ what: 'tags', tags } as const] : []),
  ];
};

const trustDiffers = (wanted: WantedRole, there: Present, bounds: Bounds): boolean =>
  stillDiffers({ ...wanted, managed: false, managedPolicyArns: [], inline: {} }, there, bounds).length > 0;

/** By what it says and not by its name alone: an Allow doesn't hide behind it. */
const isSessionDeny = (name: string, document: string): boolean =>
  name.startsWith(`${PREFIX}-deny-`) && permissionsOf({ name, document }).length === 0;

const isSame = (a: string, b: string | undefined): boolean =>
  b !== undefined && (a === b || digestOf(a) === digestOf(b));
