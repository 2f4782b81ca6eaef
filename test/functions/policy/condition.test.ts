import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseConditions } from '../../../functions/policy/condition.ts';
import { every, isUnknown, type Truth } from '../../../functions/policy/truth.ts';
import { contextFrom, table, type WrittenContext } from './table.ts';

type Row = {
  readonly why: string;
  readonly version?: string;
  readonly condition: unknown;
  readonly context: WrittenContext;
  /** Or the keys that it hangs on. */
  readonly expected: boolean | readonly string[];
};

const holds = (condition: unknown, context: WrittenContext, variables = true): Truth => {
  const given = contextFrom(context);
  return every(parseConditions(condition, '$', variables), (each) => each.holds((key) => given.get(key)));
};

describe('conditions', () => {
  it.each(table<Row>('conditions').map((row) => [row.why, row] as const))('%s', (_why, row) => {
    const truth = holds(row.condition, row.context, row.version !== '2008-10-17');
    expect(isUnknown(truth) ? truth.unknown : truth).toEqual(row.expected);
  });
});

const KEY = 'aws:TagKeys';
const word = fc.constantFrom('', 'a', 'b', 'ab', 'A', '1', '2026-01-01', '10.0.0.1', 'arn:aws:s3:::b', 'true');
const PAIRS = [
  ['StringEquals', 'StringNotEquals'],
  ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
  ['StringLike', 'StringNotLike'],
  ['ArnLike', 'ArnNotLike'],
  ['ArnEquals', 'ArnNotEquals'],
] as const;

describe('laws of operators', () => {
  it('a negated operator is the opposite, for one value and for none', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PAIRS),
        fc.array(word, { maxLength: 3 }),
        fc.option(word, { nil: undefined }),
        ([plain, negated], values, given) => {
          const context = given === undefined ? {} : { [KEY]: given };
          expect(holds({ [negated]: { [KEY]: values } }, context)).toBe(
            !holds({ [plain]: { [KEY]: values } }, context),
          );
        },
      ),
    );
  });

  it('ForAllValues of the opposite is what ForAnyValue is not, over values that are there', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PAIRS),
        fc.array(word, { maxLength: 3 }),
        fc.array(
          word.filter((w) => w !== ''),
          { minLength: 1, maxLength: 3 },
        ),
        ([plain, negated], values, given) => {
          const some = holds({ [`ForAnyValue:${plain}`]: { [KEY]: values } }, { [KEY]: given });
          const none = holds({ [`ForAllValues:${negated}`]: { [KEY]: values } }, { [KEY]: given });
          expect(none).toBe(!some);
        },
      ),
    );
  });

  it('numbers are ordered: exactly one of less, equal and greater holds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (given, wanted) => {
        const hold = ['NumericLessThan', 'NumericEquals', 'NumericGreaterThan'].filter((operator) =>
          holds({ [operator]: { [KEY]: wanted } }, { [KEY]: String(given) }),
        );
        expect(hold).toEqual([
          given < wanted ? 'NumericLessThan' : given > wanted ? 'NumericGreaterThan' : 'NumericEquals',
        ]);
      }),
    );
  });

  it('an open key gives an answer only when every value, and none, would give it', () => {
    const operator = fc.constantFrom(
      'StringEquals',
      'StringNotLike',
      'StringLikeIfExists',
      'ForAllValues:StringEquals',
      'ForAnyValue:StringLike',
    );
    fc.assert(
      fc.property(operator, fc.array(word, { maxLength: 2 }), fc.array(word), (name, values, tried) => {
        const condition = { [name]: { [KEY]: values } };
        const truth = holds(condition, { [KEY]: null });
        if (isUnknown(truth)) return;
        for (const given of [[], ...tried.map((t) => [t])]) expect(holds(condition, { [KEY]: given })).toBe(truth);
      }),
    );
  });
});
