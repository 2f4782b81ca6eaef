import { describe, expect, it } from '@jest/globals';
import { outOfBounds, roleNameOf, unmanaged } from '../../../functions/runtime/role-bounds.ts';

const role = (pathAndName: string) => `arn:aws:iam::111122223333:role/${pathAndName}`;

// What is excluded and why, own-roles.test.ts has in full.
it.each([
  [role('orders'), ['admin'], undefined],
  [role('x/admin'), ['admin'], /excluded/],
  ['arn:aws:iam::111122223333:user/orders', [], /no role's ARN/],
] as const)('out of bounds: %s, where %j is excluded', (arn, excluded, because) => {
  const found = outOfBounds(arn, excluded);
  if (because === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(because);
});

describe('whether a role is under management', () => {
  it.each([
    ['by name', 'orders', ['orders'], true],
    ['by pattern', 'orders-api', ['orders-*'], true],
    ['by path', 'team/orders', ['team/*'], true],
    ['deep in a path', 'team/a/orders', ['team/*'], true],
    ['by ?', 'orders1', ['orders?'], true],
    ['of another name', 'billing', ['orders'], false],
    ['of a longer name', 'orders-api', ['orders'], false],
    ['of the same name under a path: IAM would say no too', 'team/orders', ['orders'], false],
    ['where nobody opted any in', 'orders', [], false],
    ['in another case', 'Orders', ['orders'], false],
  ])('%s', (_, pathAndName, managed, is) => {
    const because = unmanaged(role(pathAndName), managed);
    if (is) expect(because).toBeUndefined();
    else
      expect(because).toBe(
        `role ${pathAndName} is not under management: managedRoles in podid.config.yaml does not name it`,
      );
  });

  it('is asked of roles alone', () => {
    expect(unmanaged('arn:aws:iam::111122223333:user/orders', ['*'])).toMatch(/no role's ARN/);
  });
});

it('takes the name from the end of the ARN', () => {
  expect(roleNameOf(role('a/b/c'))).toBe('c');
});
