/** A grant's facts as Cedar entities: what `guardrails/podid.cedarschema` describes. */
import type { CedarValueJson, EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/web';
import { type ClusterRef, showIdentity, type WorkloadIdentity } from '../../identity.ts';
import { parseArn } from '../../partition.ts';
import type { AssociationFacts, GrantFacts, Person, RoleFacts } from './facts.ts';
import type { Ownership } from './ownership.ts';
import { type Permission, permissionsOf, unreadable } from './permissions.ts';

/** Something of a grant that guardrails are asked about, by itself. */
export type Part = {
  readonly resource: TypeAndId;
  /** As people call it. */
  readonly about: string;
  /** The teams that could approve it. */
  readonly owners: readonly string[];
  /** It, and what it is in. */
  readonly entities: readonly EntityJson[];
};

export const uid = (type: string, id: string): TypeAndId => ({ type, id });
/** An entity as a value. */
export const ref = (type: string, id: string): CedarValueJson => ({ __entity: { type, id } });

export const userOf = ({ subject, name, teams }: Person): EntityJson => ({
  uid: uid('User', subject),
  attrs: { name: name ?? subject },
  parents: teams.map((team) => uid('Team', team)),
});

/** `account/region/name`. */
export const clusterId = ({ account, region, cluster }: ClusterRef): string => `${account}/${region}/${cluster}`;
/** `account/region/cluster/namespace`. */
export const namespaceId = (identity: WorkloadIdentity): string => `${clusterId(identity)}/${identity.namespace}`;

/** The grant itself. */
export const grantPart = (facts: GrantFacts, owned: Ownership): Part => {
  const [first] = facts.identities;
  const places = accountsOf(facts);
  const environments = [
    ...facts.identities.map((identity) => owned.cluster(identity).environment),
    ...places.map((account) => owned.account(account).environment),
  ];
  const approvers = [
    ...facts.identities.flatMap(owned.namespaceOwners),
    ...places.flatMap((account) => (needsOwner(facts, account) ? owned.account(account).owners : [])),
  ];
  return {
    resource: uid('Grant', facts.id),
    about: `grant ${facts.id}`,
    owners: [...new Set(approvers)],
    entities: [
      {
        uid: uid('Grant', facts.id),
        attrs: {
          requester: ref('User', facts.requester.subject),
          team: ref('Team', facts.team),
          approvers: refs('Team', approvers),
          namespace: first?.namespace ?? '',
          serviceAccount: first?.serviceAccount ?? '',
          reason: facts.reason,
          ...(facts.lifetimeSeconds !== undefined && { lifetime: duration(facts.lifetimeSeconds) }),
          sessionTags: facts.sessionTags,
          environments: refs('Environment', environments),
          teamGrants: facts.counts.team,
        },
        parents: [],
      },
    ],
  };
};

/** Everything that the grant consists of, each to be judged alone: itself, its namespaces, accounts, roles and their permissions. */
export const partsOf = (facts: GrantFacts, owned: Ownership): readonly Part[] => [
  grantPart(facts, owned),
  ...facts.identities.map((identity) => namespacePart(facts, owned, identity)),
  ...accountsOf(facts).map((account) => accountPart(facts, owned, account)),
  ...facts.roles.flatMap((role) => {
    const part = rolePart(facts, owned, role);
    return [part, ...permissionsOfRole(role).map((permission, index) => permissionPart(part, role, permission, index))];
  }),
];

export const rolePart = (facts: GrantFacts, owned: Ownership, role: RoleFacts): Part => {
  const id = accountOf(role);
  const account = accountPart(facts, owned, id);
  return {
    resource: uid('Role', role.arn),
    about: role.through === undefined ? `role ${role.arn}` : `role ${role.arn}, ${role.as} by ${role.through}`,
    owners: account.owners,
    entities: [
      {
        uid: uid('Role', role.arn),
        attrs: {
          account: ref('Account', id),
          name: parseArn(role.arn)?.resource.slice('role/'.length) ?? role.arn,
          asked: isAsked(role),
          exists: role.exists,
          ours: role.ours,
          optedIn: role.optedIn,
          excluded: role.excluded,
          ...(role.boundary !== undefined && { boundary: role.boundary }),
        },
        parents: [uid('Account', id)],
      },
      ...account.entities,
    ],
  };
};

export const associationPart = (facts: GrantFacts, owned: Ownership, association: AssociationFacts): Part => {
  const namespace = namespacePart(facts, owned, association.identity);
  return {
    resource: uid('Association', association.associationId),
    about: `association ${association.associationId} of ${showIdentity(association.identity)}`,
    owners: namespace.owners,
    entities: [
      {
        uid: uid('Association', association.associationId),
        attrs: {
          namespace: ref('Namespace', namespace.resource.id),
          ownedByAddOn: association.ownedByAddOn,
        },
        parents: [namespace.resource],
      },
      ...namespace.entities,
    ],
  };
};

const namespacePart = (facts: GrantFacts, owned: Ownership, identity: WorkloadIdentity): Part => {
  const id = namespaceId(identity);
  const cluster = clusterId(identity);
  const { environment, configured } = owned.cluster(identity);
  const owners = owned.namespaceOwners(identity);
  return {
    resource: uid('Namespace', id),
    about: `namespace ${identity.namespace} in cluster ${cluster}`,
    owners,
    entities: [
      {
        uid: uid('Namespace', id),
        attrs: {
          name: identity.namespace,
          cluster: ref('Cluster', cluster),
          owners: refs('Team', owners),
          grants: facts.counts.namespaces[id] ?? 0,
        },
        parents: [uid('Cluster', cluster)],
      },
      {
        uid: uid('Cluster', cluster),
        attrs: { environment: ref('Environment', environment), configured },
        parents: [uid('Account', identity.account)],
      },
      ...accountPart(facts, owned, identity.account).entities,
    ],
  };
};

const accountPart = (facts: GrantFacts, owned: Ownership, account: string): Part => {
  const { owners, environment, configured, forSale, hub } = owned.account(account);
  return {
    resource: uid('Account', account),
    about: `account ${account}`,
    owners,
    entities: [
      {
        uid: uid('Account', account),
        attrs: {
          owners: refs('Team', owners),
          environment: ref('Environment', environment),
          configured,
          forSale,
          hub,
          reachedInto: reachedInto(facts, account),
        },
        parents: [],
      },
    ],
  };
};

const permissionPart = (role: Part, { arn }: RoleFacts, permission: Permission, index: number): Part => {
  const { text, resources, conditions, ...attrs } = permission;
  const resource = uid('Permission', `${arn}#${permission.policy}#${index}`);
  return {
    resource,
    about: `${text} of ${role.about}`,
    owners: role.owners,
    entities: [
      {
        uid: resource,
        attrs: {
          ...attrs,
          resources: [...resources],
          conditions: [...conditions],
          role: ref('Role', arn),
          account: ref('Account', accountOf({ arn })),
        },
        parents: [role.resource],
      },
      ...role.entities,
    ],
  };
};

const permissionsOfRole = ({ arn, policies, unread }: RoleFacts): readonly Permission[] => [
  ...policies.flatMap(permissionsOf),
  ...(unread === undefined ? [] : [unreadable(arn, `not all policies of ${arn} could be read: ${unread}`)]),
];

const accountOf = ({ arn }: Pick<RoleFacts, 'arn'>): string => parseArn(arn)?.account ?? '';
const isAsked = ({ as }: RoleFacts): boolean => as === 'source' || as === 'target';

const accountsOf = ({ identities, roles }: GrantFacts): readonly string[] => [
  ...new Set([...identities.map(({ account }) => account), ...roles.map(accountOf)]),
];

const reachedInto = ({ roles }: GrantFacts, account: string): boolean =>
  roles.some((role) => role.as !== 'source' && accountOf(role) === account);

/** Somebody of the account's owners may have to approve: for what reaches into it, or for what is there already. */
const needsOwner = (facts: GrantFacts, account: string): boolean =>
  facts.roles.some((role) => accountOf(role) === account && (role.as !== 'source' || (role.exists && !role.ours))) ||
  facts.roles.some((role) => accountOf(role) === account && permissionsOfRole(role).some((each) => each.actsAsOthers));

const refs = (type: string, ids: readonly string[]): CedarValueJson[] => [...new Set(ids)].map((id) => ref(type, id));

const duration = (seconds: number): CedarValueJson => ({ __extn: { fn: 'duration', arg: `${seconds}s` } });
