import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { moreIn } from '../../../functions/drift/gives-no-more.ts';
import { contextOf, evaluate, parsePolicy } from '../../../functions/policy/index.ts';

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const old = (...Statement: object[]) => JSON.stringify({ Version: '2008-10-17', Statement });
const allow = (Action: string | string[], Resource: string | string[] = '*', Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const deny = (Action: string | string[], Resource: string | string[] = '*', Condition?: object) => ({
  ...allow(Action, Resource, Condition),
  Effect: 'Deny',
});
const MFA = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
/** As a policy has it. */
const VARIABLE = '$' + '{aws:username}';
const BUCKET = 'arn:aws:s3:::orders/*';
const everythingBut = (...NotAction: string[]) => ({ Effect: 'Allow', NotAction, Resource: '*' });
const resourcesBut = (...NotResource: string[]) => ({ Effect: 'Allow', Action: 's3:GetObject', NotResource });
const manyActions = Array.from({ length: 50 }, (_, each) => `s3:Get${each}`);
const many = Array.from({ length: 50 }, (_, each) => `arn:aws:s3:::b${each}/*`);

describe('gives no more:', () => {
  it.each([
    ['the same', policy(allow('s3:GetObject', BUCKET)), policy(allow('s3:GetObject', BUCKET))],
    ['fewer actions', policy(allow('s3:GetObject', BUCKET)), policy(allow(['s3:GetObject', 's3:PutObject'], BUCKET))],
    ['what wildcards took in', policy(allow('s3:GetObject', BUCKET)), policy(allow('s3:*'))],
    [
      'what a pattern behind the fifth colon took in',
      policy(allow('s3:Get*', `${BUCKET}x`)),
      policy(allow('s3:*', BUCKET)),
    ],
    ['what everything took in', policy(everythingBut('iam:*')), policy(allow('*'))],
    ['a condition more', policy(allow('s3:*', '*', MFA)), policy(allow('s3:*'))],
    ['a Deny more', policy(allow('s3:*'), deny('s3:Put*')), policy(allow('s3:*'))],
    ['a wider Deny', policy(deny('s3:*')), policy(deny('s3:PutObject', BUCKET))],
    ['the same without actions', policy(everythingBut('iam:*', 'sts:*')), policy(everythingBut('sts:*', 'iam:*'))],
    ['a variable, for everything', policy(allow('s3:*', `arn:aws:s3:::b/${VARIABLE}`)), policy(allow('s3:*'))],
    ['the same of more pairs than are taken apart', policy(allow(manyActions, many)), policy(allow(manyActions, many))],
  ])('%s', (_, after, before) => {
    expect(moreIn(after, before)).toBeUndefined();
  });
});

describe('gives more, or nobody can tell:', () => {
  it.each([
    ['another action', policy(allow('s3:PutObject')), policy(allow('s3:GetObject')), 'it would give s3:PutObject on *'],
    ['everything', policy(allow('*')), policy(allow('s3:*')), 'it would give * on *'],
    [
      'another resource',
      policy(allow('s3:*', BUCKET)),
      policy(allow('s3:*', `${BUCKET}a`)),
      `it would give s3:* on ${BUCKET}`,
    ],
    ['a condition less', policy(allow('s3:*')), policy(allow('s3:*', '*', MFA)), 'it would give s3:* on *'],
    [
      'a Deny less',
      policy(allow('s3:*')),
      policy(allow('s3:*'), deny('s3:Put*')),
      'it would no longer deny s3:Put* on *',
    ],
    ['a narrower Deny', policy(deny('s3:*', BUCKET)), policy(deny('s3:*')), 'it would no longer deny s3:* on *'],
    [
      'a Deny with a condition',
      policy(deny('s3:*', '*', MFA)),
      policy(deny('s3:*')),
      'it would no longer deny s3:* on *',
    ],
    [
      'fewer exceptions',
      policy(everythingBut('iam:*')),
      policy(everythingBut('iam:*', 'sts:*')),
      'it would give anything but',
    ],
    // Two names, and one name that reads like them.
    [
      'exceptions as one name',
      policy(resourcesBut('arn:aws:s3:::a/*, arn:aws:s3:::b/*')),
      policy(resourcesBut('arn:aws:s3:::a/*', 'arn:aws:s3:::b/*')),
      'reads as several names',
    ],
    [
      'a wildcard that stops at a colon',
      policy(allow('s3:*', 'arn:aws:s3:eu:1:x')),
      policy(allow('s3:*', 'arn:a*s3:::x')),
      'it would give',
    ],
    [
      'wildcards in the first parts',
      policy(allow('s3:*', 'arn:aws:s3:::x')),
      policy(allow('s3:*', 'arn:*s3:::x')),
      'it would give',
    ],
    [
      'one letter for any',
      policy(allow('s3:*', 'arn:aws:s3:::b/*')),
      policy(allow('s3:*', 'arn:aws:s3:::b/?')),
      'it would give',
    ],
    [
      'a variable for letters',
      policy(allow('s3:*', `arn:aws:s3:::b/${VARIABLE}`)),
      policy(allow('s3:*', `arn:aws:s3:::b/${'?'.repeat(15)}`)),
      'it would give',
    ],
    [
      'a variable for a pattern that it looks like',
      policy(allow('s3:*', `arn:aws:s3:::b/${VARIABLE}`)),
      policy(allow('s3:*', 'arn:aws:s3:::b/*}')),
      'it would give',
    ],
    [
      'a variable for plain text',
      policy(allow('s3:*', `arn:aws:s3:::b/${VARIABLE}`)),
      old(allow('s3:*', `arn:aws:s3:::b/${VARIABLE}`)),
      'it would give',
    ],
    ['no JSON', 'Allow *', policy(allow('*')), "what it would say can't be judged"],
    [
      'a key twice',
      policy(allow('s3:*')).replace('"Action"', '"Action":"*","Action"'),
      policy(allow('s3:*')),
      "what it would say can't be judged",
    ],
    [
      'a trust policy',
      policy({ Effect: 'Allow', Action: 's3:*', Principal: '*' }),
      policy(allow('*')),
      "what it would say can't be judged",
    ],
    ['in the place of what nobody can read', policy(allow('s3:*')), 'no policy', "what it says can't be judged"],
  ])('%s', (_, after, before, why) => {
    expect(moreIn(after, before)).toContain(why);
  });
});

it('plain text that an escape hides is plain text', () => {
  const variable = policy(allow('s3:*', `arn:aws:s3:::b/${VARIABLE}`));
  const hidden = old(allow('s3:*', `arn:aws:s3:::b/${VARIABLE}`)).replace('$', '\\u0024');
  expect(moreIn(hidden, variable)).toContain('it would give');
});

describe('for every policy', () => {
  const actions = ['s3:GetObject', 's3:PutObject', 's3:GetAcl', 'sqs:SendMessage'];
  const resources = [
    'arn:aws:s3:::a/x',
    'arn:aws:s3:::a/xy',
    'arn:aws:s3:::b/x',
    'arn:aws:s3:eu:1:a/x',
    'arn:aws:sqs:eu:1:q',
  ];
  const users = ['x', 'xy', undefined];
  const some = (values: string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
  const action = some([...actions, 's3:*', 's3:Get*', '*', 's3:?etObject', 'S3:getobject']);
  const resource = some([
    ...resources,
    '*',
    'arn:*',
    'arn:aws:s3:::a/*',
    'arn:aws:s3:::*',
    'arn:aws:s3:*:a/x',
    'arn:*:a/x',
    'arn:aws:s3:::a/?',
    'arn:aws:s3:::a/?*',
    `arn:aws:s3:::a/${VARIABLE}`,
    'arn:aws:s3:::a/*}',
  ]);
  const statement = fc
    .record({
      Effect: fc.constantFrom('Allow', 'Deny'),
      negated: fc.constantFrom('', '', 'Action', 'Resource'),
      Action: action,
      Resource: resource,
      Condition: fc.constantFrom(
        undefined,
        undefined,
        { StringEquals: { 'aws:username': 'x' } },
        { StringLike: { 'aws:username': ['x', 'x*'] } },
      ),
    })
    .map(({ Effect, negated, Action, Resource, Condition }) => ({
      Effect,
      [negated === 'Action' ? 'NotAction' : 'Action']: Action,
      [negated === 'Resource' ? 'NotResource' : 'Resource']: Resource,
      ...(Condition && { Condition }),
    }));
  const statements = fc.array(statement, { minLength: 1, maxLength: 3 });
  const version = fc.constantFrom('2008-10-17', '2012-10-17');
  const document = fc.record({ Version: version, Statement: statements });
  /** Mostly a part of the other, since two at random seldom have to do with each other. */
  const pair = document.chain((before) =>
    fc
      .record({
        Version: fc.constantFrom(before.Version, before.Version, '2012-10-17'),
        Statement: fc
          .tuple(fc.subarray(before.Statement, { minLength: 0 }), fc.array(statement, { maxLength: 1 }))
          .map(([kept, more]) => [...kept, ...more])
          .filter((all) => all.length > 0),
      })
      .map((after) => [before, after] as const),
  );

  const effect = (document: object, action: string, resource: string, user: string | undefined) =>
    evaluate([{ name: 'policy', document: parsePolicy(document) }], {
      action,
      resource,
      principal: { kind: 'aws', arn: 'arn:aws:iam::111122223333:user/x', account: '111122223333' },
      context: contextOf({ 'aws:username': user }),
    }).effect;

  const requests = actions.flatMap((what) =>
    resources.flatMap((where) => users.map((user) => [what, where, user] as const)),
  );

  it('one that gives no more allows no request that the other does not, and denies all that it does', () => {
    let accepted = 0;
    fc.assert(
      fc.property(pair, ([before, after]) => {
        if (moreIn(JSON.stringify(after), JSON.stringify(before)) !== undefined) return;
        accepted += 1;
        const wrong = requests.filter(([what, where, user]) => {
          const [was, is] = [effect(before, what, where, user), effect(after, what, where, user)];
          return (is === 'allow' && was !== 'allow') || (was === 'explicitDeny' && is !== 'explicitDeny');
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
