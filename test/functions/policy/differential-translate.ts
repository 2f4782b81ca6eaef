/**
 * Where the oracle differs from AWS's documentation: each difference rewrites a question into words that mean to the
 * oracle what the original means to AWS. docs/policy-differences.md has one row for each, with AWS's page.
 */
import type { Ask, WrittenConditions, WrittenPolicy, WrittenStatement, WrittenValue } from './differential-ask.ts';

type One = { readonly operator: string; readonly key: string; readonly values: readonly string[] };

/** What a condition becomes: another one, or one that always or never holds. */
type Rewrite = (condition: One, context: Ask['context']) => One | boolean;

export type Difference = {
  /** As the table in docs/policy-differences.md calls it. */
  readonly name: string;
  readonly translate: (ask: Ask) => Ask;
};

/** The question in the oracle's words. */
export const forOracle = (ask: Ask, without?: string): Ask =>
  DIFFERENCES.filter(({ name }) => name !== without).reduce((so, { translate }) => translate(so), ask);

const NEVER_EQUAL = 'never\u0000equal';

const valuesOf = (value: WrittenValue | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

const lookUp = (context: Ask['context'], key: string): WrittenValue | undefined =>
  Object.entries(context).find(([name]) => name.toLowerCase() === key.trim().toLowerCase())?.[1];

const baseOf = (operator: string): string =>
  operator.replace(/^For(?:AllValues|AnyValue):/, '').replace(/IfExists$/, '');
const isNegated = (operator: string): boolean => baseOf(operator).includes('Not');
const isTyped = (operator: string, family: string): boolean => baseOf(operator).startsWith(family);

const onPolicies = (ask: Ask, change: (policy: WrittenPolicy) => WrittenPolicy): Ask => ({
  ...ask,
  identity: ask.identity.map(change),
  ...(ask.boundary && { boundary: change(ask.boundary) }),
  ...(ask.attached && { attached: change(ask.attached) }),
});

const onStatements = (ask: Ask, change: (statement: WrittenStatement) => WrittenStatement): Ask =>
  onPolicies(ask, (policy) => ({ ...policy, Statement: policy.Statement.map(change) }));

const onConditions =
  (rewrite: Rewrite) =>
  (ask: Ask): Ask =>
    onStatements(ask, (statement) =>
      statement.Condition === undefined
        ? statement
        : {
            ...statement,
            Condition: conditionsFrom(listed(statement.Condition).map((one) => rewrite(one, ask.context))),
          },
    );

const listed = (conditions: WrittenConditions): One[] =>
  Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => ({ operator, key, values: valuesOf(value) })),
  );

const conditionsFrom = (list: ReadonlyArray<One | boolean>): WrittenConditions => {
  const written: Record<string, Record<string, WrittenValue>> = {};
  for (const one of list) {
    if (one === true) continue;
    const { operator, key, values } = one === false ? { operator: 'Null', key: 'aws:Nobody', values: ['false'] } : one;
    const block = written[operator] ?? {};
    // Two rewritten conditions may meet in one place; in other letters, the key is still the same.
    block[freeSpelling(key, block)] = values;
    written[operator] = block;
  }
  return written;
};

const freeSpelling = (key: string, taken: Readonly<Record<string, unknown>>): string => {
  for (let length = 0; length <= key.length; length += 1) {
    const spelling = key.slice(0, length).toUpperCase() + key.slice(length).toLowerCase();
    if (!(key in taken)) return key;
    if (!(spelling in taken)) return spelling;
  }
  return key;
};

/** Rewrites the values of a key, in the policies and in the request. */
const onTypedValues =
  (family: string, key: string, rewrite: (text: string) => string) =>
  (ask: Ask): Ask => {
    const given = ask.context[key];
    const context =
      given === undefined
        ? ask.context
        : { ...ask.context, [key]: typeof given === 'string' ? rewrite(given) : given.map(rewrite) };
    return onConditions((one) => (isTyped(one.operator, family) ? { ...one, values: one.values.map(rewrite) } : one))({
      ...ask,
      context,
    });
  };

const VARIABLE = /\$\{(?![*?$]\})([^,}]+)(?:,\s*'([^']*)')?\}/g;

/** Fills in what the oracle fills in otherwise: texts that are empty, and keys with several values. */
const settle = (value: string, context: Ask['context']): string => {
  let dead = false;
  const settled = value.replace(VARIABLE, (whole, key: string, fallback?: string) => {
    const given = lookUp(context, key);
    if (given === undefined || given.length === 0) {
      if (given === '' || fallback === '') return '';
      if (fallback === undefined) dead = true;
      return whole;
    }
    if (typeof given === 'string') return whole;
    dead = true;
    return whole;
  });
  return dead ? NEVER_EQUAL : settled;
};

const readable: ReadonlyArray<readonly [family: string, reads: RegExp]> = [
  ['Numeric', /^-?\d/],
  ['Date', /^\d{4}/],
  ['NotIpAddress', /[.:]/],
  ['Arn', /^arn:/],
];

export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'Variables before version 2012-10-17',
    translate: (ask) => {
      const plain = (value: WrittenValue): WrittenValue =>
        typeof value === 'string'
          ? value.replaceAll(`\${`, `\${$}{`)
          : value.map((text) => text.replaceAll(`\${`, `\${$}{`));
      return onPolicies(ask, (policy) =>
        policy.Version === '2012-10-17'
          ? policy
          : {
              ...policy,
              Statement: policy.Statement.map((statement) => ({
                ...statement,
                ...(statement.Resource && { Resource: plain(statement.Resource) }),
                ...(statement.NotResource && { NotResource: plain(statement.NotResource) }),
                ...(statement.Condition && {
                  Condition: Object.fromEntries(
                    Object.entries(statement.Condition).map(([operator, keys]) => [
                      operator,
                      Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, plain(value)])),
                    ]),
                  ),
                }),
              })),
            },
      );
    },
  },
  {
    name: 'Lists of no value, or of one',
    translate: (ask) => {
      const context: Record<string, WrittenValue> = {};
      for (const [key, value] of Object.entries(ask.context)) {
        const [first] = valuesOf(value);
        if (first !== undefined) context[key] = value.length === 1 ? first : value;
      }
      return { ...ask, context };
    },
  },
  {
    name: 'Variables without a value, or with an empty one',
    translate: (ask) => {
      const settled = onConditions((one, context) => ({
        ...one,
        values: one.values.map((value) => (isTyped(one.operator, 'Arn') ? settleArn : settle)(value, context)),
      }))(ask);
      return onStatements(settled, (statement) => ({
        ...statement,
        ...(statement.Resource && {
          Resource: valuesOf(statement.Resource).map((text) => settleArn(text, ask.context)),
        }),
        ...(statement.NotResource && {
          NotResource: valuesOf(statement.NotResource).map((text) => settleArn(text, ask.context)),
        }),
      }));
    },
  },
  {
    name: 'Escaped characters outside of patterns',
    translate: onConditions((one) => {
      if (!/^String(?:Not)?Equals/.test(baseOf(one.operator))) return one;
      return { ...one, values: one.values.map((text) => text.replaceAll(/\$\{([*?$])\}(?!\{)/g, '$1')) };
    }),
  },
  {
    name: 'ForAllValues of empty texts',
    translate: onConditions((one, context) => {
      const given = valuesOf(lookUp(context, one.key));
      return !one.operator.startsWith('ForAllValues:') || given.some((text) => text !== '') ? one : true;
    }),
  },
  {
    name: 'Several values without a set operator',
    translate: onConditions((one, context) => {
      const given = lookUp(context, one.key);
      if (given === undefined || typeof given === 'string' || /^(?:For|Null)/.test(one.operator)) return one;
      return { ...one, operator: `${isNegated(one.operator) ? 'ForAllValues' : 'ForAnyValue'}:${one.operator}` };
    }),
  },
  {
    name: 'Values that a typed operator cannot read',
    translate: onConditions((one, context) => {
      const reads = readable.find(([family]) => isTyped(one.operator, family))?.[1];
      const given = valuesOf(lookUp(context, one.key));
      if (reads === undefined || !isNegated(one.operator) || given.length !== 1) return one;
      return given.some((text) => reads.test(text)) ? one : true;
    }),
  },
  {
    name: 'Epoch seconds, and years alone',
    translate: onTypedValues('Date', 'aws:CurrentTime', (text) => {
      if (/^\d{4}$/.test(text)) return `${text}-01-01T00:00:00Z`;
      return /^\d+$/.test(text) ? new Date(Number(text) * 1000).toISOString() : text;
    }),
  },
  {
    name: 'Numbers with an exponent',
    translate: onTypedValues('Numeric', 's3:max-keys', (text) =>
      /^\d+e\d+$/.test(text) ? String(Number(text)) : text,
    ),
  },
  {
    name: 'Equal bytes in other base64',
    translate: onTypedValues('Binary', 'kms:Bytes', (text) => Buffer.from(text, 'base64').toString('base64')),
  },
  {
    name: 'The range of all IPv4 addresses',
    translate: onConditions((one) => ({
      ...one,
      values: one.values.flatMap((text) => (text === '0.0.0.0/0' ? ['0.0.0.0/1', '128.0.0.0/1'] : [text])),
    })),
  },
  {
    name: 'Bare addresses',
    translate: onConditions((one) => {
      if (!/IpAddress/.test(one.operator)) return one;
      const range = (text: string): string => (text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);
      return { ...one, values: one.values.map(range) };
    }),
  },
];

const settleArn = (text: string, context: Ask['context']): string => {
  const settled = settle(text, context);
  return settled === NEVER_EQUAL ? 'arn:never:never:never:never:never' : settled;
};
