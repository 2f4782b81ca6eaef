import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { answerAsk, answerLine } from '../../../../functions/trust/asks/index.ts';

type Row = { readonly why: string; readonly policy: unknown; readonly ask: object };
const rows: readonly Row[] = JSON.parse(readFileSync(new URL('./asks.json', import.meta.url), 'utf8'));

const [sound] = rows;
const line = (changes: object): string => JSON.stringify({ id: 7, policy: sound?.policy, ask: sound?.ask, ...changes });
const POLICY = JSON.stringify(sound?.policy);
const ASK = JSON.stringify(sound?.ask);

describe('answerLine', () => {
  it('answers as answerAsk does, under the id of the line', () => {
    for (const { why, policy, ask } of rows) {
      const { admitted, because } = answerAsk(policy, ask);
      expect(answerLine(JSON.stringify({ id: why, policy, ask }))).toEqual({ id: why, admitted, because });
    }
  });

  it.each([
    ['a text', 'x'],
    ['a number', 0],
    ['null', null],
    ['an object', { a: [1] }],
  ])('gives back %s as id', (_what, id) => {
    expect(answerLine(line({ id }))).toMatchObject({ id, admitted: true });
  });

  it.each([
    ['nothing', '', null, 'the line is not JSON'],
    ['no JSON', '{"id":7', null, 'the line is not JSON'],
    ['a number', '7', null, 'the line is not a JSON object'],
    ['null', 'null', null, 'the line is not a JSON object'],
    ['a list', `[${line({})}]`, null, 'the line is not a JSON object'],
    ['no policy', line({ policy: undefined }), 7, 'the line has no policy'],
    ['a policy that is a number', line({ policy: 7 }), 7, 'the line has no policy'],
    ['no ask', line({ ask: undefined }), 7, 'ask: '],
    ['an ask of another kind', line({ ask: { kind: 'x' } }), 7, 'ask.kind: '],
    ['no id, and no ask', '{"policy":{}}', null, 'ask: '],
    [
      'a key of the ask twice',
      `{"id":7,"policy":${POLICY},"ask":{"kind":"irsa",${ASK.slice(1)}}`,
      7,
      '$.ask.kind: the',
    ],
    ['the policy twice', `{"id":7,"policy":{},"policy":${POLICY},"ask":${ASK}}`, 7, '$.policy: the key is there twice'],
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, null, 'the line is not a JSON object'],
  ])('names what is wrong with %s', (_what, text, id, problem) => {
    expect(answerLine(text)).toEqual({ id, error: expect.stringContaining(problem) });
  });

  it('sees a key that an object has twice', () => {
    const twice = POLICY.replace('"Effect":"Allow"', '"Effect":"Deny","Effect":"Allow"');
    expect(answerLine(`{"id":7,"policy":${twice},"ask":${ASK}}`)).toEqual({
      id: 7,
      admitted: false,
      because: 'IAM would refuse to store this policy: $.Statement[0].Effect: the key is there twice',
    });
  });

  it('answers any line at all', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((policy) => line({ policy })),
        ),
        (text) => {
          const answer = answerLine(text);
          expect('error' in answer || typeof answer.because === 'string').toBe(true);
        },
      ),
    );
  });
});
