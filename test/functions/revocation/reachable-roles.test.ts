import { describe, expect, it } from '@jest/globals';
import { reachableRoles } from '../../../functions/revocation/reachable-roles.ts';

const A = 'arn:aws:iam::111122223333:role/a';
const B = 'arn:aws:iam::444455556666:role/team/b';
const policy = (...statements: object[]) => ({
  name: 'p',
  document: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
});
const allow = (rest: object) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: A, ...rest });
const deny = (rest: object) => ({ ...allow(rest), Effect: 'Deny' });

describe('which roles', () => {
  it.each<[title: string, statements: object[], reaches: string[], unbounded: string[]]>([
    ['one', [allow({})], [A], []],
    ['several, each once, sorted', [allow({ Resource: [B, A] }), allow({})], [A, B], []],
    ['whatever the case of the action', [allow({ Action: 'STS:assumerole' })], [A], []],
    ['by a wildcard in the action', [allow({ Action: 'sts:*' })], [A], []],
    ['by every action', [allow({ Action: '*' })], [A], []],
    ['by NotAction', [allow({ Action: undefined, NotAction: 's3:*' })], [A], []],
    ['not by NotAction that leaves it out', [allow({ Action: undefined, NotAction: 'sts:Assume*' })], [], []],
    ['not by another action', [allow({ Action: 'sts:TagSession' })], [], []],
    ['not a user', [allow({ Resource: 'arn:aws:iam::111122223333:user/a' })], [], []],
    ['whatever its conditions', [allow({ Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } })], [A], []],
    ['not when flatly denied', [allow({}), deny({ Resource: 'arn:aws:iam::*:role/*' })], [], []],
    [
      'still when denied on a condition',
      [allow({}), deny({ Condition: { Bool: { 'aws:ViaAWSService': 'true' } } })],
      [A],
      [],
    ],
    ['still when another action is denied', [allow({}), deny({ Action: 'sts:TagSession' })], [A], []],
    ['not when all but others are denied', [allow({}), deny({ Resource: undefined, NotResource: B })], [], []],
    [
      'not when denied by a pattern with a variable before it',
      [allow({}), deny({ Resource: ['arn:aws:iam::1:role/$' + '{aws:username}', A] })],
      [],
      [],
    ],
    [
      'still when only a variable denies',
      [allow({}), deny({ Resource: 'arn:aws:iam::111122223333:role/$' + '{aws:username}' })],
      [A],
      [],
    ],
    [
      'a pattern names no single role',
      [allow({ Resource: 'arn:aws:iam::*:role/deploy-*' })],
      [],
      ['arn:aws:iam::*:role/deploy-* (p)'],
    ],
    ['nor does every resource', [allow({ Resource: '*' })], [], ['* (p)']],
    [
      'nor a variable',
      [allow({ Resource: 'arn:aws:iam::1:role/$' + '{aws:PrincipalTag/t}' })],
      [],
      ['arn:aws:iam::1:role/$' + '{aws:PrincipalTag/t} (p)'],
    ],
    ['nor NotResource', [allow({ Resource: undefined, NotResource: A })], [], [`every role but ${A} (p)`]],
    ['a pattern that is flatly denied', [allow({ Resource: '*' }), deny({ Resource: '*' })], [], []],
    ['a pattern, part of which is denied', [allow({ Resource: '*' }), deny({})], [], ['* (p)']],
  ])('%s', (_, statements, reaches, unbounded) => {
    expect(reachableRoles([policy(...statements)])).toEqual({ reaches, unbounded });
  });

  it('a Deny counts for the Allows of other policies', () => {
    expect(reachableRoles([policy(allow({})), policy(deny({}))])).toEqual({ reaches: [], unbounded: [] });
  });

  it('a policy that cannot be read may say anything', () => {
    const { unbounded } = reachableRoles([{ name: 'odd', document: '{"Statement":"?"}' }]);
    expect(unbounded).toEqual([expect.stringMatching(/odd can't be read/)]);
  });

  it('tells how many it leaves out', () => {
    const Resource = Array.from({ length: 60 }, (_, index) => `${A}-${String(index).padStart(2, '0')}`);
    const patterns = Array.from({ length: 12 }, (_, index) => `${A}-${index}-*`);
    const found = reachableRoles([policy(allow({ Resource: [...Resource, ...patterns] }))]);
    expect(found.reaches).toEqual(Resource.slice(0, 50));
    expect(found.unbounded).toHaveLength(10);
    expect(found.omitted).toBe(12);
  });
});
