/** What the hub knows of clusters, their associations and the roles behind them, for a proposal. */
import type { Config } from '../functions/config.ts';
import type { Inventory } from '../functions/drift/baseline/index.ts';
import type { Facets, ObjectRef } from '../functions/drift/contract.ts';
import { facetsOfAssociation, kindOf } from '../functions/drift/facets/index.ts';
import { OBJECT_SCHEMAS, type ObjectState } from '../functions/drift/kept.ts';
import { objectKey } from '../functions/drift/object.ts';
import { type ClusterRef, clusterArn, type WorkloadIdentity } from '../functions/identity.ts';
import { ROLE_ANNOTATION } from '../functions/irsa.ts';
import { parseArn } from '../functions/partition.ts';
import type { Store } from '../functions/store/index.ts';
import { Told } from './told.ts';

/** Beside what is known: the keys of what nobody has read yet. */
export type Known = { readonly inventory: Inventory; readonly unread: readonly string[] };

/** Every cluster of the configuration. */
export const clustersIn = ({ spokes }: Config): ClusterRef[] =>
  spokes.flatMap(({ account, clusters }) => clusters.map(({ name, region }) => ({ account, region, cluster: name })));

/** The clusters that are meant by name or ARN; all when none is named. @throws Told when the configuration has none of the name */
export const clustersNamed = (config: Config, named: readonly string[]): ClusterRef[] => {
  const all = clustersIn(config);
  if (named.length === 0) return all;
  return named.flatMap((name) => {
    const found = all.filter((each) => each.cluster === name || clusterArn(each) === name);
    if (found.length === 0) throw new Told(`The configuration has no cluster ${name}. podid adopt status lists them.`);
    return found;
  });
};

/** @throws Told when a cluster was never listed as a whole: what is not known would be nobody's */
export const inventoryOf = async (store: Store, clusters: readonly ClusterRef[]): Promise<Known> => {
  const swept = await Promise.all(clusters.map((cluster) => store.clusters.swept(cluster)));
  const never = clusters.filter((_, index) => swept[index] === undefined);
  if (never.length > 0) {
    throw new Told(
      `Nobody has listed the associations of ${never.map(clusterArn).join(', ')} yet: run podid sweep first.`,
    );
  }
  const states = statesOf(store);
  const associations = [];
  for (const cluster of clusters) {
    const tags = await states('association', cluster.account);
    for (const { identity, state } of await store.associations.ofCluster(cluster)) {
      const read = tags.get(objectKey({ object: 'association', identity }))?.facets ?? {};
      const { facets } = facetsOfAssociation({ state, tags: {} });
      associations.push({ identity, facets: { ...tagsOf(read), ...facets } });
    }
  }
  const roleArns = [...new Set(associations.flatMap(({ facets }) => [facets.role, facets.target]))].flatMap(
    (arn) => arn ?? [],
  );
  const unread: string[] = [];
  const facetsOf = async (kind: ObjectRef['object'], account: string, key: string): Promise<Facets | undefined> => {
    const { facets } = (await states(kind, account)).get(key) ?? {};
    if (facets === undefined) unread.push(key);
    return facets;
  };
  const roles = [];
  for (const roleArn of roleArns) {
    const facets = await facetsOf('role', parseArn(roleArn)?.account ?? '', roleArn);
    if (facets !== undefined) roles.push({ roleArn, facets });
  }
  const seen = [];
  for (const cluster of clusters) {
    seen.push({ cluster, facets: (await facetsOf('cluster', cluster.account, clusterArn(cluster))) ?? {} });
  }
  const warnings = together(await warningsIn(store), await irsaWarnings(store, clusters, associations));
  return { inventory: { clusters: seen, associations, roles, warnings }, unread };
};

const tagsOf = (facets: Facets): Facets =>
  Object.fromEntries(Object.entries(facets).filter(([named]) => kindOf(named) === 'tag'));

/** The objects of a kind in an account, by key: each list is read once. */
const statesOf = (store: Store) => {
  const objects = store.objects(OBJECT_SCHEMAS);
  const lists = new Map<string, Promise<ReadonlyMap<string, ObjectState>>>();
  const listed = async (kind: string, account: string): Promise<ReadonlyMap<string, ObjectState>> => {
    const all = new Map<string, ObjectState>();
    let cursor: string | undefined;
    do {
      const page = await objects.list(kind, account, { limit: 500, ...(cursor !== undefined && { cursor }) });
      for (const state of page.states) all.set(objectKey(state.ref), state);
      cursor = page.next;
    } while (cursor !== undefined);
    return all;
  };
  return (kind: ObjectRef['object'], account: string): Promise<ReadonlyMap<string, ObjectState>> => {
    const key = `${kind} ${account}`;
    const list = lists.get(key) ?? listed(kind, account);
    lists.set(key, list);
    return list;
  };
};

type Warnings = Inventory['warnings'];

const together = (some: Warnings, others: Warnings): Warnings =>
  new Map([...some, ...[...others].map(([key, more]) => [key, [...(some.get(key) ?? []), ...more]] as const)]);

/** Of associations whose service account asks for another role by IRSA, too. */
const irsaWarnings = async (
  store: Store,
  clusters: readonly ClusterRef[],
  associations: Inventory['associations'],
): Promise<Warnings> => {
  const listed = await Promise.all(clusters.map((cluster) => store.serviceAccounts.ofCluster(cluster)));
  const keyOf = (identity: WorkloadIdentity): string => objectKey({ object: 'association', identity });
  const asked = new Map(listed.flat().map(({ identity, irsa }) => [keyOf(identity), irsa]));
  return new Map(
    associations.flatMap(({ identity, facets }) => {
      const irsa = asked.get(keyOf(identity));
      if (irsa === undefined || irsa.roleArn === facets.role) return [];
      // Whatever stands in the annotation: quoted, it is no line of ours.
      const role = irsa.valid ? irsa.roleArn : JSON.stringify(irsa.roleArn);
      const sentence = `IRSA: the service account also asks for ${role}, by ${ROLE_ANNOTATION}. Pod Identity wins, in pods that were started since there is the association.`;
      return [[keyOf(identity), [sentence]]];
    }),
  );
};

/** The open findings' sentences, by object. */
const warningsIn = async (store: Store): Promise<Warnings> => {
  const warnings = new Map<string, string[]>();
  let cursor: string | undefined;
  do {
    const page = await store.findings.listOpen({ limit: 200, ...(cursor !== undefined && { cursor }) });
    for (const { object, reason, sentence } of page.findings) {
      warnings.set(object, [...(warnings.get(object) ?? []), `${reason}: ${sentence}`]);
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return warnings;
};
