/** Grants as a person reads them: a line in a list, the story of one. Pure. */
import type { GrantVersion, Person, Transition } from '../functions/grants/grant.ts';
import type { DifferenceView, GrantRow, GrantView } from '../functions/provisioning/api/schemas.ts';
import { printable } from './api-problem.ts';
import { fromNow, lifetimeText, localTime } from './grants-times.ts';
import { table } from './output.ts';
import { stepText } from './step-lines.ts';

/** One line a grant. `now` is what `in 3d` counts from. */
export const grantTable = (rows: readonly GrantRow[], now: Date): string =>
  table(
    ['ID', 'STATE', 'FOR', 'CLUSTERS', 'TEAM', 'ASKED BY', 'CHANGED', 'ENDS', 'WHY'],
    rows.map((row) =>
      [
        row.id,
        row.phase,
        `${row.namespace}/${row.serviceAccount}`,
        row.clusters.map(({ cluster }) => cluster).join(','),
        row.team,
        nameOf(row.requestedBy),
        fromNow(row.changedAt, now),
        row.expireAt === undefined ? '-' : fromNow(row.expireAt, now),
        cut(row.reason),
      ].map(printable),
    ),
  );

/** Where it stands, in a line or a few: what the commands that change it print. */
export const standingText = (grant: GrantView): string =>
  [
    `Grant ${grant.id}, version ${newest(grant).version}: ${phaseText(grant)}`,
    ...needLines(grant),
    ...(grant.history.at(-1)?.notes ?? []).map((note) => `  ${note}`),
  ]
    .map(printable)
    .join('\n');

/** All of it: what was asked for, who gains what, what is missing, and what has happened. */
export const grantStory = (grant: GrantView, now: Date): string => {
  const { version, wish, requestedBy, at } = newest(grant);
  const facts: ReadonlyArray<readonly [string, string | undefined]> = [
    ['For', `${wish.namespace}/${wish.serviceAccount}`],
    ['In', wish.clusters.map(({ account, region, cluster }) => `${account}/${region}/${cluster}`).join(', ')],
    ['Role', wish.source.role],
    ['Targets', wish.targets.map(targetText).join(', ') || undefined],
    ...roleFacts(grant),
    ['Session tags', wish.sessionTags ? 'on' : 'off'],
    ['Why', wish.reason],
    ['Team', wish.team],
    ['Asked by', `${nameOf(requestedBy)}, ${localTime(at)}`],
    ['Lasts', lifetimeText(wish.lifetime)],
    ['Ends', grant.expireAt && `${localTime(grant.expireAt)} (${fromNow(grant.expireAt, now)})`],
    ['In force', grant.inForce === undefined ? 'nothing' : `version ${grant.inForce}`],
    ['Lapses', grant.pending && `${localTime(grant.pending.lapseAt)}, unless it is allowed by then`],
    ['You may', grant.may.join(', ') || 'nothing but look'],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const block = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', title, ...lines]);
  return [
    `Grant ${grant.id}, version ${version}: ${phaseText(grant)}`,
    '',
    ...facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(width)}  ${text}`])),
    ...block('Who gains what', differenceLines(grant.difference)),
    ...block('Needs', needLines(grant)),
    ...block('Approved by', approvalLines(grant)),
    ...block('Work', workLines(grant)),
    ...block('History', grant.history.flatMap(transitionLines)),
  ]
    .map(printable)
    .join('\n');
};

/** The ARNs: pods get the first, or the chained one; a workload that assumes its targets itself has to name them. */
const roleFacts = ({ roles }: GrantView): ReadonlyArray<readonly [string, string]> =>
  roles.map(({ as, roleArn, chained }) => [
    as === 'source' ? 'Source role' : 'Target role',
    `${roleArn}${chained ? ' (what pods get)' : ''}`,
  ]);

/** One thing that happened to it, and what else there is to know about it. */
export const transitionLines = ({ at, by, did, version, why, notes }: Transition): readonly string[] => [
  `  ${localTime(at)}  ${did} (version ${version}) by ${by === undefined ? 'podid' : nameOf(by)}${why === '' ? '' : `: ${why}`}`,
  ...notes.map((note) => `    ${note}`),
];

export const differenceLines = ({ sentences }: Pick<DifferenceView, 'sentences'>): readonly string[] =>
  sentences.map((sentence) => `  ${sentence}`);

/** A person by their name where they have one; the subject is what counts. */
export const nameOf = ({ name, subject }: Pick<Person, 'name' | 'subject'>): string => name ?? subject;

export const newest = ({ id, versions }: Pick<GrantView, 'id' | 'versions'>): GrantVersion => {
  const last = versions.at(-1);
  if (last === undefined) throw new RangeError(`grant ${id} has no version`);
  return last;
};

const phaseText = ({ phase, inForce }: GrantView): string =>
  phase.startsWith('changing/') ? `${phase} (version ${inForce ?? '?'} is in force meanwhile)` : phase;

/** Step by step, unless all of it is done: then it is as it was asked for. */
const workLines = ({ progress = [] }: GrantView): readonly string[] =>
  progress.every(({ state }) => state === 'done') ? [] : progress.map((step) => `  ${stepText(step)}`);

const needLines = ({ pending }: GrantView): readonly string[] =>
  (pending?.needs ?? []).map(({ id, sentence }) => `  ${sentence} (${id})`);

const approvalLines = ({ approvals }: GrantView): readonly string[] =>
  approvals.map(
    ({ by, version, at, why }) => `  ${nameOf(by)}, version ${version}, ${localTime(at)}${why ? `: ${why}` : ''}`,
  );

const targetText = ({ account, role, chained }: GrantVersion['wish']['targets'][number]): string =>
  `${role === 'managed' ? account : role}${chained ? ' (chained)' : ''}`;

const cut = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
