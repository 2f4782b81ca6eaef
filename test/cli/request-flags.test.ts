/** A wish by flags, and laid over another. */
import { expect, it } from '@jest/globals';
import { Command, CommanderError } from 'commander';
import { lifetimeOf, type WishFlags, wishOf, withWishFlags } from '../../cli/request-flags.ts';
import { GrantWish } from '../../functions/grants/index.ts';
import { WISH } from './grant-fixtures.ts';

const parsed = (...args: readonly string[]): WishFlags =>
  withWishFlags(new Command('x').exitOverride().configureOutput({ writeErr: () => {} }))
    .parse(args, { from: 'user' })
    .opts();

const LEAST = [
  ...['--cluster', '222222222222/eu-west-1/shop', '--namespace', 'checkout', '--service-account', 'api'],
  ...['--reason', 'reads the orders', '--team', 'checkout'],
];

it('says what the flags say, and no more', async () => {
  expect(await wishOf(parsed(...LEAST))).toEqual({
    clusters: [{ account: '222222222222', region: 'eu-west-1', cluster: 'shop' }],
    namespace: 'checkout',
    serviceAccount: 'api',
    source: { role: 'managed' },
    reason: 'reads the orders',
    team: 'checkout',
  });
});

it('makes a whole wish, as the API takes it', async () => {
  const wish = await wishOf(
    parsed(
      ...LEAST,
      ...['--cluster', '222222222222/eu-west-1/other'],
      ...['--managed-policy', 'arn:aws:iam::aws:policy/A', '--managed-policy', 'arn:aws:iam::aws:policy/B'],
      ...[
        '--template',
        's3-prefix',
        '--param',
        'bucket=b=1',
        '--param',
        'by=["kubernetes-namespace"]',
        '--param',
        'write=false',
      ],
      ...['--target', '333333333333:chained', '--target', 'arn:aws:iam::444444444444:role/a/reader'],
      ...['--target-managed-policy', 'arn:aws:iam::aws:policy/C'],
      ...['--no-session-tags', '--until', '2027-01-31', '--zone', 'Europe/Berlin', '--restart-pods', '--take-over'],
    ),
  );
  const permissions = { managedPolicyArns: ['arn:aws:iam::aws:policy/C'] };
  expect(wish).toMatchObject({
    source: {
      role: 'managed',
      permissions: {
        managedPolicyArns: ['arn:aws:iam::aws:policy/A', 'arn:aws:iam::aws:policy/B'],
        template: { name: 's3-prefix', parameters: { bucket: 'b=1', by: ['kubernetes-namespace'], write: false } },
      },
    },
    targets: [
      { account: '333333333333', role: 'managed', chained: true, permissions },
      { account: '444444444444', role: 'arn:aws:iam::444444444444:role/a/reader', chained: false, permissions },
    ],
    sessionTags: false,
    lifetime: { until: '2027-01-31', zone: 'Europe/Berlin' },
    restartPods: true,
    takeOver: true,
  });
  expect(GrantWish.safeParse(wish).error).toBeUndefined();
  expect(GrantWish.parse(wish).clusters).toHaveLength(2);
});

it.each<[what: string, args: string[], changed: object]>([
  ['nothing', [], {}],
  ['a reason', ['--reason', 'b'], { reason: 'b' }],
  ['its end', ['--for', 'P60D'], { lifetime: { for: 'P60D' } }],
  [
    'the permissions of the targets that it has',
    ['--target-template', 't'],
    {
      targets: [
        {
          account: '333333333333',
          role: 'managed',
          chained: true,
          permissions: { template: { name: 't', parameters: {} } },
        },
      ],
    },
  ],
  [
    'managed policies, and keeps the role',
    ['--managed-policy', 'arn:aws:iam::aws:policy/Z'],
    { source: { role: 'managed', permissions: { managedPolicyArns: ['arn:aws:iam::aws:policy/Z'] } } },
  ],
])('laid over another, changes %s', async (_what, args, changed) => {
  expect(await wishOf(parsed(...args), WISH)).toEqual({ ...WISH, ...changed });
});

it('leaves to the API what a file says wrongly', async () => {
  expect(await wishOf(parsed(), { nonsense: 1 })).toEqual({ nonsense: 1, source: { role: 'managed' } });
});

it.each<[args: string[], base: unknown, message: RegExp]>([
  [
    [],
    undefined,
    /^Say also --cluster, --namespace, --service-account, --reason, --team; or give the whole wish: -f FILE$/,
  ],
  [LEAST.slice(0, -2), undefined, /^Say also --team;/],
  [[...LEAST, '--target-template', 't'], undefined, /need a target/],
  [[...LEAST, '--param', 'a=b'], undefined, /Parameters are of a template/],
  [[...LEAST, '--zone', 'UTC'], undefined, /give --until, too/],
  [[], { source: 'managed' }, /That is no wish/],
])('refuses %j', async (args, base, message) => {
  await expect(wishOf(parsed(...args), base)).rejects.toThrow(message);
});

it.each([
  ['--cluster', 'shop'],
  ['--cluster', '1/2/3/4'],
  ['--target', '33333333333'],
  ['--target', 'arn:aws:iam::444444444444:user/a'],
  ['--target', '333333333333:chain'],
  ['--param', 'x'],
  ['--param', 'x=[1'],
])('refuses %s %s', (flag, value) => {
  expect(() => parsed(flag, value)).toThrow(CommanderError);
});

it('has one end', () => {
  expect(() => parsed('--for', 'P1D', '--until', '2027-01-31')).toThrow(CommanderError);
  expect(lifetimeOf({ until: '2027-01-31T18:00:00Z' })).toEqual({ until: '2027-01-31T18:00:00Z' });
  expect(lifetimeOf({})).toBeUndefined();
});
