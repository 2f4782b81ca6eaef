/** A finding as the hub keeps it: what is wrong now, since when, and how often it was mended and came back. Pure. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Actor } from '../actor.ts';
import { Instant } from '../association.ts';
import type { Finding } from '../finding.ts';

/** What led to a judgement: the change's kind, and who made the change. */
export const Cause = z.object({ kind: z.string().min(1), actor: Actor.optional() });
export type Cause = z.infer<typeof Cause>;

/** One time that it stood: from when to when, and what led to either. */
const Spell = z.object({ openedAt: Instant, openedBy: Cause, resolvedAt: Instant, resolvedBy: Cause });

/** Who has seen it and takes care of it. */
export const Acknowledged = z.object({ by: z.string().min(1), at: Instant, why: z.string().optional() });
export type Acknowledged = z.infer<typeof Acknowledged>;

export const FindingRow = z.object({
  /** Short, and the same whenever this problem of this object is seen: what a person types. */
  id: z.string(),
  /** What it is about: a role's ARN. */
  object: z.string().min(1),
  reason: z.string(),
  /** What of the object, where it can have the finding more than once. */
  subject: z.string().optional(),
  severity: z.enum(['info', 'warning', 'error', 'critical']),
  sentence: z.string(),
  witness: z.string().optional(),
  remedy: z.string().optional(),
  statement: z.object({ index: z.int(), sid: z.string().optional() }).optional(),
  /** Why podid does not mend it by itself, as a sentence; absent when it does, or never could. */
  held: z.string().optional(),
  /** Who judges it: a judgement resolves only what is its own. Absent for the judges of trust and of grants. */
  judge: z.string().optional(),
  /** Somebody knows of it, as long as it stands. */
  acknowledged: Acknowledged.optional(),
  /** An exception allows it until then; the exception says who and why. */
  suppressedUntil: Instant.optional(),
  state: z.enum(['open', 'resolved']),
  openedAt: Instant,
  openedBy: Cause,
  /** The last judgement that found it. */
  seenAt: Instant,
  /** By how many judgements, since it was last opened. */
  timesSeen: z.int(),
  resolvedAt: Instant.optional(),
  resolvedBy: Cause.optional(),
  timesOpened: z.int(),
  /** The times that it stood before this one, oldest first; only the last few. */
  earlier: z.array(Spell),
  /** Raised with each write; guards read-modify-write. */
  version: z.int(),
});
export type FindingRow = z.infer<typeof FindingRow>;

/** What a judgement finds, before it is kept. */
export type Found = Finding & Pick<FindingRow, 'subject' | 'statement' | 'held'>;

/** A judgement of one object: `at` is when the facts were read, as the text that sorts by time. */
export type Judgement = {
  readonly at: string;
  readonly cause: Cause;
  /** False when not everything could be judged: then nothing is taken for mended. */
  readonly complete: boolean;
  /** Subjects that nobody could look at: their findings alone are not taken for mended. */
  readonly unread?: readonly string[];
  /** Who judges, where several do: findings of others are left as they are. */
  readonly judge?: string;
};

/** The finding's id: a hash of object, reason and subject. Never of who did it, or of the example that shows it. */
export const findingId = (object: string, { reason, subject }: Pick<Found, 'reason' | 'subject'>): string =>
  `f-${createHash('sha256')
    .update(JSON.stringify([object, reason, subject ?? null]))
    .digest('hex')
    .slice(0, 12)}`;

/** The row of what was found: a new one, the open one seen again, or the resolved one opened anew. */
export const seenRow = (object: string, found: Found, known: FindingRow | undefined, judged: Judgement): FindingRow => {
  const { reason, severity, sentence, witness, remedy, statement, subject, held } = found;
  const what = { reason, severity, sentence, witness, remedy, statement, subject, held, judge: judged.judge };
  const version = (known?.version ?? 0) + 1;
  if (known?.state === 'open') {
    // The same judgement again, after a crash, is not one more.
    const timesSeen = known.timesSeen + (known.seenAt < judged.at ? 1 : 0);
    return { ...known, ...what, seenAt: judged.at, timesSeen, version };
  }
  return {
    ...what,
    id: findingId(object, found),
    object,
    state: 'open',
    // What an exception allows, it allows each time.
    suppressedUntil: known?.suppressedUntil,
    openedAt: judged.at,
    openedBy: judged.cause,
    seenAt: judged.at,
    timesSeen: 1,
    timesOpened: (known?.timesOpened ?? 0) + 1,
    earlier: known === undefined ? [] : [...known.earlier, ...spellOf(known)].slice(-KEPT),
    version,
  };
};

/** The row with a person's word about it. */
export const remarkedRow = (
  row: FindingRow,
  remark: Partial<Pick<FindingRow, 'acknowledged' | 'suppressedUntil'>>,
): FindingRow => ({ ...row, ...remark, version: row.version + 1 });

/** The row of what a judgement did not find any more. */
export const resolvedRow = (
  { held: _held, acknowledged: _acknowledged, ...row }: FindingRow,
  { at, cause }: Pick<Judgement, 'at' | 'cause'>,
): FindingRow => ({
  ...row,
  state: 'resolved',
  resolvedAt: at,
  resolvedBy: cause,
  version: row.version + 1,
});

// Enough to see a tug of war over days; small enough for one read.
const KEPT = 8;

const spellOf = ({ openedAt, openedBy, resolvedAt, resolvedBy }: FindingRow) =>
  resolvedAt === undefined || resolvedBy === undefined ? [] : [{ openedAt, openedBy, resolvedAt, resolvedBy }];
