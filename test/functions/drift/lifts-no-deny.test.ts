/** A policy with a Deny may go only where nothing that stays allows what it denies: cases, and what two engines would find wrong. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { denies, liftedDeny, patternsMeet } from '../../../functions/drift/lifts-no-deny.ts';
import { contextOf, evaluate, parsePolicy } from '../../../functions/policy/index.ts';
import { compileGlob, globMatches, symbolsOf } from '../../../functions/policy/pattern.ts';

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  ...{ Effect: 'Allow', Action, Resource },
  ...more,
});
const deny = (Action: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  ...allow(Action, Resource, more),
  Effect: 'Deny',
});
const BUCKET = 'arn:aws:s3:::orders/*';
const VARIABLE = '$' + '{aws:username}';
const MFA = { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } } };
const intruders = policy(allow('*'), deny('sqs:DeleteQueue'));

type Case = [what: string, going: string, staying: (string | undefined)[], why?: string];

const GO: Case[] = [
  ['one that only allows', policy(allow('*')), [undefined, 'no policy', policy(allow('*'))]],
  ['Allow * with a small Deny, alone on its role', intruders, []],
  ['beside others that allow other actions', intruders, [policy(allow('s3:*')), policy(allow('sqs:SendMessage'))]],
  [
    'beside others that allow it elsewhere',
    policy(allow('*'), deny('s3:*', BUCKET)),
    [policy(allow('s3:*', 'arn:aws:s3:::carts/*'))],
  ],
  ['beside others that deny', intruders, [policy(deny('*')), policy(allow('s3:*'), deny('sqs:*'))]],
];

const STAY: Case[] = [
  ['one that only denies', policy(deny('iam:*')), [], 'it has a Deny statement and no other'],
  ['one that can not be read', '{', [], "what it says can't be judged"],
  [
    'what it denies is allowed',
    intruders,
    [policy(allow('s3:*')), policy(allow('sqs:*'))],
    'other 1 allows what that denies: sqs:* on *',
  ],
  ['in other letters', intruders, [policy(allow('SQS:deletequeue'))], 'sqs:deletequeue on *'],
  ['by everything', intruders, [policy(allow('*'))], '* on *'],
  [
    'by everything but something else',
    intruders,
    [policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })],
    'allows what that denies',
  ],
  [
    'everything but something is denied',
    policy(allow('*'), { Effect: 'Deny', NotAction: 's3:*', Resource: '*' }),
    [policy(allow('s3:*'))],
    'allows what that denies',
  ],
  [
    'by patterns that meet',
    policy(allow('*'), deny('s3:Get*', BUCKET)),
    [policy(allow('s3:*Acl', 'arn:aws:s3:::*/x'))],
    's3:*acl on arn:aws:s3:::*/x',
  ],
  [
    'by a variable',
    policy(allow('*'), deny('s3:*', BUCKET)),
    [policy(allow('s3:*', `arn:aws:s3:::${VARIABLE}/x`))],
    'allows what that denies',
  ],
  [
    'under a condition',
    policy(allow('*'), deny('sqs:*', '*', MFA)),
    [policy(allow('sqs:*', '*', MFA))],
    'allows what that denies',
  ],
  [
    'beside one that nobody could read',
    intruders,
    [undefined],
    'other 0 may allow what that denies: nobody could read it',
  ],
  ['beside one that can not be judged', intruders, ['[]'], 'other 0 may allow'],
];

const why = ([, going, staying]: Case) =>
  liftedDeny(
    going,
    staying.map((document, index) => ({ name: `other ${index}`, document })),
  );

it.each(GO)('it may go: %s', (...each) => {
  expect(why(each)).toBeUndefined();
});

it.each(STAY)('it stays: %s', (...each) => {
  expect(why(each)).toContain(each[3]);
});

it.each([
  [policy(allow('*')), false],
  [intruders, true],
  ['{', true],
])('%s denies something, or may: %s', (document, is) => {
  expect(denies(document)).toBe(is);
});

describe('two patterns', () => {
  const symbol = fc.constantFrom('a', 'b', 'c', '*', '?');
  const pattern = fc.array(symbol, { maxLength: 6 }).map((symbols) => symbols.join(''));
  const letters = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 }).map((each) => each.join(''));
  const matches = (glob: string, text: string) => globMatches(compileGlob(symbolsOf(glob, true)), text);

  it('meet where a text matches both', () => {
    let met = 0;
    fc.assert(
      fc.property(pattern, pattern, letters, (a, b, text) => {
        expect(patternsMeet(a, b)).toBe(patternsMeet(b, a));
        if (!matches(a, text) || !matches(b, text)) return;
        met += 1;
        expect(patternsMeet(a, b)).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(met).toBeGreaterThan(20);
  });

  it('and nowhere else', () => {
    const texts = [''];
    for (let last = ['']; last.every(({ length }) => length < 6); ) {
      last = last.flatMap((text) => ['a', 'b', 'c'].map((letter) => text + letter));
      texts.push(...last);
    }
    const short = fc.array(symbol, { maxLength: 3 }).map((symbols) => symbols.join(''));
    fc.assert(
      // Two of three symbols each that meet at all meet in a text of six letters or fewer.
      fc.property(short, short, (a, b) => {
        expect(patternsMeet(a, b)).toBe(texts.some((text) => matches(a, text) && matches(b, text)));
      }),
      { numRuns: 150 },
    );
  });
});

it('without what may go, no request is allowed that was not', () => {
  const actions = ['s3:GetObject', 's3:PutObject', 'sqs:SendMessage'];
  const resources = ['arn:aws:s3:::a/x', 'arn:aws:s3:::b/x', 'arn:aws:sqs:eu:1:q'];
  const some = (values: string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
  const statement = fc
    .record({
      Effect: fc.constantFrom('Allow', 'Deny'),
      negated: fc.constantFrom('', '', '', 'Action', 'Resource'),
      Action: some([...actions, 's3:*', 's3:?etObject', 'sqs:*', '*']),
      Resource: some([...resources, '*', 'arn:aws:s3:::*', 'arn:aws:s3:::a/*', `arn:aws:s3:::${VARIABLE}/x`]),
      Condition: fc.constantFrom(undefined, undefined, { StringEquals: { 'aws:username': 'a' } }),
    })
    .map(({ Effect, negated, Action, Resource, Condition }) => ({
      Effect,
      [negated === 'Action' ? 'NotAction' : 'Action']: Action,
      [negated === 'Resource' ? 'NotResource' : 'Resource']: Resource,
      ...(Condition && { Condition }),
    }));
  const document = fc.array(statement, { minLength: 1, maxLength: 3 }).map((statements) => policy(...statements));
  const isAllowed = (documents: string[], action: string, resource: string, user: string | undefined) =>
    evaluate(
      documents.map((each, index) => ({ name: `p${index}`, document: parsePolicy(JSON.parse(each)) })),
      {
        action,
        resource,
        principal: { kind: 'aws', arn: 'arn:aws:iam::111122223333:user/x', account: '111122223333' },
        context: contextOf({ 'aws:username': user }),
      },
    ).effect === 'allow';
  const requests = actions.flatMap((action) =>
    resources.flatMap((resource) => ['a', 'b', undefined].map((user) => [action, resource, user] as const)),
  );
  let gone = 0;
  fc.assert(
    fc.property(document, fc.array(document, { minLength: 1, maxLength: 2 }), (going, staying) => {
      if (!denies(going) || why(['', going, staying]) !== undefined) return;
      gone += 1;
      const gained = requests.filter((each) => isAllowed(staying, ...each) && !isAllowed([going, ...staying], ...each));
      expect(gained).toEqual([]);
    }),
    { numRuns: 2000 },
  );
  expect(gone).toBeGreaterThan(30);
});
