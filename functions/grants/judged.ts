/** A resolved grant in the words in which the guardrails judge it. */

import { parseArn } from '../partition.ts';
import { outOfBounds, unmanaged } from '../runtime/role-bounds.ts';
import { type Grant, versionOf } from './grant.ts';
import type { GrantsConfig } from './grants-config.ts';
import type { GrantFacts, RoleFacts } from './guardrails/facts.ts';
import { endOf } from './lifetime.ts';
import type { ResolvedGrant, ResolvedRole } from './resolved.ts';
import { type Seen, seenRole } from './seen.ts';
import { identitiesOf } from './wish.ts';

/** What the guardrails are told besides. */
export type Judged = {
  readonly grant: Grant;
  readonly resolved: ResolvedGrant;
  readonly seen: Seen;
  readonly config: GrantsConfig;
  /** The documents of managed policies, as text, by ARN. One that is missing is judged as the worst. */
  readonly documents: Readonly<Record<string, string>>;
  /** The roles that the grant's go on to, by AssumeRole and PassRole. */
  readonly beyond: readonly RoleFacts[];
  readonly counts: GrantFacts['counts'];
};

/** `now`: ISO 8601; a lifetime is judged as if it began then. @throws RangeError when the grant has no such version */
export const guardrailFacts = (judged: Judged, now: string): GrantFacts => {
  const { grant, resolved, seen, beyond, counts } = judged;
  const version = versionOf(grant, resolved.version);
  if (version === undefined) throw new RangeError(`grant ${grant.id} has no version ${resolved.version}`);
  const { wish, requestedBy } = version;
  const wished = new Set(resolved.associations.map(({ associationId }) => associationId));
  return {
    id: grant.id,
    version: version.version,
    requester: person(requestedBy),
    team: wish.team,
    identities: identitiesOf(wish),
    reason: wish.reason,
    ...(wish.lifetime && {
      lifetimeSeconds: Math.max(1, Math.ceil((Date.parse(endOf(wish.lifetime, now)) - Date.parse(now)) / 1000)),
    }),
    sessionTags: wish.sessionTags,
    roles: [...resolved.roles.map((role) => roleFacts(role, judged)), ...beyond],
    associations: seen.associations
      .filter(({ state }) => wished.has(state.associationId) && !seen.made.includes(state.associationId))
      .map(({ identity, state }) => ({
        identity,
        associationId: state.associationId,
        ownedByAddOn: state.ownerArn !== undefined,
      })),
    approvals: grant.approvals.map((approval) => ({ by: person(approval.by), version: approval.version })),
    counts,
  };
};

/** Without the client: the person counts. */
const person = ({ subject, name, teams }: GrantFacts['requester']): GrantFacts['requester'] => ({
  subject,
  teams,
  ...(name !== undefined && { name }),
});

const roleFacts = (role: ResolvedRole, { seen, config, documents }: Judged): RoleFacts => {
  const there = seenRole(seen, role.roleArn);
  const present = there?.present === true ? there : undefined;
  const spoke = config.spokes.find(({ account }) => account === parseArn(role.roleArn)?.account);
  // Of an existing role its owner's policies count too: granting a role is giving all that it has.
  const [managedPolicyArns, inline, boundary] = role.managed
    ? [role.managedPolicyArns, role.inline, role.boundary]
    : [present?.managedPolicyArns ?? [], { ...present?.inline, ...role.inline }, present?.boundary];
  return {
    arn: role.roleArn,
    as: role.as,
    exists: present !== undefined,
    ours: seen.made.includes(role.roleArn) && role.managed,
    optedIn: !role.managed && unmanaged(role.roleArn, spoke?.managedRoles ?? []) === undefined,
    excluded: outOfBounds(role.roleArn, spoke?.excludedRoles ?? []) !== undefined,
    ...(boundary !== undefined && { boundary }),
    policies: [
      ...managedPolicyArns.map((name) => ({
        name,
        ...(documents[name] !== undefined && { document: documents[name] }),
      })),
      ...Object.entries(inline).map(([name, document]) => ({ name, document })),
    ],
    ...(there === undefined && { unread: 'nobody could read the role' }),
    ...(!role.managed && there?.present === false && { unread: 'the role does not exist' }),
  };
};
