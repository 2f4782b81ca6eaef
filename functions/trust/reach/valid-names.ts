/** The names that Kubernetes, EKS and IAM allow: what reach counts as possible. */
import { BY_PREFIX, partitionOf } from '../../partition.ts';
import { anyText, DIGITS, type Edge, type Grammar, type GrammarState, LOWER, startingWith, UPPER } from './grammar.ts';

const LOWER_OR_DIGIT = LOWER + DIGITS;

/** Namespaces: RFC 1123 labels of at most 63 characters. */
export const NAMESPACES: Grammar = {
  states: [
    { part: 0, edges: [{ chars: LOWER_OR_DIGIT, to: 1 }] },
    {
      part: 0,
      end: true,
      edges: [
        { chars: LOWER_OR_DIGIT, to: 1 },
        { chars: '-', to: 2 },
      ],
    },
    {
      part: 0,
      edges: [
        { chars: LOWER_OR_DIGIT, to: 1 },
        { chars: '-', to: 2 },
      ],
    },
  ],
  limits: [63],
};

/** Service accounts and pods: RFC 1123 subdomains of at most 253 characters. */
export const SUBDOMAINS: Grammar = {
  states: [
    { part: 0, edges: [{ chars: LOWER_OR_DIGIT, to: 1 }] },
    {
      part: 0,
      end: true,
      edges: [
        { chars: LOWER_OR_DIGIT, to: 1 },
        { chars: '-', to: 2 },
        { chars: '.', to: 0 },
      ],
    },
    {
      part: 0,
      edges: [
        { chars: LOWER_OR_DIGIT, to: 1 },
        { chars: '-', to: 2 },
      ],
    },
  ],
  limits: [253],
};

/** Account ids: twelve digits. */
export const ACCOUNTS: Grammar = startingWith('', DIGITS, 12, 12);

/** Ids of organizations (`DescribeOrganization`: `o-[a-z0-9]{10,32}`). */
export const ORGANIZATIONS: Grammar = startingWith('o-', LOWER_OR_DIGIT, 10, 32);

/** ASCII from the space to the tilde. */
const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');

/** Values of keys that are not known to have a form: ASCII and these characters. Letters first, so that examples are readable. */
export const textsWith = (chars: Iterable<string>): Grammar =>
  anyText([...new Set([...LOWER, ...PRINTABLE, ...chars])].join(''));

/** The ARNs of the clusters of an account: any region of the partition, names of at most 100 characters (`CreateCluster`). */
export const clusterArns = (partition: string, account: string): Grammar => {
  const regions = regionStates(partition);
  const name = regions.length + 1;
  const chars = LOWER_OR_DIGIT + UPPER;
  return {
    states: [
      { part: 0, edges: [{ text: `arn:${partition}:eks:`, to: 1 }] },
      ...leaving(regions, { text: `:${account}:cluster/`, to: name }),
      { part: 2, edges: [{ chars, to: name + 1 }] },
      { part: 2, end: true, edges: [{ chars: `${chars}-_`, to: name + 1 }] },
    ],
    limits: [0, LONGEST_REGION, 100],
  };
};

/** The issuers of EKS clusters, without `https://`: `oidc.eks.<region>.amazonaws.com/id/<32 hexadecimal digits>`. */
export const eksIssuers = (partition: string): Grammar => {
  const regions = regionStates(partition);
  const id = regions.length + 1;
  return {
    states: [
      { part: 0, edges: [{ text: 'oidc.eks.', to: 1 }] },
      ...leaving(regions, { text: `.${dnsSuffixOf(partition)}/id/`, to: id }),
      ...Array.from({ length: 32 }, (_, index) => ({
        part: 2,
        edges: [{ chars: 'ABCDEF0123456789', to: id + index + 1 }],
      })),
      { part: 2, end: true, edges: [] },
    ],
    limits: [0, LONGEST_REGION, 32],
  };
};

/** The ARNs of the roles of an account: names of at most 64 characters, after a path that may be empty (`CreateRole`). */
export const roleArns = (partition: string, account: string): Grammar => ({
  states: [{ part: 0, edges: [{ text: `arn:${partition}:iam::${account}:role/`, to: 1 }] }, ...ROLE_STATES],
  limits: [0, 512 + LONGEST_ROLE_NAME],
});

const LONGEST_REGION = 32;
const LONGEST_ROLE_NAME = 64;
const ROLE_CHARS = `${LOWER_OR_DIGIT}${UPPER}_+=,.@-`;
const PATH_ONLY_CHARS = [...PRINTABLE]
  .filter((each) => each !== ' ' && each !== '/' && !ROLE_CHARS.includes(each))
  .join('');

/** State 1 + n has read n characters that can still be the role's name; the last one is in a path's segment for good. */
const IN_PATH = LONGEST_ROLE_NAME + 2;
const ROLE_STATES: readonly GrammarState[] = [
  ...Array.from(
    { length: LONGEST_ROLE_NAME + 1 },
    (_, read): GrammarState => ({
      part: 1,
      ...(read > 0 && { end: true }),
      edges: [
        { chars: ROLE_CHARS, to: read === LONGEST_ROLE_NAME ? IN_PATH : read + 2 },
        { chars: PATH_ONLY_CHARS, to: IN_PATH },
        ...(read > 0 ? [{ chars: '/', to: 1 }] : []),
      ],
    }),
  ),
  {
    part: 1,
    edges: [
      { chars: ROLE_CHARS + PATH_ONLY_CHARS, to: IN_PATH },
      { chars: '/', to: 1 },
    ],
  },
];

/** The states that read a region, numbered from 1; a region may end where `mayLeave` is. */
type RegionState = GrammarState & { readonly mayLeave: boolean };

const leaving = (regions: readonly RegionState[], leave: Edge): GrammarState[] =>
  regions.map(({ edges, part, mayLeave }) => ({ part, edges: mayLeave ? [...edges, leave] : edges }));

const dnsSuffixOf = (partition: string): string =>
  (BY_PREFIX.find(([, { name }]) => name === partition)?.[1] ?? partitionOf('')).dnsSuffix;

const made = new Map<string, readonly RegionState[]>();

/** Two states for each character would do, but the partition has its say: `cn-north-1` is no region of `aws`. */
const regionStates = (partition: string): readonly RegionState[] => {
  const known = made.get(partition);
  if (known !== undefined) return known;
  const own = BY_PREFIX.find(([, { name }]) => name === partition)?.[0];
  const states = own === undefined ? statesWithout(BY_PREFIX.map(([prefix]) => prefix)) : statesAfter(own);
  if (BY_PREFIX.some(([, { name }]) => name === partition) || partition === partitionOf('').name) {
    made.set(partition, states);
  }
  return states;
};

/** What the text so far is of the form `us-east-1`: a step for each character. */
const SHAPE: ReadonlyArray<{ readonly letter?: number; readonly dash?: number; readonly digit?: number }> = [
  { letter: 1 },
  { letter: 2 },
  { letter: 2, dash: 3 },
  { letter: 4 },
  { letter: 4, dash: 5 },
  { letter: 4, digit: 6 },
  { digit: 6 },
];
const COMPLETE = 6;

const shapeAfter = (shape: number, char: string): number | undefined =>
  char === '-' ? SHAPE[shape]?.dash : LOWER.includes(char) ? SHAPE[shape]?.letter : SHAPE[shape]?.digit;

const shapeOf = (text: string): number => [...text].reduce((shape, char) => shapeAfter(shape, char) ?? SHAPE.length, 0);

/** Regions of any form, except those that begin as another partition's do. */
const statesWithout = (foreign: readonly string[]): RegionState[] => {
  // A state is a start of a foreign prefix, as text, or else the shape alone.
  const found: Array<string | number> = [''];
  const numberOf = (place: string | number): number => {
    if (!found.includes(place)) found.push(place);
    return found.indexOf(place) + 1;
  };
  const states: RegionState[] = [];
  for (let index = 0; index < found.length; index += 1) {
    const place = found[index] ?? '';
    const shape = typeof place === 'number' ? place : shapeOf(place);
    const targets = new Map<number, string>();
    for (const char of `${LOWER_OR_DIGIT}-`) {
      const next = shapeAfter(shape, char);
      if (next === undefined || (typeof place === 'string' && foreign.includes(place + char))) continue;
      const onTheWay = typeof place === 'string' && foreign.some((prefix) => prefix.startsWith(place + char));
      const target = numberOf(onTheWay ? place + char : next);
      targets.set(target, (targets.get(target) ?? '') + char);
    }
    const edges = [...targets].map(([to, chars]) => ({ to, chars }));
    states.push({ part: 1, edges, mayLeave: shape === COMPLETE });
  }
  return states;
};

/** Regions that begin with the partition's own prefix. */
const statesAfter = (prefix: string): RegionState[] => {
  const states = SHAPE.map(({ letter, dash, digit }, shape): RegionState => {
    const edges: Edge[] = [];
    if (letter !== undefined) edges.push({ chars: LOWER, to: letter + 2 });
    if (dash !== undefined) edges.push({ chars: '-', to: dash + 2 });
    if (digit !== undefined) edges.push({ chars: DIGITS, to: digit + 2 });
    return { part: 1, edges, mayLeave: shape === COMPLETE };
  });
  return [{ part: 1, edges: [{ text: prefix, to: shapeOf(prefix) + 2 }], mayLeave: false }, ...states];
};
