/** A small company: a hub, two accounts with clusters, two without; people; and a wish that is right. */
import { Config } from '../../../functions/config.ts';
import { GrantSettings } from '../../../functions/grant-settings.ts';
import type { GrantEvent } from '../../../functions/grants/events.ts';
import type { Grant, Person } from '../../../functions/grants/grant.ts';
import type { GrantsConfig } from '../../../functions/grants/grants-config.ts';
import { advance, begin } from '../../../functions/grants/life.ts';
import type { Seen } from '../../../functions/grants/seen.ts';
import { GrantWish } from '../../../functions/grants/wish.ts';

export const NOW = '2026-11-21T12:00:00.000Z';
export const PAYMENTS = '222222222222';
export const ANALYTICS = '333333333333';
export const DATA = '444444444444';
export const ARCHIVE = '555555555555';

const { hub, spokes } = Config.parse({
  hub: { account: '111111111111', region: 'eu-west-1' },
  spokes: [
    {
      name: 'payments',
      account: PAYMENTS,
      clusters: [
        { name: 'payments', region: 'eu-west-1', mode: 'remediate' },
        { name: 'staging', region: 'eu-west-1', mode: 'remediate' },
        { name: 'watched', region: 'eu-west-1' },
      ],
      managedRoles: ['shared/*'],
      excludedRoles: ['shared/crown-jewels'],
    },
    {
      name: 'analytics',
      account: ANALYTICS,
      clusters: [{ name: 'analytics', region: 'eu-central-1', mode: 'remediate' }],
    },
    { name: 'data', account: DATA, managedRoles: ['readers/*'] },
    { name: 'archive', account: ARCHIVE },
  ],
});
export const config: GrantsConfig = { hub, spokes, grants: GrantSettings.parse({}) };
export const settings = config.grants;

export const ann: Person = { subject: 'idp|ann', name: 'Ann', teams: ['checkout'] };
export const bob: Person = { subject: 'idp|bob', name: 'Bob', teams: ['platform'] };
export const cleo: Person = { subject: 'idp|cleo', teams: ['data'] };

export const READ_ORDERS = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:Query'],
      Resource: `arn:aws:dynamodb:eu-west-1:${DATA}:table/orders`,
    },
  ],
};

export const cluster = (name = 'payments') => ({ account: PAYMENTS, region: 'eu-west-1', cluster: name });
export const analytics = { account: ANALYTICS, region: 'eu-central-1', cluster: 'analytics' };

/** As a person sends it: little is said. */
export const asked = {
  clusters: [cluster()],
  namespace: 'checkout',
  serviceAccount: 'api',
  source: { role: 'managed' },
  targets: [{ account: DATA, chained: true, permissions: { inline: READ_ORDERS } }],
  reason: 'reads the orders',
  team: 'checkout',
  lifetime: { for: 'P30D' },
};

export const wishOf = (change: object = {}): GrantWish => GrantWish.parse({ ...asked, ...change });

export const ID = 'g-0123456789abcdef';

let events = 0;
/** Another one each time. */
export const nextId = (): string => `event-${++events}`;

export const requested = (wish: GrantWish = wishOf(), id = ID): Grant =>
  begin({ id, eventId: nextId(), wish, by: ann }, NOW, settings);

/** @throws when one of the events is refused */
export const through = (grant: Grant, given: readonly GrantEvent[], now = NOW): Grant =>
  given.reduce((so, event) => {
    const result = advance(so, event, now, settings);
    if ('refused' in result) throw new Error(result.refused);
    return result.grant;
  }, grant);

export const allowed = (version = 1): GrantEvent => ({
  kind: 'decided',
  id: nextId(),
  version,
  verdict: 'allowed',
  needs: [],
  because: [],
});
export const provisioned = (version = 1): GrantEvent => ({ kind: 'provisioned', id: nextId(), version, notes: [] });

export const active = (wish: GrantWish = wishOf(), id = ID): Grant =>
  through(requested(wish, id), [allowed(), provisioned()]);

/** Nothing is there, and everything was looked at. */
export const nothing = (roleArns: readonly string[]): Seen => ({
  roles: roleArns.map((roleArn) => ({ roleArn, present: false })),
  associations: [],
  clusters: [cluster(), cluster('staging'), cluster('watched'), analytics].map((each) => ({
    ...each,
    associations: 0,
    fargate: 'none',
    withoutCredentials: [],
  })),
  made: [],
});
