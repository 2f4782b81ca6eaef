/** Following a grant: what happens to it, as it happens, until nothing more will. */
import { setTimeout as pause } from 'node:timers/promises';
import { isFinal } from '../functions/grants/grant.ts';
import { GrantView } from '../functions/provisioning/api/schemas.ts';
import { type Api, at } from './api.ts';
import { EXIT } from './api-problem.ts';
import { newest, standingText } from './grants-lines.ts';
import { type Format, show } from './grants-output.ts';
import { onInterrupt } from './interrupt.ts';
import { patiently } from './patience.ts';
import { openScreen, type Screen } from './screen.ts';
import { newsOf, underWay } from './watch-lines.ts';

export type Following = {
  /** What counts as having ended well: the newest version in force, or nothing left. */
  readonly wanted: 'active' | 'ended';
  /** As data, only how it ended is printed. */
  readonly output: Format;
  /** What is known already: only what happens from then on is told. */
  readonly seen?: GrantView;
};

/** Milliseconds between two looks: soon after something has happened, seldom while people think. */
const SOON = 250;
const WHILE_WORKING = 1_000;
const SELDOM = 5_000;

/** Prints what happens to the grant until it has settled; the exit code says whether that is what was wanted. */
export const followed = async (api: Api, id: string, { wanted, output, seen }: Following): Promise<void> => {
  const screen = output === 'text' ? openScreen(process.stdout) : SILENT;
  const told = new Set(seen === undefined ? [] : newsOf(seen).map(({ key }) => key));
  const calm = onInterrupt(() => {
    screen.clear();
    return `The work goes on without you. To follow it again: podid get grants ${id} --watch`;
  });
  const look = () =>
    patiently(
      () => api.call({ method: 'GET', path: at('/grants', id), answer: GrantView }),
      (line) => {
        screen.clear();
        console.error(`podid: ${line}`);
      },
    );
  try {
    for (let wait = SOON; ; wait = Math.min(wait * 1.5, SELDOM)) {
      const { body, whole } = await look();
      const news = newsOf(body).filter(({ key }) => !told.has(key));
      for (const { key } of news) told.add(key);
      const settled = hasSettled(body);
      const changing = settled ? [] : underWay(body, new Date());
      screen.draw(
        news.flatMap(({ lines }) => lines),
        changing,
      );
      if (settled) {
        if (!endedAs(wanted, body)) process.exitCode = EXIT.endedOtherwise;
        return show(output, whole, () => standingText(body));
      }
      if (news.length > 0) wait = SOON;
      await pause(changing.length > 0 ? Math.min(wait, WHILE_WORKING) : wait);
    }
  } finally {
    calm();
  }
};

/** A revocation that failed stays under way until somebody mends what is in its way: there is nothing to wait for. */
export const hasSettled = ({ state, history }: GrantView): boolean =>
  state === 'active' || isFinal(state) || history.at(-1)?.did === 'revocation-failed';

const SILENT: Screen = { draw: () => {}, clear: () => {} };

const endedAs = (wanted: Following['wanted'], grant: GrantView): boolean =>
  wanted === 'active'
    ? grant.state === 'active' && grant.inForce === newest(grant).version
    : isFinal(grant.state) && grant.state !== 'failed';
