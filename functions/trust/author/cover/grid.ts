/** A set of service accounts as cells of a small grid: names that are always asked for together are one. */
import { type ClusterRef, clusterArn, type WorkloadIdentity } from '../../../identity.ts';
import type { Box } from '../statement.ts';
import { type Names, together } from './names.ts';

/** A place on each of the three axes: cluster, namespace, service account. */
export type Cell = readonly [cluster: number, namespace: number, serviceAccount: number];

/** Places on each axis; every combination of them is in the box. */
export type GridBox = readonly [
  clusters: readonly number[],
  namespaces: readonly number[],
  serviceAccounts: readonly number[],
];

/** Clusters that one place stands for: some names, in one region. */
export type Clusters = {
  readonly refs: readonly ClusterRef[];
  /** Equal for places with the same names in different regions. */
  readonly names: number;
  readonly region: number;
};

export type Grid = {
  /** In a stable order. */
  readonly cells: readonly Cell[];
  /** Its index in `cells`; undefined for one that nobody asked for. */
  readonly numberOf: (cell: Cell) => number | undefined;
  /** Another number for every place of the grid. */
  readonly keyOf: (cell: Cell) => number;
  readonly clusters: readonly Clusters[];
  /** By `names` of a cluster's place. */
  readonly clusterNames: readonly Names[];
  /** By `region` of a cluster's place: the account and region that its clusters are of. */
  readonly regions: ReadonlyArray<Pick<ClusterRef, 'account' | 'region'>>;
  /** The place of these names in this region. */
  readonly clusterAt: (names: number, region: number) => number | undefined;
  readonly namespaces: readonly Names[];
  readonly serviceAccounts: readonly Names[];
};

/** The grid of these identities, all of one account. */
export const gridOf = (identities: readonly WorkloadIdentity[]): Grid => {
  // What the name of a cluster costs hangs on its statement's form too, so that only those of one length are the same.
  const clusterNames = together(
    identities,
    ({ cluster }) => cluster,
    ({ region, namespace, serviceAccount }) => `${region}/${namespace}/${serviceAccount}`,
    ({ length }) => length,
  );
  const namespaces = together(
    identities,
    ({ namespace }) => namespace,
    (identity) => `${clusterArn(identity)}/${identity.serviceAccount}`,
  );
  const serviceAccounts = together(
    identities,
    ({ serviceAccount }) => serviceAccount,
    (identity) => `${clusterArn(identity)}/${identity.namespace}`,
  );
  const account = identities[0]?.account ?? '';
  const regions = [...new Set(identities.map(({ region }) => region))].toSorted();
  const clusters = new Map<string, Clusters & { readonly place: number }>();
  const clusterPlace = ({ cluster, region }: ClusterRef): number => {
    const names = clusterNames.placeOf(cluster);
    const key = `${names}/${regions.indexOf(region)}`;
    const texts = clusterNames.all[names]?.texts ?? [];
    const place = clusters.get(key)?.place ?? clusters.size;
    const refs = texts.map((name) => ({ account, region, cluster: name }));
    if (place === clusters.size) clusters.set(key, { refs, names, region: regions.indexOf(region), place });
    return place;
  };
  const cells = identities.map(
    (identity): Cell => [
      clusterPlace(identity),
      namespaces.placeOf(identity.namespace),
      serviceAccounts.placeOf(identity.serviceAccount),
    ],
  );
  const keyOf = ([cluster, namespace, serviceAccount]: Cell): number =>
    (cluster * namespaces.all.length + namespace) * serviceAccounts.all.length + serviceAccount;
  const distinct = [...new Map(cells.map((cell) => [keyOf(cell), cell]))];
  const numbers = new Map(distinct.map(([key], number) => [key, number]));
  return {
    cells: distinct.map(([, cell]) => cell),
    numberOf: (cell) => numbers.get(keyOf(cell)),
    keyOf,
    clusters: [...clusters.values()],
    clusterNames: clusterNames.all,
    regions: regions.map((region) => ({ account, region })),
    clusterAt: (names, region) => clusters.get(`${names}/${region}`)?.place,
    namespaces: namespaces.all,
    serviceAccounts: serviceAccounts.all,
  };
};

/** The names at a cell's place on an axis: those of its clusters, whatever their region. */
export const namesAt = (grid: Grid, axis: 0 | 1 | 2, place: number): Names | undefined => {
  if (axis === 0) return grid.clusterNames[grid.clusters[place]?.names ?? -1];
  return (axis === 1 ? grid.namespaces : grid.serviceAccounts)[place];
};

/** The names that the box stands for, in order. */
export const namesIn = (grid: Grid, [clusters, namespaces, serviceAccounts]: GridBox): Box => ({
  clusters: clusters.flatMap((place) => grid.clusters[place]?.refs ?? []).toSorted(byRegionAndName),
  namespaces: namespaces.flatMap((place) => grid.namespaces[place]?.texts ?? []).toSorted(),
  serviceAccounts: serviceAccounts.flatMap((place) => grid.serviceAccounts[place]?.texts ?? []).toSorted(),
});

const byRegionAndName = (a: ClusterRef, b: ClusterRef): number =>
  compare(a.region, b.region) || compare(a.cluster, b.cluster);

// Not localeCompare: the order must not hang on the machine's locale.
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
