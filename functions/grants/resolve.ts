/** From a wish and what was read to the resolved grant. */
import { configuredCluster } from '../config.ts';
import { clusterArn, identityKey, sameIdentity, showIdentity, type WorkloadIdentity } from '../identity.ts';
import { digestOf } from '../trust/digest.ts';
import { sharersOf } from './identities.ts';
import { tagsFor } from './names.ts';
import { type Asked, isUnderOurPath, roleArnOf } from './parties.ts';
import { resolveRoles, standingOf } from './resolve-roles.ts';
import type { Remark, ResolvedAssociation, ResolvedGrant } from './resolved.ts';
import type { SeenAssociation, SeenCluster } from './seen.ts';
import { identitiesOf, isManaged, sourceAccountsOf, textOf } from './wish.ts';

/** The roles that must be read before a grant can be resolved. */
export const rolesToRead = (asked: Pick<Asked, 'grantId' | 'wish' | 'config'>): readonly string[] => {
  const { wish } = asked;
  return [
    ...sourceAccountsOf(wish).map((account) => roleArnOf(asked, 'source', account, wish.source.role)),
    ...wish.targets.map(({ account, role }) => roleArnOf(asked, 'target', account, role)),
  ];
};

/**
 * Everything that is to be there, how it stands to what is, and what must be otherwise before. The same facts give the
 * same result; what nobody could read is a blocker, never a guess.
 * @throws AbacRefused when the wish's template can't be rendered, which `problemsOf` tells first
 */
export const resolve = (asked: Asked & { readonly version: number }): ResolvedGrant => {
  const { grantId, version, wish, seen, config } = asked;
  const resolved = resolveRoles(asked);
  const roles = resolved.map(({ role }) => role);
  const associations = identitiesOf(wish).map((identity) => associationFor(asked, identity));
  const wished = new Set(identitiesOf(wish).map(identityKey));
  const used = new Set(roles.map(({ roleArn }) => roleArn));
  const unused = seen.made.filter((made) => made.includes(':role/') && !used.has(made)).toSorted();
  return {
    grantId,
    version,
    roles,
    associations,
    removed: seen.associations
      .filter(({ identity, state }) => seen.made.includes(state.associationId) && !wished.has(identityKey(identity)))
      .map(({ identity, state }) => ({ identity, associationId: state.associationId })),
    removedRoles: unused.filter((roleArn) => isUnderOurPath(roleArn, config)),
    releasedRoles: unused.filter((roleArn) => !isUnderOurPath(roleArn, config)),
    blockers: [
      ...resolved.flatMap(({ blockers }) => blockers),
      ...associations.flatMap(associationBlockers),
      ...identitiesOf(wish).flatMap((identity) => clusterBlockers(asked, identity, associations)),
    ],
    warnings: [...identitiesOf(wish).flatMap((identity) => clusterWarnings(asked, identity)), ...roleWarnings(asked)],
    restarts: identitiesOf(wish).flatMap((identity) =>
      (seenCluster(asked, identity)?.withoutCredentials ?? []).map((workload) => ({ identity, ...workload })),
    ),
  };
};

const associationFor = (asked: Asked, identity: WorkloadIdentity): ResolvedAssociation => {
  const { grantId, wish, seen } = asked;
  const chained = wish.targets.find((target) => target.chained);
  const wanted = {
    identity,
    roleArn: roleArnOf(asked, 'source', identity.account, wish.source.role),
    ...(chained && { targetRoleArn: roleArnOf(asked, 'target', chained.account, chained.role) }),
    disableSessionTags: !wish.sessionTags,
    ...(wish.sessionPolicy !== undefined && { policy: textOf(wish.sessionPolicy) }),
    tags: tagsFor({ grantId, team: wish.team }),
  };
  const there = seen.associations.find((each) => sameIdentity(each.identity, identity));
  if (there === undefined) return { ...wanted, standing: 'create', differences: [] };
  const { associationId, ownerArn } = there.state;
  const differences = differencesOf(wanted, there);
  const isMade = seen.made.includes(associationId);
  const standing = ownerArn === undefined ? standingOf(true, isMade, differences.length > 0, wish.takeOver) : 'stop';
  const owned = ownerArn === undefined ? [] : [`It belongs to ${ownerArn}: change it there.`];
  return { ...wanted, associationId, standing, differences: [...owned, ...differences] };
};

type WantedAssociation = Omit<ResolvedAssociation, 'standing' | 'differences' | 'associationId'>;

const differencesOf = (wanted: WantedAssociation, { state }: SeenAssociation): readonly string[] => [
  ...(state.roleArn === wanted.roleArn ? [] : [`Its role is ${state.roleArn}; it should be ${wanted.roleArn}.`]),
  ...(state.targetRoleArn === wanted.targetRoleArn
    ? []
    : [`Its target role is ${state.targetRoleArn ?? 'none'}; it should be ${wanted.targetRoleArn ?? 'none'}.`]),
  ...(state.disableSessionTags === wanted.disableSessionTags
    ? []
    : [
        `Its session tags are ${onOff(!state.disableSessionTags)}; they should be ${onOff(!wanted.disableSessionTags)}.`,
      ]),
  ...(isSamePolicy(state.policy, wanted.policy) ? [] : ['Its session policy is another one.']),
];

const onOff = (on: boolean): string => (on ? 'on' : 'off');

const isSamePolicy = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && digestOf(a) === digestOf(b));

const associationBlockers = ({ identity, standing, differences }: ResolvedAssociation): readonly Remark[] =>
  standing === 'stop'
    ? [
        {
          reason: 'AssociationDiffers',
          sentence: `${showIdentity(identity)} has an association that podid has not made, and it can't be taken over as asked. ${differences.join(' ')}`,
        },
      ]
    : [];

/** "Pod Identity associations per cluster", not adjustable (EKS service quotas). */
const MOST_ASSOCIATIONS = 5000;

const clusterBlockers = (
  asked: Asked,
  identity: WorkloadIdentity,
  associations: readonly ResolvedAssociation[],
): readonly Remark[] => {
  const { account, region, cluster } = identity;
  const configured = configuredCluster(asked.config, account, region, cluster);
  const seen = seenCluster(asked, identity);
  const creates = associations.some((each) => sameIdentity(each.identity, identity) && each.standing === 'create');
  return [
    ...(configured?.mode === 'remediate'
      ? []
      : [
          remark(
            'ClusterObserved',
            `Nothing is written in cluster ${cluster}: podid.config.yaml ${configured === undefined ? 'does not name it' : 'says observe'}.`,
          ),
        ]),
    ...(seen === undefined ? [remark('ClusterNotRead', `Nobody could read cluster ${cluster}: ask again.`)] : []),
    ...(creates && seen !== undefined && seen.associations >= MOST_ASSOCIATIONS
      ? [
          remark(
            'AssociationsFull',
            `Cluster ${cluster} has ${seen.associations} associations; ${MOST_ASSOCIATIONS} is the most, and AWS does not raise it.`,
          ),
        ]
      : []),
  ];
};

const clusterWarnings = (asked: Asked, identity: WorkloadIdentity): readonly Remark[] => {
  const seen = seenCluster(asked, identity);
  if (seen === undefined) return [];
  const { namespace, cluster } = identity;
  const pods = seen.withoutCredentials.reduce((sum, each) => sum + each.pods, 0);
  const names = seen.withoutCredentials.map(({ workload }) => workload).join(', ');
  return [
    ...(seen.fargate === undefined || seen.fargate === 'none'
      ? []
      : [
          remark(
            'OnFargate',
            `${seen.fargate === 'all' ? 'All' : 'Some'} pods of namespace ${namespace} in cluster ${cluster} run on Fargate, where there is no Pod Identity: they get nothing. Run them on EC2 nodes, or use IAM roles for service accounts (IRSA) for them.`,
          ),
        ]),
    ...(pods === 0
      ? []
      : [
          remark(
            'RestartNeeded',
            `${pods} ${pods === 1 ? 'pod' : 'pods'} of ${names} in cluster ${cluster} ${pods === 1 ? 'has' : 'have'} no credentials until restarted${asked.wish.restartPods ? ', which podid does' : ''}.`,
          ),
        ]),
  ];
};

const roleWarnings = ({ grantId, wish, grants }: Asked): readonly Remark[] => [
  ...(wish.sessionTags
    ? []
    : [
        remark(
          'SessionTagsOff',
          `With session tags off, the source role can be used by every association of ${[...new Set(identitiesOf(wish).map(clusterArn))].join(', ')}, and a revocation can't tell its sessions apart.`,
        ),
      ]),
  ...[wish.source.role, ...wish.targets.map(({ role }) => role)]
    .filter((role) => !isManaged(role))
    .flatMap((role) => {
      const ids = sharersOf(role, grants, grantId).map(({ id }) => id);
      return ids.length === 0 ? [] : [remark('RoleShared', `Role ${role} is shared with ${ids.join(', ')}.`)];
    }),
];

const seenCluster = ({ seen }: Asked, { account, region, cluster }: WorkloadIdentity): SeenCluster | undefined =>
  seen.clusters.find((each) => each.account === account && each.region === region && each.cluster === cluster);

const remark = (reason: string, sentence: string): Remark => ({ reason, sentence });
