/** What grants have made: each intent before its write, and what came of it. Entries of the journal, under the grant's id: added, never changed. */
import * as z from 'zod';
import type { JournalEntry, journal } from './journal.ts';
import { fitting } from './row.ts';

/**
 * - `created`, `adopted`: from now on it is the grant's; `updated`, `kept`: it is as planned, and whose it was before.
 * - `refused`, `failed`: nothing was written, or nobody knows.
 * - `undone`, `gone`: it isn't there any more, or is as it was before; `quarantined`, `left`: it still is.
 */
export const Came = z.enum([
  'created',
  'adopted',
  'updated',
  'kept',
  'refused',
  'failed',
  'undone',
  'gone',
  'quarantined',
  'left',
]);
export type Came = z.infer<typeof Came>;

/** What an execution does in a step to an object: a role by its ARN, an association or its pods by `identityKey`, a place that it only looks at. */
export type Doing = {
  readonly grantId: string;
  /** Its name: what it makes bears it as a mark. */
  readonly execution: string;
  readonly step: string;
  readonly what: 'role' | 'association' | 'place' | 'pods';
  readonly object: string;
};

/** When, by which function, and in a sentence for a person. `details`: what undoing it takes. */
export type Saying = {
  readonly at: string;
  readonly by: string;
  readonly text: string;
  readonly details?: unknown;
};

/** What came of it; `id`: an association's, which nobody knows before. */
export type Coming = Saying & { readonly came: Came; readonly id?: string };

const What = z.enum(['role', 'association', 'place', 'pods']);
const Intended = z.object({
  act: z.literal('intended'),
  execution: z.string(),
  what: What,
  details: z.unknown().optional(),
});
const Answered = z.object({
  act: z.literal('answered'),
  execution: z.string(),
  what: What,
  came: Came,
  id: z.string().optional(),
  details: z.unknown().optional(),
});
const Noted = z.discriminatedUnion('act', [Intended, Answered]);
type Noted = z.infer<typeof Noted>;

export type Act = Doing & {
  readonly intendedAt: string;
  readonly details?: unknown;
  /** In the order of time. None: the answer was lost, and it may or may not be there. */
  readonly answers: readonly Answer[];
};
export type Intention = { readonly intendedAt: string; readonly details: unknown };
export type Answer = { readonly came: Came; readonly at: string; readonly id?: string; readonly details?: unknown };

export const made = (entries: ReturnType<typeof journal>) => ({
  /** Notes what is about to be written; before it is. The same intent again changes nothing. */
  intend: ({ grantId, execution, step, what, object }: Doing, { details, ...saying }: Saying): Promise<void> =>
    entries.append([
      {
        ...saying,
        subject: grantId,
        kind: 'intent',
        step,
        object,
        round: execution,
        details: { act: 'intended', execution, what, details } satisfies Noted,
      },
    ]),

  /** Notes what came of it. The same again changes nothing; another outcome is noted beside it. */
  came: (doing: Doing, { came, id, details, ...saying }: Coming): Promise<void> => {
    const { grantId, execution, step, what, object } = doing;
    return entries.append([
      {
        ...saying,
        subject: grantId,
        kind: KINDS[came],
        step,
        object,
        round: `${execution}#${came}`,
        details: { act: 'answered', execution, what, came, id, details } satisfies Noted,
      },
    ]);
  },

  /** What one act was intended to be, without reading the others; undefined when it never was. @throws RowMalformed */
  intended: async ({ grantId, execution, step, object }: Doing): Promise<Intention | undefined> => {
    const entry = await entries.one({ subject: grantId, step, object, kind: 'intent', round: execution });
    return entry && { intendedAt: entry.at, details: noted(entry)?.details };
  },

  /** Everything that was intended for a grant, the newest first: in this order it is undone. @throws RowMalformed */
  of: async (grantId: string): Promise<Act[]> => actsIn(grantId, await entries.of(grantId)),

  /** The role ARNs and association ids that are the grant's: made or adopted, and not undone since. @throws RowMalformed */
  standing: async (grantId: string): Promise<string[]> => standingIn(await entries.of(grantId)),
});

const KINDS: Readonly<Record<Came, JournalEntry['kind']>> = {
  created: 'accepted',
  adopted: 'accepted',
  updated: 'accepted',
  kept: 'accepted',
  refused: 'refused',
  failed: 'refused',
  undone: 'outcome',
  gone: 'outcome',
  quarantined: 'outcome',
  left: 'outcome',
};

/** What an entry notes, or undefined for an entry of another kind. One of ours that can't be read is an error: it may be all that is known of a role. */
const noted = ({ subject, step, object, details }: JournalEntry): Noted | undefined =>
  typeof details === 'object' && details !== null && 'act' in details
    ? fitting(Noted, `the journal entry of ${subject} for ${step} of ${object}`, details)
    : undefined;

const actsIn = (grantId: string, entries: readonly JournalEntry[]): Act[] => {
  const all = entries.flatMap((entry) => {
    const note = noted(entry);
    return note === undefined ? [] : [{ entry, note, key: keyOf(entry, note) }];
  });
  return all
    .flatMap(({ entry, note, key }): Act[] => {
      if (note.act !== 'intended') return [];
      const answers = all.flatMap((other): Answer[] => {
        if (other.key !== key || other.note.act !== 'answered') return [];
        const { came, id, details } = other.note;
        return [
          { came, at: other.entry.at, ...(id !== undefined && { id }), ...(details !== undefined && { details }) },
        ];
      });
      const { execution, what, details } = note;
      const { step, object, at } = entry;
      const act = { grantId, execution, step, what, object, intendedAt: at, answers };
      return [details === undefined ? act : { ...act, details }];
    })
    .reverse();
};

const keyOf = ({ step, object }: JournalEntry, { execution, what }: Noted): string =>
  JSON.stringify([execution, step, what, object]);

const standingIn = (entries: readonly JournalEntry[]): string[] => {
  const standing = new Map<string, string>();
  for (const entry of entries) {
    const note = noted(entry);
    if (note?.act !== 'answered') continue;
    const key = `${note.what} ${entry.object}`;
    if (note.came === 'created' || note.came === 'adopted') standing.set(key, note.id ?? entry.object);
    if (note.came === 'undone' || note.came === 'gone') standing.delete(key);
  }
  return [...standing.values()].sort();
};
