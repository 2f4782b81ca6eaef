import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type PolicyKind, PolicyMalformed, parsePolicy } from '../../../functions/policy/index.ts';
import { table } from './table.ts';

type Row = {
  readonly why: string;
  readonly kind?: PolicyKind;
  readonly policy: unknown;
  /** Where it is malformed; without it, it is well-formed. */
  readonly path?: string;
};

const refusal = (parse: () => unknown): PolicyMalformed | undefined => {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof PolicyMalformed) return error;
    throw error;
  }
};

const STATEMENT = '{"Effect":"Allow","Action":"s3:*","Resource":"*"}';

describe('parsePolicy', () => {
  it.each(table<Row>('documents').map((row) => [row.why, row] as const))('%s', (_why, { policy, kind, path }) => {
    const options = kind === undefined ? {} : { kind };
    const error = refusal(() => parsePolicy(policy, options));
    expect(error?.path).toBe(path);
    expect(refusal(() => parsePolicy(JSON.stringify(policy), options))?.message).toBe(error?.message);
  });

  it('keeps what later readers need: version, id, order, Sids and the texts as written', () => {
    const { version, id, statements } = parsePolicy({
      Version: '2012-10-17',
      Id: 'x',
      Statement: [
        { Sid: 'One', Effect: 'Deny', NotAction: 'S3:Get*', NotResource: 'arn:aws:s3:::b' },
        { Effect: 'Allow', Action: '*', Condition: { 'ForAnyValue:StringLikeIfExists': { 'aws:TagKeys': ['a', 1] } } },
      ],
    });
    expect({ version, id }).toEqual({ version: '2012-10-17', id: 'x' });
    expect(statements).toMatchObject([
      {
        index: 0,
        sid: 'One',
        effect: 'Deny',
        actions: { negated: true, patterns: [{ source: 'S3:Get*' }] },
        resources: { negated: true, patterns: [{ source: 'arn:aws:s3:::b' }] },
      },
      {
        index: 1,
        effect: 'Allow',
        conditions: [
          { base: 'StringLike', set: 'ForAnyValue', ifExists: true, key: 'aws:TagKeys', values: ['a', '1'] },
        ],
      },
    ]);
  });

  it('defaults to the 2008 version', () => {
    expect(parsePolicy(`{"Statement":[${STATEMENT}]}`).version).toBe('2008-10-17');
  });

  it('reads URL-encoded text as GetRole returns it', () => {
    const text = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::ü/%20"}]}`;
    const source = (parsed: string): unknown => parsePolicy(parsed).statements[0]?.resources?.patterns[0]?.source;
    expect(source(encodeURIComponent(text))).toBe('arn:aws:s3:::ü/%20');
    expect(source(text)).toBe('arn:aws:s3:::ü/%20');
    expect(refusal(() => parsePolicy('%7B%2'))?.path).toBe('$');
  });

  it.each([
    [
      'in a statement',
      `{"Statement":[${STATEMENT},{"Effect":"Deny","Action":"s3:*","Effect":"Allow"}]}`,
      '$.Statement[1].Effect',
    ],
    ['in a condition', '{"Statement":{"Condition":{"Bool":{"a:b":1,"a:b":1}}}}', '$.Statement.Condition.Bool["a:b"]'],
    ['in disguise', '{"Statement":[],"\\u0053tatement":[]}', '$.Statement'],
    ['at the top', '{"Version":"2012-10-17","Version":"2012-10-17"}', '$.Version'],
  ])('refuses a key that is there twice: %s', (_where, text, path) => {
    expect(refusal(() => parsePolicy(text))).toMatchObject({ path, message: `${path}: the key is there twice` });
  });

  it('does not take equal keys of different objects, or texts with braces, for duplicates', () => {
    const text = `{"Statement":[${STATEMENT},${STATEMENT},{"Sid":"{\\"Sid\\",","Effect":"Allow","Action":"a:{b","Resource":"*"}]}`;
    expect(parsePolicy(text).statements).toHaveLength(3);
  });

  it('refuses what is larger than the bound, before reading it, and does not count white space', () => {
    const text = `{"Statement":[${STATEMENT}]}`;
    expect(refusal(() => parsePolicy(text, { maxCharacters: text.length }))).toBeUndefined();
    expect(refusal(() => parsePolicy(text.replaceAll(',', ' ,\n\t'), { maxCharacters: text.length }))).toBeUndefined();
    expect(refusal(() => parsePolicy(text, { maxCharacters: text.length - 1 }))?.message).toContain('larger than');
    expect(refusal(() => parsePolicy('x'.repeat(32_769)))?.message).toContain('larger than');
    expect(refusal(() => parsePolicy(' '.repeat(10_000_000)))?.message).toContain('larger than');
    const many = Array.from({ length: 5000 }, () => JSON.parse(STATEMENT));
    expect(refusal(() => parsePolicy({ Statement: many }))?.message).toContain('larger than');
  });

  it('refuses deep nesting with a named error, as text and as an object', () => {
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    expect(refusal(() => parsePolicy(deep))?.message).toContain('nested too deeply');
    let nested: unknown = 'end';
    for (let level = 0; level < 200_000; level += 1) nested = [nested];
    expect(refusal(() => parsePolicy(nested))).toBeInstanceOf(PolicyMalformed);
  });

  it('is not touched by keys that mean something to JavaScript', () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(refusal(() => parsePolicy(`{"${key}":{"Statement":[]},"Statement":[${STATEMENT}]}`))?.path).toBe(
        `$.${key}`,
      );
      const condition = `{"Statement":{"Effect":"Allow","Action":"*","Condition":{"${key}":{"a:b":"c"}}}}`;
      expect(refusal(() => parsePolicy(condition))?.path).toBe(`$.Statement.Condition.${key}`);
      const principal = `{"Statement":{"Effect":"Allow","Action":"*","Principal":{"${key}":"*"}}}`;
      expect(refusal(() => parsePolicy(principal))?.path).toBe(`$.Statement.Principal.${key}`);
    }
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it('answers anything that is no policy with its own error', () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    for (const source of [undefined, null, 1, 10n, '', '{', 'null', '"{}"', () => 1, cyclic, '%', '\uFEFF{}']) {
      expect(refusal(() => parsePolicy(source))).toBeInstanceOf(PolicyMalformed);
    }
    const element = fc.oneof(fc.constantFrom('*', 'Allow', 'sts:AssumeRole', { AWS: '*' }, ['*']), fc.jsonValue());
    const statement = fc.record(
      { Effect: element, Action: element, Principal: element, Condition: element },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ Statement: fc.oneof(fc.array(statement), element) })),
        (source) => {
          refusal(() => parsePolicy(source));
        },
      ),
    );
  });
});
