/** Which accounts there are and how each is reached; the fleet as tables. */
import { describe, expect, it } from '@jest/globals';
import { accountsNamed, accountsOf } from '../../cli/fleet-accounts.ts';
import { type Fleet, fleetText } from '../../cli/fleet-lines.ts';
import { millisFrom } from '../../cli/since.ts';
import { Config } from '../../functions/config.ts';

const config = (hub: string) =>
  Config.parse({
    hub: { account: hub, region: 'eu-west-1' },
    spokes: [
      { name: 'payments', account: '222222222222', clusters: [{ name: 'a', region: 'us-west-2' }] },
      { name: 'ledger', account: '444444444444' },
    ],
  });

describe('accounts', () => {
  it('are the hub, by PODID_PROFILE, and each spoke, by its name', () => {
    expect(accountsOf(config('111111111111'), 'ops')).toEqual([
      { name: 'hub', id: '111111111111', role: 'hub', regions: ['eu-west-1'], profile: 'ops' },
      { name: 'payments', id: '222222222222', role: 'spoke', regions: ['us-west-2'], profile: 'payments' },
      { name: 'ledger', id: '444444444444', role: 'spoke', regions: ['eu-west-1'], profile: 'ledger' },
    ]);
  });

  it('come once where the hub is a spoke too, in all its regions', () => {
    const [hub, ...spokes] = accountsOf(config('222222222222'), undefined);
    expect(hub).toEqual({
      name: 'payments',
      id: '222222222222',
      role: 'hub',
      regions: ['eu-west-1', 'us-west-2'],
      profile: undefined,
    });
    expect(spokes.map(({ name }) => name)).toEqual(['ledger']);
  });

  it('are found by name or id', () => {
    const accounts = accountsOf(config('111111111111'), 'ops');
    expect(accountsNamed(accounts, 'ledger')).toEqual(accountsNamed(accounts, '444444444444'));
    expect(accountsNamed(accounts, undefined)).toHaveLength(3);
    expect(() => accountsNamed(accounts, 'nope')).toThrow('it has: hub, payments, ledger.');
  });
});

it('the tables say who may be what, who runs, and what could not be asked', () => {
  const role = (name: string, account = '222222222222') => `arn:aws:iam::${account}:role/${name}`;
  const identity = { namespace: 'shop', serviceAccount: 'api', associationId: 'a-1', roleArn: role('team/orders') };
  const fleet: Fleet = {
    accounts: [
      { name: 'payments', id: '222222222222', role: 'spoke', regions: ['eu-west-1', 'us-west-2'] },
      { name: 'ledger', id: '444444444444', role: 'spoke', regions: ['eu-west-1'], unreachable: 'ledger: no profile' },
    ],
    clusters: [
      {
        account: 'payments',
        name: 'a',
        region: 'us-west-2',
        mode: 'observe',
        pods: 5,
        identities: [
          {
            ...identity,
            targetRoleArn: role('writer', '333333333333'),
            sessionTags: true,
            running: [
              { workload: { kind: 'Deployment', name: 'api' }, pods: 3, by: { 'pod-identity': 1, none: 1, irsa: 1 } },
            ],
          },
          { ...identity, serviceAccount: 'idle', sessionTags: false, running: [] },
        ],
      },
      {
        account: 'ledger',
        name: 'b',
        region: 'eu-west-1',
        mode: 'remediate',
        identities: [{ ...identity, targetRoleArn: role('other'), sessionTags: true }],
      },
    ],
  };
  expect(fleetText(fleet)).toBe(
    `ACCOUNT   ID            ROLE   REGIONS
payments  222222222222  spoke  eu-west-1, us-west-2
ledger    444444444444  spoke  eu-west-1

CLUSTER  ACCOUNT   REGION     MODE       PODS  IDENTITIES
a        payments  us-west-2  observe    5     2
b        ledger    eu-west-1  remediate  ?     1

CLUSTER  IDENTITY   ROLE         TARGET               TAGS  RUNNING
a        shop/api   team/orders  333333333333:writer  on    Deployment/api 3 (1 with no credentials, 1 with IRSA)
a        shop/idle  team/orders  -                    off   -
b        shop/api   team/orders  other                on    ?

not asked: ledger: no profile`,
  );
});

it.each([
  ['90s', 90_000],
  ['10m', 600_000],
  ['3h', 10_800_000],
  ['2d', 172_800_000],
])('%s is a span of time', (text, expected) => {
  expect(millisFrom(text)).toBe(expected);
});
it.each(['', '10', 'm', '-1m', '1.5h', '10w'])('%j is none', (text) => {
  expect(() => millisFrom(text)).toThrow(/span of time/);
});
