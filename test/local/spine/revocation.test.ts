/** The spine: an association is deleted, and its pods lose their access, through the real bundles, rules and state machine. */
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { machineName } from '../../../functions/names.ts';
import type { Credentials } from '../../../local/contract.ts';
import { associate, dissociate } from './associations.ts';
import { as, eventually, type Running, startDemo, storeOf } from './harness.ts';
import { isInjected, namesOf, podCredentials, podsOf, podsRunning, scan } from './pods.ts';
import { deniesOn, ended, reasonsOf } from './revocations.ts';

const API = { context: 'payments', namespace: 'checkout', serviceAccount: 'api' };
const WORKER = { ...API, serviceAccount: 'worker' };

let demo: Running;
let stolen: Credentials;
let others: Credentials;
let before: string[];

beforeAll(async () => {
  demo = await startDemo();
  before = namesOf(await podsRunning(demo, API, 3));
  stolen = await podCredentials(demo, API);
  others = await podCredentials(demo, WORKER);
}, 120_000);
afterAll(async () => demo?.stop(), 20_000);

it('gives pods credentials that work, before', async () => {
  expect(await scan(demo, stolen)).toBe('ok');
  expect(await scan(demo, others)).toBe('ok');
  expect((await podsOf(demo, API)).every(isInjected)).toBe(true);
});

it('denies the credentials that were taken, and replaces the pods, once the association is deleted', async () => {
  await dissociate(demo, API);
  const denial = await eventually('a denial', async () => {
    const answer = await scan(demo, stolen);
    return answer !== 'ok' && answer;
  });
  expect(denial).toMatch(
    /^AccessDeniedException: User: .*assumed-role\/checkout-orders\/eks-payments-.* explicit deny in an identity-based policy/,
  );
  expect(await scan(demo, others)).toBe('ok');

  const row = await ended(demo, API);
  expect(row.outcome).toBe('revoked-with-residual-access');
  expect(row.revocation.actor.arn).toBe('arn:aws:iam::222222222222:user/admin');
  expect(reasonsOf(row)).toEqual(['IrsaFallback', 'NodeRoleReachable']);

  const after = await podsOf(demo, API);
  expect(namesOf(after).filter((name) => before.includes(name))).toEqual([]);
  expect(after).toHaveLength(3);
  expect(after.some(isInjected)).toBe(false);
  expect((await podsOf(demo, WORKER)).every(isInjected)).toBe(true);
}, 90_000);

it('cuts the role that the sessions can reach in the other account too', async () => {
  expect(await deniesOn(demo, 'analytics', 'order-history')).toEqual([
    {
      name: expect.any(String),
      condition: {
        StringEquals: {
          'aws:PrincipalTag/eks-cluster-arn': 'arn:aws:eks:eu-west-1:222222222222:cluster/payments',
          'aws:PrincipalTag/kubernetes-namespace': 'checkout',
          'aws:PrincipalTag/kubernetes-service-account': 'api',
        },
      },
    },
  ]);
});

it('keeps every step in the execution history and in the journal', async () => {
  const { revocation } = await ended(demo, API);
  const { region, account } = demo.config.hub;
  const { events = [] } = await new SFNClient(as(demo, 'hub')).send(
    new GetExecutionHistoryCommand({
      executionArn: `arn:aws:states:${region}:${account}:execution:${machineName('revoke')}:${revocation.id}`,
      maxResults: 1000,
    }),
  );
  const entered = events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
  for (const state of ['read-associations', 'plan-cuts', 'cut-sessions', 'assess', 'restart', 'verify', 'record']) {
    expect(entered).toContain(state);
  }
  const journal = await storeOf(demo).journal.of(revocation.id);
  expect(new Set(journal.map(({ kind }) => kind))).toEqual(
    new Set(['intent', 'note', 'accepted', 'presumed-effective', 'outcome']),
  );
});

it('lets new sessions through when the same role is given back later, and keeps the old ones denied', async () => {
  await associate(demo, API, { roleArn: 'arn:aws:iam::222222222222:role/checkout-orders' });
  const fresh = await eventually('new credentials that work', async () => {
    const credentials = await podCredentials(demo, API);
    return (await scan(demo, credentials)) === 'ok' && credentials;
  });
  expect(await scan(demo, fresh)).toBe('ok');
  expect(await scan(demo, stolen)).toMatch(/explicit deny/);
}, 60_000);
