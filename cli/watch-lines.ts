/** What there is to say while a grant is followed. Pure. */
import type { GrantView, ProgressStep } from '../functions/provisioning/api/schemas.ts';
import { printable } from './api-problem.ts';
import { transitionLines } from './grants-lines.ts';
import { localTime } from './grants-times.ts';
import { runningText, stepText } from './step-lines.ts';

/** Something that has happened. What has the same key is told once. */
export type News = { readonly key: string; readonly lines: readonly string[] };

/** Everything that has happened so far, oldest first. */
export const newsOf = (grant: GrantView): readonly News[] =>
  [
    ...grant.history.map((transition) => ({
      at: transition.at,
      key: `history ${transition.event.id}`,
      lines: transitionLines(transition),
    })),
    ...(grant.progress ?? []).filter(hasEnded).map((step) => ({
      at: step.since ?? '',
      key: `step ${step.step} ${step.about} ${step.startedAt}`,
      lines: [`  ${localTime(step.since ?? '')}    ${stepText(step)}`],
    })),
  ]
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map(({ key, lines }) => ({ key, lines: lines.map(printable) }))
    .concat(
      (grant.pending?.needs ?? []).map(({ id, sentence }) => ({
        key: `need ${grant.pending?.version} ${id} ${sentence}`,
        lines: [printable(`  waits: ${sentence}`)],
      })),
    );

/** Lines for a terminal: what is being done at this moment, and how much is still to come. */
export const underWay = ({ progress = [] }: GrantView, now: Date): readonly string[] => {
  const running = progress.filter(({ state }) => state === 'running');
  const shown = running.slice(0, MOST_LINES).map((step) => printable(`  … ${runningText(step, now)}`));
  const others = [
    count(running.length - shown.length, 'more under way'),
    count(progress.filter(({ state }) => state === 'waiting').length, 'still to come'),
  ].filter((text) => text !== undefined);
  return others.length === 0 ? shown : [...shown, `  … ${others.join(', ')}`];
};

/** A terminal has 24 lines at least. */
const MOST_LINES = 8;

const hasEnded = ({ state }: ProgressStep): boolean => state !== 'waiting' && state !== 'running';

const count = (number: number, what: string): string | undefined => (number === 0 ? undefined : `${number} ${what}`);
