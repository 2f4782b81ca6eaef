/** The worst policies that were found: each is answered, or refused by a named error, in bounded time. */

import { parsePolicy } from '../functions/policy/index.ts';
import { admits, chaining, difference, podIdentity, reach, setOf, witness } from '../functions/trust/reach/index.ts';
import { tighten } from '../functions/trust/tighten/index.ts';
import { markdown, ms } from './figures.ts';
import { identityFrom, numbersFrom, pods, ROLE } from './trust-mix.ts';

const NAMESPACE = 'aws:RequestTag/kubernetes-namespace';
const ACCOUNT_TAG = 'aws:RequestTag/kubernetes-service-account';
const CLUSTER = 'aws:RequestTag/eks-cluster-name';

/** One identity that all of them are asked about. */
const somebody = identityFrom(numbersFrom(1));

const many = <Item>(count: number, item: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => item(index));

const policyOf = (...Statement: readonly object[]) => ({ Version: '2012-10-17', Statement });
const like = (key: string, values: string | readonly string[]) => pods({ StringLike: { [key]: values } });

const letter = (index: number): string => String.fromCharCode(97 + (index % 26));

const globs = (text: string): object =>
  pods({ StringLike: { [CLUSTER]: `*${text}`, [NAMESPACE]: `${text}-?`, [ACCOUNT_TAG]: `*-${text}` } });

const negated = (index: number): object => ({
  StringNotLike: {
    [CLUSTER]: many(6, (each) => `c${index + each}`),
    [NAMESPACE]: many(6, (each) => `n${index + each}*`),
    [ACCOUNT_TAG]: many(6, (each) => `s${index + each}`),
  },
});

const tied = (count: number): object =>
  pods({
    StringEquals: { [NAMESPACE]: many(count, (index) => `n${index}`), [ACCOUNT_TAG]: `x-\${${NAMESPACE}}` },
  });

/** Each is asked who gets the role beside one service account, and whether that one does. */
const POLICIES: ReadonlyArray<readonly [about: string, policy: unknown]> = [
  ['`*a` and 8 `?`', policyOf(like(NAMESPACE, `*a${'?'.repeat(8)}`))],
  ['`*a` and 30 `?`: 2^30 states', policyOf(like(NAMESPACE, `*a${'?'.repeat(30)}`))],
  ['30 times `*a`', policyOf(like(NAMESPACE, '*a'.repeat(30)))],
  ['2,500 times `*a` in one pattern', policyOf(like(ACCOUNT_TAG, '*a'.repeat(2_500)))],
  [
    '12 patterns `*x*`, each another letter',
    policyOf(
      like(
        NAMESPACE,
        many(12, (index) => `*${letter(index)}*`),
      ),
    ),
  ],
  [
    '26 patterns `*x*`: 2^26 classes',
    policyOf(
      like(
        NAMESPACE,
        many(26, (index) => `*${letter(index)}*`),
      ),
    ),
  ],
  ['12 statements, each with a glob in every dimension', policyOf(...many(12, (index) => globs(`${letter(index)}*`)))],
  [
    '24 statements, each with a glob in every dimension, half of them Deny',
    policyOf(...many(24, (index) => ({ ...globs(`x${index}*`), Effect: index % 2 === 0 ? 'Allow' : 'Deny' }))),
  ],
  [
    '20 Deny statements of negated lists, which overlap',
    policyOf(pods(), ...many(20, (index) => ({ ...pods(negated(index)), Effect: 'Deny' }))),
  ],
  ['900 namespaces, and a variable that names one', policyOf(tied(900))],
  [
    '30 conditions on keys that nobody gave',
    policyOf(
      ...many(30, (index) =>
        pods({
          StringLike: { 'aws:SourceOrgID': `*${index}*` },
          DateLessThan: { 'aws:CurrentTime': `20${10 + index}` },
        }),
      ),
    ),
  ],
  [
    '8,000 characters of literals',
    policyOf(
      like(
        NAMESPACE,
        many(500, (index) => `namespace-${index}`),
      ),
    ),
  ],
  ['5,000 statements', policyOf(...many(5_000, () => pods()))],
  ['100,000 brackets', '['.repeat(100_000)],
  ['10 MB of white space', `{${' '.repeat(10_000_000)}}`],
  ['10 MB of text', `{"Statement":"${'x'.repeat(10_000_000)}"}`],
  ['`__proto__` as a key, twice', '{"__proto__":1,"__proto__":2,"Statement":[]}'],
];

export const adversarial = (): void => {
  const rows = POLICIES.map(([about, policy]) => {
    const asked = timed(() => {
      const request = podIdentity(ROLE);
      const { may } = reach(parsePolicy(policy, { maxCharacters: 8_192 }), request);
      return witness(difference(may, setOf(request.universe, [somebody]))) === undefined ? 'nobody' : 'a witness';
    });
    const one = timed(() => {
      const { admitted } = admits(parsePolicy(policy, { maxCharacters: 8_192 }), podIdentity(ROLE), somebody);
      return String(admitted);
    });
    return [about, asked.answer, ms(asked.time), one.answer, ms(one.time)];
  });
  console.log('The worst that was found; parsing included, single runs\n');
  console.log(markdown(['policy', 'who else gets the role?', 'time', 'does this one?', 'time'], rows));
  const others = OTHERS.map(([about, run]) => {
    const { answer, time } = timed(run);
    return [about, answer, ms(time)];
  });
  console.log();
  console.log(markdown(['question', 'answer', 'time'], others));
  console.log();
};

const OTHERS: ReadonlyArray<readonly [about: string, run: () => string]> = [
  [
    'chaining, an external id of 12 wildcards',
    () => {
      const target = {
        ...pods({ StringLike: { 'sts:ExternalId': '*a/'.repeat(12) } }),
        Principal: { AWS: ROLE.account },
      };
      const { may } = reach(parsePolicy(policyOf(target)), chaining({ ...ROLE, tagsDisabled: true }));
      return witness(may) === undefined ? 'nobody' : 'a witness';
    },
  ],
  [
    'tighten 20 statements with globs to 20 service accounts',
    () => {
      const policy = policyOf(...many(20, (index) => like(NAMESPACE, `n${index}-*`)));
      const wish = many(20, (index) => ({ ...somebody, namespace: `n${index}-a`, serviceAccount: `s${index}` }));
      return `${tighten(policy, wish, { ...ROLE, quota: 8_192 }).characters} characters`;
    },
  ],
  [
    'tighten one open statement to 1,000 unrelated service accounts',
    () => {
      const wish = many(1_000, (index) => ({
        ...somebody,
        cluster: `c${index % 37}`,
        namespace: `n${index % 91}`,
        serviceAccount: `s${index}`,
      }));
      return `${tighten(policyOf(pods()), wish, ROLE).characters} characters`;
    },
  ],
];

/** What came of it, or the name of the error and what it says. */
const timed = (run: () => string): { readonly answer: string; readonly time: number } => {
  const start = performance.now();
  let answer: string;
  try {
    answer = run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    answer = 'reason' in error ? `${error.name} (${String(error.reason)})` : error.name;
  }
  return { answer, time: performance.now() - start };
};
