/**
 * Exact trust analysis: decisions a second against iam-simulate, the reach of 10,000 policies, the author and tighten
 * for growing sets, and the worst patterns that were found.
 */

import { clusterArn, type WorkloadIdentity } from '../functions/identity.ts';
import { parsePolicy } from '../functions/policy/index.ts';
import { author, DoesNotFit } from '../functions/trust/author/index.ts';
import { difference, podIdentity, reach, setOf, witness } from '../functions/trust/reach/index.ts';
import { tighten } from '../functions/trust/tighten/index.ts';
import { markdown, ms, spread } from './figures.ts';
import { adversarial } from './trust-adversarial.ts';
import { decisions } from './trust-decisions.ts';
import { cases, identityFrom, numbersFrom, pods, ROLE } from './trust-mix.ts';

/** `--decisions`, `--reach`, `--author` or `--adversarial` for one part only. */
export const run = async (args: string[]): Promise<void> => {
  const only = (flag: string) => args.length === 0 || args.includes(flag);
  if (only('--decisions')) decisions();
  if (only('--reach')) reaches();
  if (only('--author')) authored();
  if (only('--adversarial')) adversarial();
};

const REACHES = 10_000;

const reaches = (): void => {
  const written = cases(REACHES);
  const [parsing, reaching, answering]: [number[], number[], number[]] = [[], [], []];
  let strangers = 0;
  for (let round = 0; round < 3; round += 1) {
    const start = performance.now();
    const parsed = written.map(({ policy }) => parsePolicy(policy, { kind: 'trust' }));
    const parsedAt = performance.now();
    const request = podIdentity(ROLE);
    const sets = parsed.map((policy) => reach(policy, request).may);
    const reachedAt = performance.now();
    strangers = sets.filter((may, index) => {
      const granted = setOf(request.universe, written[index]?.asked.slice(0, 1) ?? []);
      return witness(difference(may, granted)) !== undefined;
    }).length;
    parsing.push(parsedAt - start);
    reaching.push(reachedAt - parsedAt);
    answering.push(performance.now() - reachedAt);
  }
  const characters = spread(written.map(({ policy }) => JSON.stringify(policy).length));
  console.log(
    `Reach of ${REACHES.toLocaleString('en')} policies of the mix, a third with globs, ${characters.min} to ${characters.max} characters (median ${characters.median}); one thread, no cache, median of 3\n`,
  );
  const row = (what: string, times: readonly number[]) => [what, ms(spread(times).median)];
  console.log(
    markdown(
      ['', 'time'],
      [
        row('parse', parsing),
        row('reach', reaching),
        row(
          `a stranger besides the one who was granted it, or the proof that there is none (${strangers} have one)`,
          answering,
        ),
        row(
          '**reach and its question**',
          reaching.map((time, index) => time + (answering[index] ?? 0)),
        ),
      ],
    ),
  );
  console.log();
};

const SIZES = [1, 10, 100, 1_000];

/** How sets look, from those that a policy says shortly to those that share nothing. */
const SETS: ReadonlyArray<readonly [about: string, of: (count: number) => readonly WorkloadIdentity[]]> = [
  [
    'one service account in that many clusters',
    (count) => Array.from({ length: count }, (_, index) => ({ ...somebody, cluster: `cluster-${index}` })),
  ],
  [
    'a grid of clusters, namespaces and service accounts',
    (count) => {
      const side = Math.ceil(Math.cbrt(count));
      return Array.from({ length: count }, (_, index) => ({
        ...somebody,
        cluster: `cluster-${index % side}`,
        namespace: `team-${Math.floor(index / side) % side}`,
        serviceAccount: `app-${Math.floor(index / side / side)}`,
      }));
    },
  ],
  [
    'drawn from the fleet at random',
    (count) => {
      const numbers = numbersFrom(7);
      return Array.from({ length: count }, () => identityFrom(numbers));
    },
  ],
];

const somebody = identityFrom(numbersFrom(1));

const authored = (): void => {
  const rows = SETS.flatMap(([about, of]) =>
    SIZES.map((count) => {
      const identities = of(count);
      const written = outcome(() => {
        const { characters, statements, minimal } = author({ identities, role: ROLE, quota: 8_192 });
        return `${characters} characters, ${statements} statements, ${minimal ? 'proven minimal' : 'greedy'}`;
      });
      const open = { Version: '2012-10-17', Statement: [pods()] };
      const tightened = outcome(() => `${tighten(open, identities, { ...ROLE, quota: 8_192 }).characters} characters`);
      const arns = identities.reduce((total, identity) => total + clusterArn(identity).length, 0);
      return [about, String(count), written.answer, ms(written.time), ms(tightened.time), String(arns)];
    }),
  );
  console.log('Author, and tighten from an open statement, quota 8,192, single runs, proof by reach included\n');
  console.log(markdown(['set', 'identities', 'author', 'time', 'tighten', 'characters of the ARNs alone'], rows));
  console.log();
};

const outcome = (run: () => string): { readonly answer: string; readonly time: number } => {
  const start = performance.now();
  let answer: string;
  try {
    answer = run();
  } catch (error) {
    if (!(error instanceof DoesNotFit)) throw error;
    answer = `DoesNotFit: ${error.characters} characters; split over ${error.split?.length ?? 'no'} roles`;
  }
  return { answer, time: performance.now() - start };
};
