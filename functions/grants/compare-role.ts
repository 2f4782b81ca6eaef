/** How a role that is there differs from what a grant asks of it, one sentence each. */
import { partitionOf } from '../partition.ts';
import { parsePolicy } from '../policy/index.ts';
import { compareTrust } from '../trust/compare/index.ts';
import { digestOf } from '../trust/digest.ts';
import { ReachUndecided } from '../trust/reach/index.ts';
import type { ResolvedRole } from './resolved.ts';
import type { PresentRole } from './seen.ts';

type Wanted = Pick<
  ResolvedRole,
  'account' | 'roleArn' | 'managed' | 'trust' | 'managedPolicyArns' | 'inline' | 'boundary' | 'tags'
>;

/** Everything but the tags: others may well have made a role that gives what is asked, and then it lacks ours. */
export const differencesOf = (wanted: Wanted, present: PresentRole, region: string): readonly string[] => [
  ...trustDifferences(wanted, present, region),
  ...(wanted.managed ? managedDifferences(wanted.managedPolicyArns, present.managedPolicyArns) : []),
  ...inlineDifferences(wanted, present),
  ...(wanted.managed && wanted.boundary !== present.boundary
    ? [`Its permissions boundary is ${present.boundary ?? 'missing'}; it should be ${wanted.boundary}.`]
    : []),
];

/** Tags of ours that the role lacks, or that say something else. */
export const tagDifferences = ({ tags }: Pick<Wanted, 'tags'>, present: Pick<PresentRole, 'tags'>): readonly string[] =>
  Object.entries(tags)
    .filter(([key, value]) => present.tags[key] !== value)
    .map(([key, value]) => `Its tag ${key} is ${present.tags[key] ?? 'missing'}; it should be ${value}.`);

const trustDifferences = (
  { account, roleArn, trust }: Wanted,
  present: PresentRole,
  region: string,
): readonly string[] => {
  if (trust.text === undefined || isSame(trust.text, present.trust)) return [];
  try {
    const partition = partitionOf(region).name;
    const changes = compareTrust(parsePolicy(present.trust), parsePolicy(trust.text), { account, partition, roleArn });
    // The same reach in other words: nothing to do.
    return changes.flatMap(({ way, gains, loses }) => [
      ...(gains === undefined ? [] : [`Its trust would admit, and does not (${way}): ${gains.sentences.join(' ')}`]),
      ...(loses === undefined ? [] : [`Its trust admits, and would not (${way}): ${loses.sentences.join(' ')}`]),
    ]);
  } catch (error) {
    if (!(error instanceof ReachUndecided)) throw error;
    return [`Its trust is another one, and how they differ can't be told: ${error.message}`];
  }
};

const managedDifferences = (wanted: readonly string[], present: readonly string[]): readonly string[] => [
  ...wanted.filter((arn) => !present.includes(arn)).map((arn) => `It lacks the managed policy ${arn}.`),
  ...present.filter((arn) => !wanted.includes(arn)).map((arn) => `It has the managed policy ${arn}.`),
];

/** Of an existing role only what we write there: the rest is its owner's. */
const inlineDifferences = ({ inline, managed }: Wanted, present: PresentRole): readonly string[] => [
  ...Object.entries(inline).flatMap(([name, text]) => {
    const there = present.inline[name];
    if (there === undefined) return [`It lacks the inline policy ${name}.`];
    return isSame(text, there) ? [] : [`Its inline policy ${name} is another one.`];
  }),
  ...Object.keys(present.inline)
    .filter((name) => managed && inline[name] === undefined)
    .map((name) => `It has the inline policy ${name}.`),
];

const isSame = (a: string, b: string): boolean => a === b || digestOf(a) === digestOf(b);
