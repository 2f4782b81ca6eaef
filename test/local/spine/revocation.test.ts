/** The spine: an association is deleted, and its pods lose their access, through the real bundles, rules and state machine. */
import { CreatePodIdentityAssociationCommand, DeletePodIdentityAssociationCommand, EKSClient } from '@aws-sdk/client-eks';
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { machineName } from '../../../functions/names.ts';
import type { Credentials } from '../../../local/contract.ts';
import {
  as,
  associationId,
  endedRevocation,
  eventually,
  isInjected,
  podCredentials,
  podsOf,
  type Running,
  scan,
  startDemo,
  storeOf,
} from './harness.ts';

const API = { context: 'payments', namespace: 'checkout', serviceAccount: 'api' };
const WORKER = { ...API, serviceAccount: 'worker' };

let demo: Running;
let stolen: Credentials;
let others: Credentials;
let before: string[];

beforeAll(async () => {
  demo = await startDemo();
  await eventually('three pods of api', async () => (await podsOf(demo, 'payments', 'checkout', 'api')).length === 3);
  before = (await podsOf(demo, 'payments', 'checkout', 'api')).map((pod) => pod.metadata?.name ?? '');
  stolen = await podCredentials(demo, API);
  others = await podCredentials(demo, WORKER);
}, 60_000);
afterAll(async () => demo?.stop(), 10_000);

it('gives pods credentials that work, before', async () => {
  expect(await scan(demo, stolen)).toBe('ok');
  expect(await scan(demo, others)).toBe('ok');
  expect((await podsOf(demo, 'payments', 'checkout', 'api')).every(isInjected)).toBe(true);
});

it('denies the credentials that were taken, and replaces the pods, once the association is deleted', async () => {
  const id = await associationId(demo, 'payments', 'payments', 'checkout', 'api');
  await new EKSClient(as(demo, 'payments')).send(
    new DeletePodIdentityAssociationCommand({ clusterName: 'payments', associationId: id }),
  );
  const denial = await eventually('a denial', async () => {
    const answer = await scan(demo, stolen);
    return answer !== 'ok' && answer;
  });
  expect(denial).toMatch(/^AccessDeniedException: User: .*assumed-role\/checkout-orders\/eks-payments-.* explicit deny in an identity-based policy/);
  expect(await scan(demo, others)).toBe('ok');

  const row = await endedRevocation(demo, 'api');
  expect(row.outcome).toBe('revoked-with-residual-access');
  expect(row.revocation.actor.arn).toMatch(/^arn:aws:iam::222222222222:user\/admin$/);
  expect(JSON.stringify(row.story)).toMatch(/IrsaFallback/);
  expect(JSON.stringify(row.story)).toMatch(/NodeRoleReachable/);

  const after = await podsOf(demo, 'payments', 'checkout', 'api');
  expect(after.map((pod) => pod.metadata?.name)).not.toEqual(expect.arrayContaining(before));
  expect(after).toHaveLength(3);
  expect(after.some(isInjected)).toBe(false);
  const workers = await podsOf(demo, 'payments', 'checkout', 'worker');
  expect(workers.every(isInjected)).toBe(true);
}, 60_000);

it('cuts the role that the sessions can reach in the other account too', async () => {
  const iam = new IAMClient(as(demo, 'analytics'));
  const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName: 'order-history' }));
  const name = PolicyNames?.find((one) => one.startsWith('podid-deny-'));
  const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName: 'order-history', PolicyName: name }));
  expect(JSON.parse(decodeURIComponent(PolicyDocument ?? '')).Statement[0]).toMatchObject({
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { StringEquals: { 'aws:PrincipalTag/kubernetes-service-account': 'api' } },
  });
});

it('keeps every step in the execution history and in the journal', async () => {
  const row = await endedRevocation(demo, 'api');
  const { region, account } = demo.config.hub;
  const { events } = await new SFNClient(as(demo, 'hub')).send(
    new GetExecutionHistoryCommand({
      executionArn: `arn:aws:states:${region}:${account}:execution:${machineName('revoke')}:${row.revocation.id}`,
      maxResults: 1000,
    }),
  );
  const entered = events?.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []) ?? [];
  for (const state of ['read-associations', 'plan-cuts', 'cut-sessions', 'assess', 'restart', 'verify', 'record']) {
    expect(entered.some((name) => name.startsWith(state))).toBe(true);
  }
  const journal = await storeOf(demo).journal.of(row.revocation.id);
  const kinds = new Set(journal.map(({ kind }) => kind));
  expect([...kinds]).toEqual(expect.arrayContaining(['intent', 'accepted', 'presumed-effective', 'outcome']));
});

it('lets new sessions through when the same role is given back later, and keeps the old ones denied', async () => {
  await new EKSClient(as(demo, 'payments')).send(
    new CreatePodIdentityAssociationCommand({
      clusterName: 'payments',
      namespace: 'checkout',
      serviceAccount: 'api',
      roleArn: 'arn:aws:iam::222222222222:role/checkout-orders',
    }),
  );
  const fresh = await eventually('new credentials that work', async () => {
    const credentials = await podCredentials(demo, API);
    return (await scan(demo, credentials)) === 'ok' && credentials;
  });
  expect(await scan(demo, fresh)).toBe('ok');
  expect(await scan(demo, stolen)).toMatch(/explicit deny/);
}, 60_000);
