/** The shortest statements by trying everything: each way to cover a tiny set with each box that lies in it. Shares nothing with the author. */
import type { WorkloadIdentity } from '../../../../functions/identity.ts';

export type Shortest = { readonly characters: number; readonly statements: number };

/** Of the whole document, for identities of one account in the partition `aws`: at most about nine of them. */
export const shortestOf = (identities: readonly WorkloadIdentity[]): Shortest => {
  const bits = new Map(identities.map((identity, index) => [keyOf(identity), 1 << index]));
  const maskOf = (box: readonly WorkloadIdentity[]): number | undefined => {
    let mask = 0;
    for (const identity of box) {
      const bit = bits.get(keyOf(identity));
      if (bit === undefined) return undefined;
      mask |= bit;
    }
    return mask;
  };
  const cheapest = new Map<number, number>();
  const clusters = new Map(identities.map((identity) => [`${identity.region}/${identity.cluster}`, identity]));
  for (const those of subsets([...clusters.values()])) {
    for (const namespaces of subsets(distinct(identities.map(({ namespace }) => namespace)))) {
      for (const serviceAccounts of subsets(distinct(identities.map(({ serviceAccount }) => serviceAccount)))) {
        const box = those.flatMap((cluster) =>
          namespaces.flatMap((namespace) =>
            serviceAccounts.map((serviceAccount) => ({ ...cluster, namespace, serviceAccount })),
          ),
        );
        const mask = maskOf(box);
        if (mask === undefined) continue;
        const length = Math.min(...formsOf(those, namespaces, serviceAccounts));
        cheapest.set(mask, Math.min(length, cheapest.get(mask) ?? Number.POSITIVE_INFINITY));
      }
    }
  }
  return covering(cheapest, identities.length);
};

/** For each number of statements and each set that they hold, the fewest characters. */
const covering = (boxes: ReadonlyMap<number, number>, identities: number): Shortest => {
  const everybody = (1 << identities) - 1;
  let best: Shortest = { characters: Number.POSITIVE_INFINITY, statements: 0 };
  let held = new Map([[0, 0]]);
  for (let statements = 1; statements <= identities; statements += 1) {
    const next = new Map<number, number>();
    for (const [mask, characters] of held) {
      for (const [box, length] of boxes) {
        const all = mask | box;
        const sum = characters + length + (statements === 1 ? 0 : statements < 10 ? 2 : 3);
        if (sum < (next.get(all) ?? Number.POSITIVE_INFINITY)) next.set(all, sum);
      }
    }
    held = next;
    const characters = held.get(everybody) ?? Number.POSITIVE_INFINITY;
    if (characters < best.characters) best = { characters, statements };
  }
  return { ...best, characters: best.characters + '{"Version":"2012-10-17","Statement":[]}'.length };
};

/** Each way to write the statement, with the Sid `Podid`. */
const formsOf = (
  clusters: readonly WorkloadIdentity[],
  namespaces: readonly string[],
  serviceAccounts: readonly string[],
): readonly number[] => {
  const prefix = ({ region, account }: WorkloadIdentity): string => `arn:aws:eks:${region}:${account}:cluster/`;
  const forms = [{ 'aws:RequestTag/eks-cluster-arn': one(clusters.map((each) => prefix(each) + each.cluster)) }];
  const regions = distinct(clusters.map((each) => `${prefix(each)}*`));
  const names = distinct(clusters.map(({ cluster }) => cluster));
  const both = { 'aws:RequestTag/eks-cluster-arn': one(regions), 'aws:RequestTag/eks-cluster-name': one(names) };
  if (regions.length * names.length === clusters.length) forms.push(both);
  return forms.flatMap((form) =>
    ['StringEquals', 'StringLike'].map(
      (operator) =>
        JSON.stringify({
          Sid: 'Podid',
          Effect: 'Allow',
          Principal: { Service: 'pods.eks.amazonaws.com' },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
          Condition: {
            [operator]: {
              ...form,
              'aws:RequestTag/kubernetes-namespace': one(namespaces),
              'aws:RequestTag/kubernetes-service-account': one(serviceAccounts),
            },
          },
        }).length,
    ),
  );
};

const one = (values: readonly string[]): string | readonly string[] => (values.length === 1 ? values.join() : values);

const subsets = <T>(of: readonly T[]): T[][] =>
  Array.from({ length: 2 ** of.length - 1 }, (_, mask) =>
    of.filter((_each, index) => (((mask + 1) >> index) & 1) === 1),
  );

const distinct = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

const keyOf = ({ region, cluster, namespace, serviceAccount }: WorkloadIdentity): string =>
  [region, cluster, namespace, serviceAccount].join('/');
