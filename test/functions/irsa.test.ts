/** What annotations of a service account ask for, whatever somebody has written there. */
import { describe, expect, it } from '@jest/globals';
import { IrsaUse, irsaUseOf, sameUse } from '../../functions/irsa.ts';

const ARN = 'arn:aws:iam::111122223333:role/orders';
const asked = (roleArn: string) => irsaUseOf({ 'eks.amazonaws.com/role-arn': roleArn });
const LONG_PATH = `arn:aws-us-gov:iam::111122223333:role/${'p/'.repeat(255)}${'n'.repeat(64)}`;

describe('a role that is asked for', () => {
  it.each<[what: string, roleArn: string, valid: boolean]>([
    ['a role', ARN, true],
    ['a role with a path', 'arn:aws:iam::111122223333:role/team/a/orders', true],
    ['a role of China', 'arn:aws-cn:iam::111122223333:role/orders', true],
    ['the longest there is', LONG_PATH, true],
    ['a longer one', `${LONG_PATH.replace('role/', `role/${'p/'.repeat(20)}`)}`, false],
    ['a name alone', 'orders', false],
    ['a blank after it', `${ARN} `, false],
    ['a second line', `${ARN}\narn:aws:iam::111122223333:role/b`, false],
    ['a user', 'arn:aws:iam::111122223333:user/orders', false],
    ['an account of 11 digits', 'arn:aws:iam::11112222333:role/orders', false],
    ['a template that nobody filled', 'arn:aws:iam::$' + '{ACCOUNT}:role/orders', false],
    ['a path without a name', 'arn:aws:iam::111122223333:role/team/', false],
    ['a name of 65 characters', `arn:aws:iam::111122223333:role/${'n'.repeat(65)}`, false],
  ])('%s', (_what, roleArn, valid) => {
    const use = asked(roleArn);
    expect(use?.valid).toBe(valid);
    if (valid) expect(use?.roleArn).toBe(roleArn);
    else expect(roleArn.startsWith(use?.roleArn ?? 'nothing')).toBe(true);
  });

  it('is none without the annotation, and where it is empty', () => {
    expect(irsaUseOf({})).toBeUndefined();
    expect(irsaUseOf({ 'eks.amazonaws.com/audience': 'sts.amazonaws.com' })).toBeUndefined();
    expect(asked('')).toBeUndefined();
  });

  it('is kept short whatever stands there, and in a form that is read back the same', () => {
    // The 200th code unit is the first half of a character.
    const use = irsaUseOf({
      'eks.amazonaws.com/role-arn': `${'x'.repeat(199)}😀${'x'.repeat(100_000)}`,
      'eks.amazonaws.com/audience': 'a'.repeat(100_000),
      'eks.amazonaws.com/token-expiration': '9'.repeat(100_000),
      'eks.amazonaws.com/sts-regional-endpoints': 't'.repeat(100_000),
    });
    expect(JSON.stringify(use).length).toBeLessThan(500);
    expect(new TextDecoder().decode(new TextEncoder().encode(use?.roleArn))).toBe(use?.roleArn);
  });
});

it('has the other annotations beside it, where there are any', () => {
  const use = irsaUseOf({
    'eks.amazonaws.com/role-arn': ARN,
    'eks.amazonaws.com/audience': 'vault',
    'eks.amazonaws.com/token-expiration': '3600',
    'eks.amazonaws.com/sts-regional-endpoints': 'true',
    'something.else/role-arn': 'x',
  });
  expect(use).toEqual({
    roleArn: ARN,
    valid: true,
    audience: 'vault',
    tokenExpiration: '3600',
    regionalEndpoints: 'true',
  });
  expect(IrsaUse.parse(use)).toEqual(use);
  expect(asked(ARN)).toEqual({ roleArn: ARN, valid: true });
});

it('is another one when any of it is', () => {
  const use = { roleArn: ARN, valid: true };
  expect(sameUse(use, { valid: true, roleArn: ARN })).toBe(true);
  expect(sameUse(use, { ...use, roleArn: `${ARN}2` })).toBe(false);
  for (const field of ['audience', 'tokenExpiration', 'regionalEndpoints'])
    expect([field, sameUse(use, { ...use, [field]: 'x' })]).toEqual([field, false]);
});
