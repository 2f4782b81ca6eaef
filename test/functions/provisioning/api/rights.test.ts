/** Who may do what with whose grant: the table of docs/api.md, asked of the API itself. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { GrantView } from '../../../../functions/provisioning/api/schemas.ts';
import {
  ANALYTICS,
  ada,
  bob,
  grace,
  linus,
  mallory,
  openStage,
  PAYMENTS,
  root,
  type Stage,
  type Who,
  wish,
} from './stage.ts';

let stage: Stage;
let made = 0;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

/** Ada's, of team checkout, reaching into account analytics. */
const fresh = async (isActive: boolean): Promise<GrantView> => {
  made += 1;
  const { inline } = wish.source.permissions;
  const body = { ...wish, serviceAccount: `api-${made}`, targets: [{ account: ANALYTICS, permissions: { inline } }] };
  const { id } = GrantView.parse((await stage.ask(ada, 'POST', '/grants', { body })).body);
  if (isActive) {
    for (const who of [bob, grace]) await stage.ask(who, 'POST', `/grants/${id}/approve`, { body: { version: 1 } });
    await stage.happen(id, { kind: 'provisioned', id: 'done', version: 1, notes: [] });
  }
  return GrantView.parse((await stage.ask(root, 'GET', `/grants/${id}`)).body);
};

const PEOPLE: Readonly<Record<string, Who>> = {
  requester: ada,
  'requester by another client': { ...ada, client: 'other' },
  'own team': bob,
  'target account owner': grace,
  'cluster account owner': linus,
  'other team': mallory,
  'no team': { sub: 'zoe' },
  admin: root,
};
const ACTIONS = ['read', 'approve', 'reject', 'withdraw', 'change', 'extend', 'revoke'] as const;
type Action = (typeof ACTIONS)[number];

const MAY: Readonly<Record<string, readonly Action[]>> = {
  requester: ['read', 'withdraw', 'change', 'extend', 'revoke'],
  'requester by another client': ['read', 'withdraw', 'change', 'extend', 'revoke'],
  'own team': ['read', 'approve', 'reject', 'change', 'extend', 'revoke'],
  'target account owner': ['read', 'approve', 'reject', 'revoke'],
  'cluster account owner': ['read'],
  'other team': [],
  'no team': [],
  admin: ['read', 'withdraw', 'revoke'],
};

const request = (grant: GrantView, action: Action): [method: string, path: string, body?: object] => {
  const path = `/grants/${grant.id}`;
  const { serviceAccount, targets = [] } = grant.versions[0]?.wish ?? {};
  switch (action) {
    case 'read':
      return ['GET', path];
    case 'change':
      return ['PUT', path, { ...wish, serviceAccount, targets, reason: 'anew' }];
    case 'extend':
      return ['POST', `${path}/extend`, { lifetime: { for: 'P40D' } }];
    case 'approve':
      return ['POST', `${path}/approve`, { version: 1 }];
    case 'reject':
      return ['POST', `${path}/reject`, { version: 1, why: 'no' }];
    default:
      return ['POST', `${path}/${action}`, {}];
  }
};

const CASES = Object.keys(PEOPLE).flatMap((role) => ACTIONS.map((action): [string, Action] => [role, action]));

test.each(CASES)('%s: %s', async (role, action) => {
  const grant = await fresh(action === 'extend' || action === 'revoke');
  const who = PEOPLE[role];
  const [method, path, body] = request(grant, action);
  const allowed = MAY[role]?.includes(action) === true;
  const shown = await stage.ask(who, 'GET', `/grants/${grant.id}`);
  if (shown.status === 200 && action !== 'read') {
    expect(GrantView.parse(shown.body).may.includes(action)).toBe(allowed);
  }
  const answer = await stage.ask(who, method, path, {
    ...(body && { body }),
    headers: { 'if-match': `"${grant.revision}"` },
  });
  expect(answer.status).toBe(allowed ? 200 : 403);
  const after = GrantView.parse((await stage.ask(root, 'GET', `/grants/${grant.id}`)).body);
  expect(after.revision > grant.revision).toBe(allowed && action !== 'read');
});

const SEEN: readonly [role: string, identity: boolean, impact: boolean][] = [
  ['requester', true, false],
  ['cluster account owner', true, true],
  ['target account owner', false, false],
  ['other team', false, false],
  ['admin', true, true],
];
test.each(SEEN)(
  '%s sees what a service account has: %s, and what hangs on a role: %s',
  async (role, identity, impact) => {
    const who = PEOPLE[role];
    const path = `/identities/${PAYMENTS}/eu-west-1/payments/checkout/api`;
    expect((await stage.ask(who, 'GET', path)).status).toBe(identity ? 200 : 403);
    expect((await stage.ask(who, 'GET', `/roles/${PAYMENTS}/orders/impact`)).status).toBe(impact ? 200 : 403);
  },
);
