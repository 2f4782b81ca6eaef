/** From a proposal that somebody has reviewed to the baselines that are kept: only of what is still as it says. Pure. */
import { clusterArn } from '../../identity.ts';
import type { ObjectRef } from '../contract.ts';
import type { Baseline } from '../kept.ts';
import { adopted, type Inventory, isThere, nameIn, type Proposal, proposalOf } from './proposal.ts';

export type Acceptance = {
  /** In the order in which they are kept: a cluster's own comes last, since from then on its mode counts. */
  readonly baselines: readonly { readonly ref: ObjectRef; readonly baseline: Baseline }[];
  /** What is known and stands in the proposal no more: nobody wants it. Names for people. */
  readonly leftOut: readonly string[];
  /** Why it can't be accepted. Where there are any, nothing is. */
  readonly problems: readonly string[];
};

/**
 * @param known What is known now of the proposal's clusters
 * @param accepting When, and the ARN of who accepts
 */
export const acceptanceOf = (
  proposal: Proposal,
  known: Inventory,
  accepting: { readonly at: string; readonly by: string },
): Acceptance => {
  const now = proposalOf(known, proposal.proposedAt);
  const problems = [...clusterProblems(proposal, now), ...roleProblems(proposal, now)];
  const accepted = new Set(entriesOf(proposal).map(({ key }) => key));
  const baselineOf = (ref: ObjectRef, facets: Baseline['facets']) => ({
    ref,
    baseline: {
      acceptedAt: accepting.at,
      by: accepting.by,
      facets: adopted(facets),
      closed: ref.object === 'role' ? ['inline', 'attached'] : [],
    },
  });
  const roles = known.roles.filter(({ facets }) => isThere(facets));
  const associations = known.associations.filter(({ facets }) => isThere(facets));
  return {
    baselines: [
      ...roles
        .filter(({ roleArn }) => accepted.has(roleArn))
        .map(({ roleArn, facets }) => baselineOf({ object: 'role', roleArn }, facets)),
      ...associations
        .filter(({ identity }) => accepted.has(`${clusterArn(identity)}/${nameIn(identity)}`))
        .map(({ identity, facets }) => baselineOf({ object: 'association', identity }, facets)),
      ...known.clusters
        .filter(({ cluster }) => accepted.has(clusterArn(cluster)))
        .map(({ cluster, facets }) => baselineOf({ object: 'cluster', cluster }, facets)),
    ],
    leftOut: entriesOf(now).flatMap(({ key }) => (accepted.has(key) ? [] : [key])),
    problems,
  };
};

const clusterProblems = (proposal: Proposal, now: Proposal): string[] =>
  proposal.clusters.flatMap((entry, index) => {
    const found = now.clusters.find(({ cluster }) => cluster === entry.cluster);
    if (found === undefined) return [`${entry.cluster} is not known: podid.config.yaml has to name it.`];
    if (proposal.clusters.findIndex(({ cluster }) => cluster === entry.cluster) !== index)
      return [`${entry.cluster} stands twice.`];
    const others =
      entry.identities === found.identities
        ? []
        : [`${entry.cluster}: associations were made or deleted since.${newOnes(entry, found)}`];
    return [
      ...difference(entry.cluster, entry, found, ['identities', 'associations']),
      ...others,
      ...entriesProblems(entry.associations, found.associations, (each) => `${entry.cluster}/${nameIn(each)}`),
    ];
  });

const newOnes = (entry: Proposal['clusters'][number], found: Proposal['clusters'][number]): string => {
  const there = new Set(entry.associations.map(nameIn));
  const lacking = found.associations.map(nameIn).filter((name) => !there.has(name));
  if (lacking.length === 0) return '';
  return ` Not in the file: ${lacking.slice(0, 5).join(', ')}${lacking.length > 5 ? ` and ${lacking.length - 5} more` : ''}.`;
};

const roleProblems = (proposal: Proposal, now: Proposal): string[] =>
  entriesProblems(proposal.roles, now.roles, ({ role }) => role);

type Entry = { readonly digest: string };

const entriesProblems = <Each extends Entry>(
  entries: readonly Each[],
  now: readonly Each[],
  nameOf: (entry: Each) => string,
): string[] => {
  const known = new Map(now.map((entry) => [nameOf(entry), entry]));
  const seen = new Set<string>();
  return entries.flatMap((entry) => {
    const name = nameOf(entry);
    if (seen.has(name)) return [`${name} stands twice.`];
    seen.add(name);
    const found = known.get(name);
    return found === undefined
      ? [`${name} is not there: a baseline says only what is.`]
      : difference(name, entry, found);
  });
};

/** Warnings, and who uses a role, are for the reader. */
const difference = (name: string, entry: Entry, found: Entry, more: readonly string[] = []): string[] => {
  if (entry.digest !== found.digest) return [`${name} was changed since it was proposed.`];
  const notCompared = new Set(['warnings', 'usedBy', ...more]);
  const [read, known] = [entry, found].map((each) =>
    text(Object.fromEntries(Object.entries(each).filter(([field]) => !notCompared.has(field)))),
  );
  return read === known ? [] : [`${name} is otherwise than the file says: leave an entry as it is, or take it out.`];
};

/** The order of a file's keys makes no difference, and what is undefined is not there. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

const entriesOf = ({ clusters, roles }: Proposal): { readonly key: string }[] => [
  ...clusters.flatMap((entry) => [
    { key: entry.cluster },
    ...entry.associations.map((each) => ({ key: `${entry.cluster}/${nameIn(each)}` })),
  ]),
  ...roles.map(({ role }) => ({ key: role })),
];
