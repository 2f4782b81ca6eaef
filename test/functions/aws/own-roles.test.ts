import { describe, expect, it } from '@jest/globals';
import { accountOf, refusal, rolesIn } from '../../../functions/aws/own-roles.ts';

const ACCOUNT = '111122223333';
const role = (pathAndName: string) => `arn:aws:iam::${ACCOUNT}:role/${pathAndName}`;

describe('whether a role may be written to', () => {
  it.each([
    ['a plain one', role('orders'), [], undefined],
    ['one with a path', role('team/orders'), ['admin', 'platform/*'], undefined],
    ["another account's", 'arn:aws:iam::444455556666:role/orders', [], /account 444455556666/],
    ['no role', `arn:aws:iam::${ACCOUNT}:user/orders`, [], /no role's ARN/],
    ['no ARN', 'orders', [], /no role's ARN/],
    ['service-linked', role('aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS'), [], /AWS's own/],
    ["Identity Center's", role('aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1'), [], /AWS's own/],
    ["podid's", role('podid-cut-sessions-eu-west-1'), [], /podid's own/],
    ["podid's under a path", role('x/podid-restart'), [], /podid's own/],
    ['excluded by name', role('admin'), ['admin'], /excluded.*admin/],
    ['excluded by name, under a path', role('x/admin'), ['adm*'], /excluded/],
    ['excluded by path', role('platform/eks/orders'), ['platform/*'], /excluded/],
    ['excluded with a leading slash', role('platform/orders'), ['/platform/*'], /excluded/],
    ['excluded with ?', role('admin1'), ['admin?'], /excluded/],
  ] as const)('%s', (_, arn, excluded, because) => {
    const refused = refusal(arn, ACCOUNT, excluded);
    if (because === undefined) expect(refused).toBeUndefined();
    else expect(refused).toMatch(because);
  });

  it('a function that does not know its account owns nothing', () => {
    expect(accountOf('odd')).toBe('');
    expect(refusal(role('orders'), accountOf('odd'), [])).toMatch(/only writes in account/);
  });
});

it('reads the globs, and fails closed when it can not', () => {
  expect(rolesIn(undefined)).toEqual([]);
  expect(rolesIn('["a/*"]')).toEqual(['a/*']);
  for (const odd of ['', 'admin', '{}', '[1]']) expect(() => rolesIn(odd)).toThrow();
});
