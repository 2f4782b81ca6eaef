/** What exists, as a proposal that people review: the associations of each cluster as the grants that they amount to, and the roles behind them. Pure. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Instant, RoleArn } from '../../association.ts';
import { type ClusterRef, clusterArn, type WorkloadIdentity } from '../../identity.ts';
import { jsonOf } from '../../json.ts';
import type { Facets } from '../contract.ts';
import { kindOf, nameOf } from '../facets/index.ts';
import { objectKey } from '../object.ts';
import { digestOfFacets } from '../remedy/index.ts';

/** Everything that is known of some clusters now. */
export type Inventory = {
  readonly clusters: readonly { readonly cluster: ClusterRef; readonly facets: Facets }[];
  readonly associations: readonly { readonly identity: WorkloadIdentity; readonly facets: Facets }[];
  /** Those that the associations give, as far as they were ever read. */
  readonly roles: readonly { readonly roleArn: string; readonly facets: Facets }[];
  /** Sentences of open findings, by the object's key. */
  readonly warnings: ReadonlyMap<string, readonly string[]>;
};

const Warnings = z.array(z.string()).optional();
/** Of everything that is adopted of the object: another one by the time of the acceptance, and it was changed meanwhile. */
const Digest = z.string().regex(/^[0-9a-f]{64}$/, 'a digest as `podid adopt propose` wrote it');
const Texts = z.record(z.string(), z.string());
const Documents = z.record(z.string(), z.unknown());

const AssociationEntry = z.strictObject({
  namespace: z.string(),
  serviceAccount: z.string(),
  role: z.string(),
  targetRole: z.string().optional(),
  sessionTags: z.boolean(),
  sessionPolicy: z.unknown().optional(),
  /** The add-on that it belongs to. */
  owner: z.string().optional(),
  tags: Texts.optional(),
  warnings: Warnings,
  digest: Digest,
});
export type AssociationEntry = z.infer<typeof AssociationEntry>;

const ClusterEntry = z.strictObject({
  cluster: z.string(),
  agent: z.string().optional(),
  warnings: Warnings,
  digest: Digest,
  /** Of who has an association, whether it stays in the file or not. */
  identities: Digest,
  associations: z.array(AssociationEntry),
});
export type ClusterEntry = z.infer<typeof ClusterEntry>;

const RoleEntry = z.strictObject({
  role: RoleArn,
  usedBy: z.array(z.string()).optional(),
  trust: z.unknown(),
  inline: Documents.optional(),
  attached: z.array(z.string()).optional(),
  /** What customer managed policies say, by digest. */
  documents: Texts.optional(),
  boundary: z.string().optional(),
  tags: Texts.optional(),
  warnings: Warnings,
  digest: Digest,
});
export type RoleEntry = z.infer<typeof RoleEntry>;

export const Proposal = z.strictObject({
  podid: z.literal('baseline/1'),
  proposedAt: Instant,
  clusters: z.array(ClusterEntry),
  roles: z.array(RoleEntry),
});
export type Proposal = z.infer<typeof Proposal>;

/** In the order of names, so that two proposals differ where the world does. */
export const proposalOf = (inventory: Inventory, proposedAt: string): Proposal => {
  const index = indexOf(inventory);
  return {
    podid: 'baseline/1',
    proposedAt,
    clusters: inventory.clusters
      .map(({ cluster, facets }) => clusterEntry(cluster, facets, index))
      .toSorted(by(({ cluster }) => cluster)),
    roles: inventory.roles
      .filter(({ facets }) => isThere(facets))
      .map(({ roleArn, facets }) => roleEntry(roleArn, facets, index))
      .toSorted(by(({ role }) => role)),
  };
};

type Associated = Inventory['associations'][number];

/** A fleet has a quarter of a million associations: each is found at once. */
type Index = Pick<Inventory, 'warnings'> & {
  readonly byCluster: ReadonlyMap<string, readonly Associated[]>;
  readonly users: ReadonlyMap<string, readonly string[]>;
  /** Whether a role that was read is there. */
  readonly roles: ReadonlyMap<string, boolean>;
};

const indexOf = ({ associations, roles, warnings }: Inventory): Index => {
  const byCluster = new Map<string, Associated[]>();
  const users = new Map<string, string[]>();
  const add = <Value>(to: Map<string, Value[]>, key: string, value: Value): void => {
    const list = to.get(key);
    if (list === undefined) to.set(key, [value]);
    else list.push(value);
  };
  for (const each of associations.filter(({ facets }) => isThere(facets))) {
    const { role, target } = each.facets;
    const cluster = clusterArn(each.identity);
    add(byCluster, cluster, each);
    for (const arn of new Set([role, target])) {
      if (arn !== undefined) add(users, arn, `${nameIn(each.identity)} in ${cluster}`);
    }
  }
  return { byCluster, users, warnings, roles: new Map(roles.map(({ roleArn, facets }) => [roleArn, isThere(facets)])) };
};

/** What of an object is adopted. Session denies come and go with revocations. */
export const adopted = (facets: Facets): Facets =>
  Object.fromEntries(Object.entries(facets).filter(([named]) => !['deny', 'cluster'].includes(kindOf(named))));

/** A role that was read without its id is there all the same. */
export const isThere = (facets: Facets): boolean => facets.exists !== undefined || facets.trust !== undefined;

const clusterEntry = (cluster: ClusterRef, facets: Facets, index: Index): ClusterEntry => {
  const arn = clusterArn(cluster);
  const own = index.byCluster.get(arn) ?? [];
  return {
    cluster: arn,
    agent: facets.agent,
    warnings: warningsOf(arn, index),
    digest: digestOfFacets(adopted(facets)),
    identities: digestOfNames(own.map(({ identity }) => nameIn(identity))),
    associations: own.map(({ identity, facets: seen }) => associationEntry(identity, seen, index)).toSorted(by(nameIn)),
  };
};

const associationEntry = (identity: WorkloadIdentity, facets: Facets, index: Index): AssociationEntry => {
  const { role = '', target, policy, owner } = facets;
  return {
    namespace: identity.namespace,
    serviceAccount: identity.serviceAccount,
    role,
    targetRole: target,
    sessionTags: facets['session-tags'] !== 'off',
    sessionPolicy: policy === undefined ? undefined : documentOf(policy),
    owner,
    tags: unlessEmpty(valuesOf(facets, 'tag')),
    warnings: warningsOf(objectKey({ object: 'association', identity }), index, missingRoles(facets, index)),
    digest: digestOfFacets(adopted(facets)),
  };
};

const missingRoles = ({ role, target }: Facets, { roles }: Index): string[] =>
  [role, target].flatMap((arn) => {
    if (arn === undefined) return [];
    const known = roles.get(arn);
    if (known === undefined) return [`Nobody has read ${arn} yet: it is not in this proposal.`];
    return known ? [] : [`${arn} is not there.`];
  });

const roleEntry = (roleArn: string, facets: Facets, index: Index): RoleEntry => {
  const attached = Object.keys(valuesOf(facets, 'attached'));
  return {
    role: roleArn,
    usedBy: unlessEmpty((index.users.get(roleArn) ?? []).toSorted()),
    trust: documentOf(facets.trust ?? ''),
    inline: unlessEmpty(mapped(valuesOf(facets, 'inline'), documentOf)),
    attached: unlessEmpty(attached),
    documents: unlessEmpty(valuesOf(facets, 'version')),
    boundary: facets.boundary,
    tags: unlessEmpty(valuesOf(facets, 'tag')),
    warnings: warningsOf(roleArn, index),
    digest: digestOfFacets(adopted(facets)),
  };
};

export const nameIn = ({ namespace, serviceAccount }: Pick<WorkloadIdentity, 'namespace' | 'serviceAccount'>): string =>
  `${namespace}/${serviceAccount}`;

const warningsOf = (key: string, { warnings }: Index, more: readonly string[] = []) =>
  unlessEmpty([...(warnings.get(key) ?? []), ...more]);

const valuesOf = (facets: Facets, kind: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(facets)
      .flatMap(([named, value]) => (kindOf(named) === kind ? [[nameOf(named), value] as const] : []))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Readable where it is JSON, which a policy nearly always is. */
const documentOf = (text: string): unknown => jsonOf(text) ?? text;

const mapped = (values: Record<string, string>, of: (text: string) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, text]) => [name, of(text)]));

/** An empty list or map is left out of the file. */
const unlessEmpty = <Value extends object>(value: Value): Value | undefined =>
  Object.keys(value).length === 0 ? undefined : value;

const digestOfNames = (names: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(names.toSorted())).digest('hex');

const by =
  <Entry>(name: (entry: Entry) => string) =>
  (a: Entry, b: Entry): number =>
    name(a) < name(b) ? -1 : 1;
