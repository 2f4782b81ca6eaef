import { expect, it } from '@jest/globals';
import { Config } from '../../../functions/config.ts';
import { notManaged } from '../../../functions/trust/managed.ts';

const config = Config.parse({
  hub: { account: '111111111111', region: 'eu-west-1' },
  spokes: [
    { name: 'payments', account: '222222222222', managedRoles: ['orders', 'team/*'], excludedRoles: ['team/admin'] },
    { name: 'analytics', account: '333333333333' },
  ],
});
const role = (pathAndName: string, account = '222222222222') => `arn:aws:iam::${account}:role/${pathAndName}`;

it.each([
  ['opted in by name', role('orders'), undefined],
  ['opted in by path', role('team/reports'), undefined],
  ['opted in and excluded: excluded wins', role('team/admin'), /excluded/],
  ['opted in by nobody', role('billing'), /managedRoles/],
  ['of an account that opted in none', role('orders', '333333333333'), /managedRoles/],
  ['of an account that is not configured', role('orders', '444444444444'), /managedRoles/],
  ["podid's own", role('team/podid-restart'), /podid's own/],
  ['no role', 'orders', /no role's ARN/],
])('%s', (_, roleArn, because) => {
  if (because === undefined) expect(notManaged(config, roleArn)).toBeUndefined();
  else expect(notManaged(config, roleArn)).toMatch(because);
});
