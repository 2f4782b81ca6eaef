/** What podid set out to write and nobody ever heard the outcome of: told once it holds nothing back any more, until the thing is as it was to be. */
import type { FindingRow, Found } from '../../store/finding-row.ts';
import { type Actual, ANY_ID, type ObjectRef, type OpenIntent } from '../contract.ts';
import { DRIFT_REASONS } from '../detect/reasons.ts';
import { nameOfObject } from '../detect/told.ts';
import type { Gathered } from '../gathering/gather.ts';
import { placeOf } from '../kept.ts';
import type { LookHub } from './hub.ts';
import { keepFindings, type Looked } from './keep-findings.ts';

/** A judge of its own: what is wrong with the object itself comes and goes without it. */
const JUDGE = 'intents';

/**
 * One finding for each thing that an intent of longer ago is about, which stands open and is otherwise. Where it is as intended, that is the outcome.
 * @param intents Those of the looks themselves: executions of grants are seen to by the grants' own clock.
 */
export const withoutOutcome = (
  ref: ObjectRef,
  intents: readonly OpenIntent[],
  { facets, unread, complete }: Actual,
  { now, intentSeconds }: { readonly now: Date; readonly intentSeconds: number },
): readonly Found[] => {
  const late = new Map<string, OpenIntent>();
  for (const intent of intents) {
    const { facet, value, at, closedAt } = intent;
    const is = facets[facet] ?? null;
    const isRead = !unread.includes(facet) && (is !== null || complete);
    const came = value === ANY_ID ? is !== null : is === value;
    const isOver = now.getTime() - Date.parse(at) >= intentSeconds * 1000;
    if (closedAt === undefined && isOver && isRead && !came) late.set(facet, intent);
  }
  const { severity, remedy } = DRIFT_REASONS.IntentWithoutOutcome;
  return [...late.values()].map(({ facet, execution, at }) => ({
    reason: 'IntentWithoutOutcome',
    severity,
    subject: facet,
    sentence: `${nameOfObject(ref)}, ${facet}: ${execution} set out at ${at} to write it, and nothing tells what came of that. It is not as it was to be.`,
    remedy,
  }));
};

/** Opens and resolves them; costs nothing where there are none. */
export const tellWithoutOutcome = async (
  hub: LookHub,
  ref: ObjectRef,
  rows: readonly FindingRow[],
  { kept, rules }: Pick<Gathered, 'kept' | 'rules'>,
  actual: Actual,
  looked: Omit<Looked, 'complete' | 'unread' | 'judge'>,
): Promise<void> => {
  const { intentSeconds } = rules.settings;
  const found = withoutOutcome(ref, kept.intents, actual, { now: hub.now(), intentSeconds });
  if (found.length === 0 && !rows.some(({ judge, state }) => judge === JUDGE && state === 'open')) return;
  const { complete, unread } = actual;
  await keepFindings(hub, placeOf(ref).key, found, { ...looked, complete, unread, judge: JUDGE });
};
