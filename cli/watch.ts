/** Following a grant: what happens to it, as it happens, until nothing more will. */
import { setTimeout as pause } from 'node:timers/promises';
import { isFinal } from '../functions/grants/grant.ts';
import { GrantView, type ProgressStep } from '../functions/provisioning/api/schemas.ts';
import { type Api, at } from './api.ts';
import { EXIT, printable } from './api-problem.ts';
import { newest, standingText, transitionLines } from './grants-lines.ts';
import { type Format, show } from './grants-output.ts';
import { localTime } from './grants-times.ts';
import { print } from './output.ts';

export type Following = {
  /** What counts as having ended well: the newest version in force, or nothing left. */
  readonly wanted: 'active' | 'ended';
  /** As data, only how it ended is printed. */
  readonly output: Format;
};

/** Milliseconds between two looks: soon after something has happened, seldom while people think. */
const SOON = 250;
const SELDOM = 5_000;

/** Prints what happens to the grant until it has settled; the exit code says whether that is what was wanted. */
export const followed = async (api: Api, id: string, { wanted, output }: Following): Promise<void> => {
  const told = new Set<string>();
  for (let wait = SOON; ; wait = Math.min(wait * 1.5, SELDOM)) {
    const { body, whole } = await api.call({ method: 'GET', path: at('/grants', id), answer: GrantView });
    const news = linesOf(body).filter((line) => !told.has(line));
    for (const line of news) {
      told.add(line);
      if (output === 'text') print(line);
    }
    if (hasSettled(body)) {
      if (!endedAs(wanted, body)) process.exitCode = EXIT.endedOtherwise;
      return show(output, whole, () => standingText(body));
    }
    if (news.length > 0) wait = SOON;
    await pause(wait);
  }
};

/** Everything that has happened so far, oldest first; what is the same again is told once. */
const linesOf = (grant: GrantView): readonly string[] =>
  [
    ...grant.history.map((transition) => ({ at: transition.at, lines: transitionLines(transition) })),
    ...(grant.progress ?? []).map((step) => ({ at: step.at, lines: [stepLine(step)] })),
  ]
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .flatMap(({ lines }) => lines)
    .map(printable)
    .concat((grant.pending?.needs ?? []).map(({ sentence }) => printable(`  waits: ${sentence}`)));

const stepLine = ({ at: when, step, about, state, sentence }: ProgressStep): string =>
  `  ${localTime(when)}    ${step} ${about}: ${state}${sentence === undefined ? '' : `: ${sentence}`}`;

/** A revocation that failed stays under way until somebody mends what is in its way: there is nothing to wait for. */
const hasSettled = ({ state, history }: GrantView): boolean =>
  state === 'active' || isFinal(state) || history.at(-1)?.did === 'revocation-failed';

const endedAs = (wanted: Following['wanted'], grant: GrantView): boolean =>
  wanted === 'active'
    ? grant.state === 'active' && grant.inForce === newest(grant).version
    : isFinal(grant.state) && grant.state !== 'failed';
