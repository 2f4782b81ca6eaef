/** Conditions that hold for the sessions of exactly these service accounts. */
import { clusterArn, identityKey, type WorkloadIdentity } from '../identity.ts';
import { identityProblem } from './legal-names.ts';
import { principalTag, requestTag } from './session-tags.ts';

/** A Condition element as it is written. */
export type WrittenConditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** Service accounts that one StringEquals can hold: of one namespace in one cluster. Lists in two keys would multiply out. */
export type Pin = {
  readonly clusterArn: string;
  readonly namespace: string;
  readonly serviceAccounts: readonly string[];
};

/** What was asked for can't be said in a policy; the message says why. */
export class AbacRefused extends Error {
  override readonly name = 'AbacRefused';
}

/**
 * The fewest pins that hold these identities and no other, in a stable order.
 * @throws AbacRefused when there is none, or a name is none that AWS or Kubernetes allows.
 */
export const pinsOf = (identities: readonly WorkloadIdentity[]): readonly Pin[] => {
  if (identities.length === 0) throw new AbacRefused('A policy is for at least one service account.');
  const pins = new Map<string, Pin & { readonly serviceAccounts: string[] }>();
  for (const [, identity] of [...new Map(identities.map((each) => [identityKey(each), each]))].sort(byKey)) {
    const problem = identityProblem(identity);
    if (problem !== undefined) throw new AbacRefused(`No policy can be written: ${problem}.`);
    const { namespace, serviceAccount } = identity;
    const arn = clusterArn(identity);
    const pin = pins.get(`${arn}/${namespace}`) ?? { clusterArn: arn, namespace, serviceAccounts: [] };
    pin.serviceAccounts.push(serviceAccount);
    pins.set(`${arn}/${namespace}`, pin);
  }
  return [...pins.values()];
};

/** For a trust policy: EKS requests the session for one of these. Not before the session exists, hence RequestTag. */
export const trustConditions = (pin: Pin): WrittenConditions => ({ StringEquals: tagsOf(pin, requestTag) });

/** For permissions policies and policies of resources: the session is one of these, or chained from one. */
export const sessionConditions = (pin: Pin): WrittenConditions => ({ StringEquals: tagsOf(pin, principalTag) });

/**
 * Both sets of conditions, as one element.
 * @throws AbacRefused when both say something about one key by one operator: one of them would be lost.
 */
export const allOf = (...elements: readonly WrittenConditions[]): WrittenConditions => {
  const merged: Record<string, Record<string, string | readonly string[]>> = {};
  for (const [operator, keys] of elements.flatMap((element) => Object.entries(element))) {
    const block = merged[operator] ?? {};
    for (const [key, value] of Object.entries(keys)) {
      if (key in block) throw new AbacRefused(`Two conditions ${operator} on ${key} can't stand in one statement.`);
      block[key] = value;
    }
    merged[operator] = block;
  }
  return merged;
};

const tagsOf = ({ clusterArn: arn, namespace, serviceAccounts }: Pin, key: (tag: string) => string) => ({
  [key('eks-cluster-arn')]: arn,
  [key('kubernetes-namespace')]: namespace,
  [key('kubernetes-service-account')]:
    serviceAccounts.length === 1 && serviceAccounts[0] !== undefined ? serviceAccounts[0] : serviceAccounts,
});

// Not localeCompare: the order must not hang on the machine's locale.
const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;
