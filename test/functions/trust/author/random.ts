/** Random wishes: grids, unions of grids, strangers among them. */
import fc from 'fast-check';
import { identityKey, type WorkloadIdentity } from '../../../../functions/identity.ts';

export const ACCOUNT = '111122223333';
export const role = { account: ACCOUNT, partition: 'aws' } as const;

const identity = (region: string, cluster: string, namespace: string, serviceAccount: string): WorkloadIdentity => ({
  account: ACCOUNT,
  region,
  cluster,
  namespace,
  serviceAccount,
});

const regions = fc.constantFrom('eu-west-1', 'us-east-1', 'ap-southeast-2');
const names = fc.constantFrom('a', 'b', 'pay', 'pay-2', 'checkout', 'a-name-that-is-much-longer-than-others', 'x9');
const clusters = fc.oneof(names, fc.constantFrom('Prod', 'prod_1', 'PAY'));

/** Every combination of a few names. */
const grids = (most: number) =>
  fc
    .record({
      regions: fc.uniqueArray(regions, { minLength: 1, maxLength: 2 }),
      clusters: fc.uniqueArray(clusters, { minLength: 1, maxLength: most }),
      namespaces: fc.uniqueArray(names, { minLength: 1, maxLength: most }),
      serviceAccounts: fc.uniqueArray(names, { minLength: 1, maxLength: most }),
    })
    .map((grid) =>
      grid.regions.flatMap((region) =>
        grid.clusters.flatMap((cluster) =>
          grid.namespaces.flatMap((namespace) =>
            grid.serviceAccounts.map((serviceAccount) => identity(region, cluster, namespace, serviceAccount)),
          ),
        ),
      ),
    );

const singles = fc.tuple(regions, clusters, names, names).map((parts) => [identity(...parts)]);

export const distinct = (identities: readonly WorkloadIdentity[]): readonly WorkloadIdentity[] => [
  ...new Map(identities.map((each) => [identityKey(each), each])).values(),
];

/** Between 1 and about 200. */
export const wishes = fc
  .array(fc.oneof(singles, grids(2), grids(4)), { minLength: 1, maxLength: 5 })
  .map((parts) => distinct(parts.flat()).slice(0, 200));

const places = fc.oneof(
  fc.uniqueArray(fc.tuple(regions, clusters), { minLength: 1, maxLength: 4, selector: String }),
  fc
    .tuple(
      fc.uniqueArray(regions, { minLength: 1, maxLength: 2 }),
      fc.uniqueArray(clusters, { minLength: 1, maxLength: 3 }),
    )
    .map(([some, those]) => some.flatMap((region) => those.map((cluster) => [region, cluster] as const))),
);

/** Few names, so that boxes share them: at most nine identities. */
export const tinyWishes = fc
  .tuple(
    places,
    fc.uniqueArray(names, { minLength: 1, maxLength: 3 }),
    fc.uniqueArray(names, { minLength: 1, maxLength: 3 }),
  )
  .map(([at, namespaces, serviceAccounts]) =>
    at.flatMap(([region, cluster]) =>
      namespaces.flatMap((namespace) =>
        serviceAccounts.map((serviceAccount) => identity(region, cluster, namespace, serviceAccount)),
      ),
    ),
  )
  .chain((all) => fc.shuffledSubarray(all, { minLength: Math.min(all.length, 3), maxLength: Math.min(9, all.length) }));

/** Everybody who has a region, a cluster, a namespace and a service account from these, one of each from anybody. */
export const neighbours = (identities: readonly WorkloadIdentity[]): readonly WorkloadIdentity[] => {
  const of = (part: keyof WorkloadIdentity): readonly string[] => [...new Set(identities.map((each) => each[part]))];
  return of('region').flatMap((region) =>
    [...of('cluster'), 'other'].flatMap((cluster) =>
      [...of('namespace'), 'other'].flatMap((namespace) =>
        [...of('serviceAccount'), 'other'].map((serviceAccount) =>
          identity(region, cluster, namespace, serviceAccount),
        ),
      ),
    ),
  );
};
