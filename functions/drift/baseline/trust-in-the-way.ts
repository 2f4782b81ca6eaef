/** Trust policies that no grant can be written into: most admit every service account of the account's clusters, and are to be narrowed first. Pure. */
import type * as z from 'zod';
import { type GrantsConfig, GrantWish, resolve, type SeenAssociation, type SeenRole } from '../../grants/index.ts';
import type { ClusterRef } from '../../identity.ts';
import type { AssociationEntry, Proposal } from './proposal.ts';

/** Why the trust of one of the wish's roles can't be made exact, one sentence each; roles that nobody has read aren't judged. */
export type TrustInTheWay = (wish: z.input<typeof GrantWish>) => readonly string[];

/** Everybody who has a role by an association of these clusters counts as its user. */
export const trustsIn = (
  roles: Proposal['roles'],
  associations: readonly { readonly cluster: ClusterRef; readonly entry: AssociationEntry }[],
  config: GrantsConfig,
): TrustInTheWay => {
  const seen = new Map(roles.map((entry) => [entry.role, seenRole(entry)]));
  const users = new Map<string, SeenAssociation[]>();
  for (const { cluster, entry } of associations) {
    for (const arn of new Set([entry.role, entry.targetRole])) {
      if (arn !== undefined) users.set(arn, [...(users.get(arn) ?? []), seenAssociation(cluster, entry)]);
    }
  }
  // Whoever asks for them, the same roles must admit the same service accounts.
  const told = new Map<string, readonly string[]>();
  return (given) => {
    const wish = GrantWish.parse(given);
    const arns = [wish.source.role, ...wish.targets.map(({ role }) => role)];
    const before = told.get(arns.join(' '));
    if (before !== undefined) return before;
    const known = arns.flatMap((arn) => seen.get(arn) ?? []);
    const using = arns.flatMap((arn) => users.get(arn) ?? []);
    const { blockers } = resolve({
      ...{ grantId: NOBODY, version: 1, wish, grants: [], config },
      seen: { roles: known, associations: using, clusters: [], made: [] },
    });
    const sentences = blockers
      .filter(({ reason }) => OF_TRUST.has(reason))
      .map(({ reason, sentence }) => (reason === 'NotExact' ? `${sentence} podid trust tighten shows how.` : sentence));
    told.set(arns.join(' '), sentences);
    return sentences;
  };
};

/** It has no id before it is asked for. */
const NOBODY = 'g-0000000000000000';

/** What the author of trust policies refuses with. */
const OF_TRUST: ReadonlySet<string> = new Set([
  'DoesNotFit',
  'MixedAccounts',
  'NotExact',
  'PolicyMalformed',
  'ReachUndecided',
]);

const seenRole = ({ role, trust, attached = [], tags = {} }: Proposal['roles'][number]): SeenRole => ({
  ...{ roleArn: role, present: true, managedPolicyArns: attached, inline: {}, tags },
  trust: typeof trust === 'string' ? trust : JSON.stringify(trust),
});

/** A proposal has no ids of associations, and nobody asks for them here. */
const seenAssociation = (cluster: ClusterRef, entry: AssociationEntry): SeenAssociation => {
  const { namespace, serviceAccount, role, targetRole, sessionTags } = entry;
  return {
    identity: { ...cluster, namespace, serviceAccount },
    state: {
      ...{ associationId: 'unknown', associationArn: 'unknown', roleArn: role, disableSessionTags: !sessionTags },
      ...(targetRole !== undefined && { targetRoleArn: targetRole }),
    },
    tags: {},
  };
};
