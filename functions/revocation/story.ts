/** The story of one revocation, as a person would want it: who did what, what was cut, what was restarted, what remains. Pure. */
import { showIdentity } from '../identity.ts';
import type { Revocation } from '../revocation.ts';
import type { JournalEntry } from '../store/journal.ts';
import type { RevocationRow } from '../store/revocation-row.ts';
import { sessionsOf } from './notes.ts';
import { countedPods } from './pod-findings.ts';
import { type CutLine, RevocationResult } from './result.ts';

/** The story as text, 7-bit but for the names in it. Times are UTC, and relative to the event. */
export const storyText = (row: RevocationRow, journal: readonly JournalEntry[]): string => {
  const { revocation } = row;
  const result = resultOf(row);
  const blocks = [
    [`Revocation ${revocation.id}: ${row.outcome ?? row.status}`, ...(result === undefined ? [] : [result.summary])],
    who(revocation),
    ...(result === undefined
      ? [['It has not ended yet.']]
      : [heldBlock(result), cutBlock(result, revocation), restartBlock(result), remainsBlock(result)]),
    journalBlock(journal, revocation),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
};

/** The same as data: `-o json`. Absent fields are absent, so that it can be written as it is. */
export const storyJson = (row: RevocationRow, journal: readonly JournalEntry[]) => {
  const { revocation, status, startedAt, endedAt, outcome } = row;
  const result = resultOf(row);
  return {
    revocation,
    status,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(result === undefined ? {} : { result }),
    journal,
  };
};

/** The time of an instant after another: `+0.9 s`, `+3 min 20 s`, `+6 h 10 min`. */
export const relative = (since: string, at: string): string => {
  const seconds = (Date.parse(at) - Date.parse(since)) / 1000;
  const sign = seconds < 0 ? '-' : '+';
  const size = Math.abs(seconds);
  if (size < 60) return `${sign}${size.toFixed(1)} s`;
  const whole = Math.round(size);
  if (whole < 3600) return `${sign}${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${sign}${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
};

/** A result that this version can't read is treated as none: the journal tells the story all the same. */
const resultOf = ({ story }: RevocationRow): RevocationResult | undefined => RevocationResult.safeParse(story).data;

const ACTS = {
  'association-deleted': 'deleted the association',
  'association-updated': 'changed the association',
  'association-created': 'created an association',
} as const;

const who = ({ actor, cause, identity, former, current, since, mode, attempt }: Revocation): string[] => {
  const id = former?.associationId ?? current?.associationId;
  const details = [
    ...(actor.issuerArn === undefined ? [] : [`role ${actor.issuerArn}`]),
    ...(actor.invokedBy === undefined ? [] : [`through ${actor.invokedBy}`]),
    ...(actor.sourceIp === undefined ? [] : [`from ${actor.sourceIp}`]),
    // The program; what follows are the versions of everything that it is made of.
    ...(actor.userAgent === undefined ? [] : [actor.userAgent.split(' ')[0] ?? '']),
    ...(actor.mfa === undefined ? [] : [actor.mfa ? 'with MFA' : 'without MFA']),
  ];
  return [
    `Who      ${actor.arn ?? actor.type} ${ACTS[cause]}${id === undefined ? '' : ` ${id}`}`,
    ...(details.length === 0 ? [] : [`         (${details.join(', ')})`]),
    `Whose    ${showIdentity(identity)}`,
    `When     ${since}`,
    ...(former === undefined
      ? []
      : [`Was      ${[former.roleArn, former.targetRoleArn].filter((role) => role !== undefined).join(' -> ')}`]),
    `Mode     ${mode}${attempt === 1 ? '' : `, attempt ${attempt}`}`,
    `Event    ${actor.eventId}`,
  ];
};

const heldBlock = ({ held }: RevocationResult): string[] => (held === undefined ? [] : ['Held', `  ${held}`]);

const cutBlock = ({ cut }: RevocationResult, revocation: Revocation): string[] => [
  'Cut',
  ...(cut.length === 0 ? ['  nothing'] : cut.flatMap((line) => cutLines(line, revocation))),
];

const STATUS = {
  cut: 'denied',
  lifted: 'deny lifted',
  'role-gone': 'the role is gone',
  refused: 'refused',
  'no-room': 'no room for the deny',
  failed: 'failed',
  planned: 'planned, not written',
} as const;

const cutLines = (line: CutLine, { identity, since }: Revocation): string[] => {
  const {
    roleArn,
    form,
    issuedBefore,
    status,
    reachedFrom,
    acceptedAt,
    presumedEffectiveAt,
    dueAt,
    policyName,
    because,
  } = line;
  const at = (time: string) => `${time} (${relative(since, time)})`;
  return [
    `  ${roleArn}: ${STATUS[status]}`,
    ...(status === 'cut' || status === 'planned' ? [`    ${sessionsOf({ identity, form, issuedBefore })}`] : []),
    ...(reachedFrom === undefined ? [] : [`    reached from ${reachedFrom}`]),
    ...(line.earlier === true ? ['    the deny is from an earlier revocation'] : []),
    ...(policyName === undefined ? [] : [`    policy ${policyName}`]),
    ...(acceptedAt === undefined ? [] : [`    accepted ${at(acceptedAt)}`]),
    ...(presumedEffectiveAt === undefined ? [] : [`    presumed in force ${at(presumedEffectiveAt)}`]),
    ...(dueAt === undefined ? [] : [`    may go ${at(dueAt)}, when no session from before can live any more`]),
    ...(because === undefined ? [] : [`    ${because}`]),
  ];
};

const HOW = { Roll: 'rolled out', Evict: 'pods evicted', Delete: 'pods deleted' } as const;
const WITHOUT = {
  Done: 'nothing to do any more',
  Wait: 'waiting',
  LeaveAlone: 'left alone',
  Planned: 'planned, not done',
} as const;

const restartBlock = ({ restarted }: RevocationResult): string[] => {
  if (restarted.length === 0) return ['Restarted', '  nothing'];
  return [
    'Restarted',
    ...restarted.map(({ workload, how, step, pods, because }) => {
      const last = step === 'Wait' || step === 'LeaveAlone' || step === 'Planned' ? WITHOUT[step] : undefined;
      const what =
        how === undefined ? (last ?? WITHOUT.Done) : `${HOW[how]}${last === undefined ? '' : `, then ${last}`}`;
      return `  ${workload.kind}/${workload.name}: ${what} (${countedPods(pods)})${because === undefined ? '' : `: ${because}`}`;
    }),
  ];
};

const podsLeft = (remaining: RevocationResult['remaining'], standing: RevocationResult['standing']): string => {
  if (remaining !== undefined) return `${remaining.pods === 0 ? 'no pods' : countedPods(remaining.pods)} from before`;
  return standing === 'cluster-gone' ? 'the cluster is gone, and its pods with it' : 'nobody looked at the pods';
};

const remainsBlock = ({ remaining, uses, findings, standing }: RevocationResult): string[] => [
  'Remains',
  `  ${podsLeft(remaining, standing)}`,
  ...(uses === undefined
    ? []
    : [`  the pods now use: Pod Identity ${uses.podIdentity}, IRSA ${uses.irsa}, nothing injected ${uses.none}`]),
  ...findings.flatMap(({ severity, reason, sentence, remedy }) => [
    `  ${severity.padEnd(8)} ${reason}: ${sentence}`,
    ...(remedy === undefined ? [] : [`           -> ${remedy}`]),
  ]),
];

const journalBlock = (journal: readonly JournalEntry[], { since, identity }: Revocation): string[] => {
  if (journal.length === 0) return [];
  const whose = showIdentity(identity);
  const lines = journal.map(({ at, kind, step, object, text }) => {
    // Whose revocation it is stands above.
    const what = object === whose ? step : `${step} ${object}`;
    return `  ${relative(since, at).padStart(12)}  ${at}  ${kind.padEnd(18)} ${what}: ${text}`;
  });
  return ['Journal', ...lines];
};
