/** What is wrong with the guardrails' text is told where it stands. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aboutWhat, loadGuardrails } from '../../../../functions/grants/guardrails/index.ts';
import { placeOf, placeOfByte } from '../../../../functions/grants/guardrails/text-places.ts';
import { engine, files, withPolicies } from './shipped.ts';

const policy = (id: string, rest = 'permit (principal, action, resource);') => `@id("${id}") @reason("why") ${rest}`;
const told = (...texts: readonly string[]) =>
  loadGuardrails(engine, withPolicies(...texts)).problems.map(
    ({ severity, file, line, column, sentence }) => `${file}:${line}:${column} ${severity} ${sentence}`,
  );

test.each<[string, string, RegExp]>([
  [
    'grammar, behind letters of several bytes',
    `// für 🎉 alle\n${policy('ü')} permit me`,
    /^0\.cedar:2:\d+ error unexpected token `me`/,
  ],
  ['no id', '@reason("x")\npermit (principal, action, resource);', /^0\.cedar:1:1 error The policy has no @id/],
  ['no reason', '\n  @id("x") permit (principal, action, resource);', /^0\.cedar:2:3 error The policy has no @reason/],
  [
    'a template',
    `${policy('a')}\n${policy('b', 'permit (principal == ?principal, action, resource);')}`,
    /^0\.cedar:2:1 error Templates/,
  ],
  [
    'an unknown action',
    policy('a', 'permit (principal, action == Action::"Reqest", resource);'),
    /^0\.cedar:1:\d+ error unrecognized action .*did you mean `Action::"Request"`/,
  ],
  [
    'an unknown attribute',
    `// 🎉\n${policy('a', 'permit (principal, action == Action::"Request", resource is Grant) when { resource.color == "red" };')}`,
    /^0\.cedar:2:\d+ error attribute `color`/,
  ],
  [
    'a policy that never applies',
    policy('a', 'forbid (principal is Team, action, resource);'),
    /^0\.cedar:1:1 error .*applicable action/,
  ],
  [
    'a condition that never holds',
    policy('a', 'forbid (principal, action, resource) when { false };'),
    /^0\.cedar:1:1 error policy is impossible/,
  ],
  [
    'a duration that is none',
    policy('a', 'permit (principal, action, resource) when { duration("1 day") > duration("1h") };'),
    /^0\.cedar:1:\d+ error .*duration/,
  ],
])('%s', (_what, text, expected) => {
  expect(told(text)[0]).toMatch(expected);
});

test('the column counts characters, not bytes', () => {
  const text = `${policy('a', 'permit (principal, action == Action::"Request", resource is Grant)')} when { "üß🎉" == resource.color };`;
  expect(told(text)).toEqual([expect.stringContaining(`0.cedar:1:${text.indexOf('resource.color') + 1} error`)]);
});

test('an id that is taken, across files', () => {
  expect(told(`\n${policy('same')}`, policy('same'))).toEqual([
    '1.cedar:1:1 error The id same is taken: see 0.cedar:2.',
  ]);
});

test('a schema that is none', () => {
  const source = { schema: { file: 's.cedarschema', text: '// ü\nentity User; entity 5;' }, policies: [] };
  expect(loadGuardrails(engine, source).problems[0]).toMatchObject({ file: 's.cedarschema', line: 2, column: 21 });
});

test('more than ten policies keep their ids, reasons and places', () => {
  const texts = Array.from({ length: 25 }, (_, index) => policy(`p${index}`));
  const { policies, problems } = loadGuardrails(engine, withPolicies(texts.join('\n')));
  expect(problems).toEqual([]);
  expect([...policies.values()].map(({ id, place }) => `${id}:${place.line}`)).toEqual(
    texts.map((_, index) => `p${index}:${index + 1}`),
  );
});

test('what a policy can be about, and what it says of itself', () => {
  const loaded = loadGuardrails(engine, files.source);
  const production = loaded.policies.get('approval.production');
  expect(production).toMatchObject({
    effect: 'forbid',
    missing: 'the approval of another member of a team that owns the namespace',
  });
  expect(production && aboutWhat(loaded, production)).toEqual({ actions: ['Proceed'], resources: ['Namespace'] });
});

describe('places', () => {
  test('a byte that begins a character is where that character is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
        const text = `${before}x${after}`;
        expect(placeOfByte(text, Buffer.byteLength(before))).toEqual(placeOf(text, before.length));
      }),
    );
  });
  test.each([
    ['', 0, 1, 1],
    ['a\nb', 2, 2, 1],
    ['a\r\nb', 3, 2, 1],
    ['é\n🎉x', 7, 2, 3],
    ['ab', 99, 1, 3],
  ])('%j, byte %d', (text, byte, line, column) => {
    expect(placeOfByte(text, byte)).toEqual({ line, column });
  });
});
