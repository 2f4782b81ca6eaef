/** What a template makes: a policy, and what it says in sentences. */
import { identityKey, showIdentity, type WorkloadIdentity } from '../identity.ts';
import { partitionOf } from '../partition.ts';
import { AbacRefused, allOf, pinsOf, sessionConditions, type WrittenConditions } from './conditions.ts';
import { identityTags } from './session-tags.ts';

export type WrittenStatement = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal?: { readonly AWS: string };
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition: WrittenConditions;
};

export type WrittenPolicy = { readonly Version: '2012-10-17'; readonly Statement: readonly WrittenStatement[] };

export type Generated = {
  readonly policy: WrittenPolicy;
  /** One sentence each: who, what, and what else must be so for it to hold. */
  readonly explanation: readonly string[];
};

/** A statement before it is said whom it is for. */
export type Permission = {
  /** Alphanumeric, as IAM wants it in a Sid. */
  readonly name: string;
  readonly actions: readonly string[];
  readonly resources: string | readonly string[];
  readonly conditions?: WrittenConditions;
};

/** The tags by which a place (a prefix, a key) can be named: short, and without a slash. */
export const PLACE_TAGS = ['eks-cluster-name', 'kubernetes-namespace', 'kubernetes-service-account'] as const;
export type PlaceTag = (typeof PLACE_TAGS)[number];

/** The permissions, each limited to the identities by their session tags; one statement for each pin. */
export const permit = (identities: readonly WorkloadIdentity[], permissions: readonly Permission[]): WrittenPolicy => ({
  Version: '2012-10-17',
  Statement: pinsOf(identities).flatMap((pin, place) =>
    permissions.map(({ name, actions, resources, conditions = {} }) => ({
      Sid: sidOf(name, place),
      Effect: 'Allow' as const,
      Action: actions,
      Resource: resources,
      Condition: allOf(conditions, sessionConditions(pin)),
    })),
  ),
});

/** Version 2012-10-17 needs different Sids in one policy. */
export const sidOf = (name: string, place: number): string => `Podid${name}${place === 0 ? '' : place + 1}`;

/** @throws AbacRefused when the identities are of several partitions: no ARN is in two. */
export const partitionFor = (identities: readonly WorkloadIdentity[]): string => {
  const [name, ...others] = new Set(identities.map(({ region }) => partitionOf(region).name));
  if (name === undefined) throw new AbacRefused('A policy is for at least one service account.');
  if (others.length > 0)
    throw new AbacRefused(`One policy can't serve the partitions ${[name, ...others].join(', ')}.`);
  return name;
};

/** Who gets it, in a sentence. */
export const whoGetsIt = (identities: readonly WorkloadIdentity[]): string =>
  `Only sessions of ${identities.map(showIdentity).join('; ')} are let in: their cluster's ARN, namespace and service account are compared with the session tags that EKS sets.`;

/** A sentence for each place that several identities share, because the tags that name it are the same. */
export const whoShares = (identities: readonly WorkloadIdentity[], by: readonly PlaceTag[]): readonly string[] => {
  const places = new Map<string, Map<string, WorkloadIdentity>>();
  for (const identity of identities) {
    const tags = identityTags(identity);
    const place = by.map((tag) => tags[tag]).join('/');
    places.set(place, (places.get(place) ?? new Map()).set(identityKey(identity), identity));
  }
  return [...places]
    .filter(([, who]) => who.size > 1)
    .map(
      ([place, who]) =>
        `${[...who.values()].map(showIdentity).join(' and ')} share ${place}: the tags that name it are the same.`,
    );
};

/** What every policy over session tags rests on. */
export const ON_TRUST =
  "The tags prove who calls only while nobody but EKS can set them: the role's trust policy must let no other principal pass these tags, the association must not disable session tags, and the role must not bear tags of these names itself.";
