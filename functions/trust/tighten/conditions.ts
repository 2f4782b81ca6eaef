/** Conditions of a written statement that narrow it to some names: put beside the others, or in the place of wider ones. */
import { requestTag } from '../../abac/index.ts';
import { clusterArn, type WorkloadIdentity } from '../../identity.ts';
import type { WrittenTrustStatement } from '../author/index.ts';
import type { Piece } from './written.ts';

/** What an identity consists of, and the condition keys that tell it. */
export type Part = 'cluster' | 'namespace' | 'service account';
export const PARTS: readonly Part[] = ['cluster', 'namespace', 'service account'];

type Name = (identity: WorkloadIdentity) => string;

/** In lower case, with what each holds. The first of a part is the one that we write. */
const KEYS: Readonly<Record<Part, ReadonlyArray<readonly [key: string, name: Name]>>> = {
  cluster: [
    [requestTag('eks-cluster-arn'), clusterArn],
    [requestTag('eks-cluster-name'), ({ cluster }) => cluster],
    ['aws:SourceArn', clusterArn],
  ],
  namespace: [[requestTag('kubernetes-namespace'), ({ namespace }) => namespace]],
  'service account': [[requestTag('kubernetes-service-account'), ({ serviceAccount }) => serviceAccount]],
};

const NAMING: ReadonlySet<string> = new Set(
  Object.values(KEYS).flatMap((keys) => keys.map(([key]) => key.toLowerCase())),
);

/** What stands under one operator. */
export type Block = Readonly<Record<string, unknown>>;

/** A narrower form of a statement. */
export type Narrowing = (statement: WrittenTrustStatement) => WrittenTrustStatement;

/** A condition on this part, beside those that are there. */
export const adding = (part: Part, identities: readonly WorkloadIdentity[]): Narrowing => {
  const [first] = KEYS[part];
  if (first === undefined) return (statement) => statement;
  const [key, name] = first;
  return (statement) => withConditions(statement, { [key]: namesOf(identities, name) });
};

/** Every way to put these names in the place of the values of a condition that is there. */
export const replacing = (part: Part, identities: readonly WorkloadIdentity[], { read }: Piece): readonly Narrowing[] =>
  KEYS[part].flatMap(([key, name]) =>
    read.conditions
      .filter((condition) => condition.key.toLowerCase() === key.toLowerCase() && COMPARES.test(condition.operator))
      .map(({ operator, key: written }): Narrowing => {
        const values = namesOf(identities, name);
        return (statement) => {
          const condition = blocksOf(statement);
          return {
            ...statement,
            Condition: { ...condition, [operator]: { ...condition[operator], [written]: values } },
          };
        };
      }),
  );

/**
 * These conditions beside those that are there. Names hold no wildcards, so StringEquals, StringLike and their
 * ForAnyValue forms say the same of a key with one value: the first is taken that does not have the key yet.
 */
export const withConditions = (statement: WrittenTrustStatement, conditions: Block): WrittenTrustStatement => {
  const blocks: Record<string, Block> = { ...blocksOf(statement) };
  for (const [key, values] of Object.entries(conditions)) {
    const isPattern = JSON.stringify(values).includes('*');
    const free = SAME.filter((each) => !hasKey(blocks[each], key) && !(isPattern && each.endsWith('Equals')));
    const operator = free.find((each) => blocks[each] !== undefined) ?? free[0] ?? 'StringEquals';
    blocks[operator] = { ...blocks[operator], [key]: values };
  }
  return { ...statement, Condition: blocks };
};

/** All conditions of the statement by their keys alone; a key under two operators is there once, as the author never writes it. */
export const conditionsOf = (statement: WrittenTrustStatement): Block =>
  Object.assign({}, ...Object.values(blocksOf(statement)));

/** Its conditions on other things than who asks. */
export const otherBlocksOf = (statement: WrittenTrustStatement): Readonly<Record<string, Block>> =>
  Object.fromEntries(
    Object.entries(blocksOf(statement)).flatMap(([operator, block]) => {
      const others = Object.entries(block).filter(([key]) => !NAMING.has(key.toLowerCase()));
      return others.length === 0 ? [] : [[operator, Object.fromEntries(others)] as const];
    }),
  );

/** The Condition element, operator by operator. */
export const blocksOf = ({ Condition }: WrittenTrustStatement): Readonly<Record<string, Block>> =>
  isObject(Condition)
    ? Object.fromEntries(Object.entries(Condition).map(([operator, keys]) => [operator, isObject(keys) ? keys : {}]))
    : {};

/** Operators that hold a key against names. What IfExists lets by is found out by the proof. */
const COMPARES = /^(?:ForAnyValue:)?(?:StringEquals|StringLike|StringEqualsIgnoreCase|ArnEquals|ArnLike)(?:IfExists)?$/;

const SAME = ['StringEquals', 'StringLike', 'ForAnyValue:StringEquals', 'ForAnyValue:StringLike'];

const hasKey = (block: Readonly<Record<string, unknown>> | undefined, key: string): boolean =>
  Object.keys(block ?? {}).some((each) => each.toLowerCase() === key.toLowerCase());

const namesOf = (identities: readonly WorkloadIdentity[], name: Name): string | readonly string[] => {
  return single([...new Set(identities.map(name))].toSorted());
};

/** One value alone needs no list. */
export const single = <Value>(values: readonly Value[]): Value | readonly Value[] => {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
