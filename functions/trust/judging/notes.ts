/** What the journal is told about a role: sentences for a person, each once. The subject is the role's ARN. Pure. */
import type { FindingRow } from '../../store/finding-row.ts';
import type { Kept } from '../../store/findings.ts';
import type { NewEntry } from '../../store/journal.ts';
import type { TightenOutput } from '../contract.ts';
import type { StateError, Tightening } from './contract.ts';
import { whyOf } from './why.ts';

/** One entry for each finding that was opened or resolved. */
export const findingNotes = (roleArn: string, { opened, resolved }: Kept, at: string): NewEntry[] => {
  const note = (row: FindingRow, text: string, round: string): NewEntry => ({
    subject: roleArn,
    at,
    kind: 'note',
    step: 'judge-role',
    object: row.id,
    by: 'judge-role',
    text,
    details: { reason: row.reason, severity: row.severity, witness: row.witness ?? null },
    round,
  });
  return [
    ...opened.map((row) => note(row, `Found: ${row.sentence}`, `opened ${row.openedAt}`)),
    ...resolved.map((row) => note(row, `Resolved: ${row.reason}.`, `resolved ${row.resolvedAt}`)),
  ];
};

/** Why nothing is written: once for as long as these findings stand. */
export const heldNote = (roleArn: string, held: string, broad: readonly FindingRow[], at: string): NewEntry => ({
  subject: roleArn,
  at,
  kind: 'refused',
  step: 'tighten-trust',
  object: roleArn,
  by: 'judge-role',
  text: `The trust policy is too broad and is not narrowed. ${held}`,
  details: { findings: broad.map(({ id }) => id) },
  round: `${held} ${broad.map(({ id, openedAt }) => `${id} ${openedAt}`).join(' ')}`,
});

/** Written before anybody acts on it. */
export const intentNote = (
  { input }: Tightening,
  round: number,
  broad: readonly FindingRow[],
  at: string,
): NewEntry => ({
  ...tightening(input, round),
  at,
  kind: 'intent',
  by: 'judge-role',
  text: `Narrow the trust policy to the ${input.identities.length} service accounts that are associated.`,
  details: {
    asker: input.asker,
    before: input.digest,
    roleId: input.roleId,
    findings: broad.map(({ id, reason }) => ({ id, reason })),
  },
});

/** What came of it. */
export const outcomeNote = (
  { input }: Tightening,
  round: number,
  outcome: TightenOutput | { readonly error: StateError },
  now: string,
): NewEntry => {
  const common = { ...tightening(input, round), by: 'record-tightening' };
  if ('error' in outcome) {
    return {
      ...common,
      at: now,
      kind: 'outcome',
      text: `Failed, and nobody knows whether it was written: ${whyOf(outcome.error)}`,
      details: { asker: input.asker },
    };
  }
  const { status, at, because, before, after, digest } = outcome;
  const { kind, text } = SENTENCES[status];
  // Who asked stands in CloudTrail as the user agent: by it the write is known to be ours.
  const details = {
    asker: input.asker,
    status,
    ...(digest && { digest }),
    ...(before && { before }),
    ...(after && { after }),
  };
  return { ...common, at, kind, text: because === undefined ? text : `${text} ${because}`, details };
};

const SENTENCES: Readonly<Record<TightenOutput['status'], Pick<NewEntry, 'kind' | 'text'>>> = {
  written: { kind: 'accepted', text: 'IAM accepted the narrower trust policy, and shows it.' },
  accepted: { kind: 'accepted', text: 'IAM accepted the narrower trust policy.' },
  unchanged: { kind: 'outcome', text: 'The trust policy was narrow already: nothing was written.' },
  changed: { kind: 'outcome', text: 'Somebody else changed the trust policy in between: it is judged again.' },
  refused: { kind: 'refused', text: 'The spoke refused.' },
  'does-not-fit': { kind: 'refused', text: 'The narrower trust policy does not fit.' },
  undecided: { kind: 'refused', text: 'Who can get the role costs too much to tell.' },
  'role-gone': { kind: 'outcome', text: 'The role is gone, or another one of its name is there.' },
};

const tightening = ({ roleArn, asker }: Tightening['input'], round: number) => ({
  subject: roleArn,
  step: 'tighten-trust',
  object: roleArn,
  round: `${asker} ${round}`,
});
