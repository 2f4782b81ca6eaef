/** Pods that are older than their grant, on the deployed machine and functions: told, restarted, or not looked at; and Fargate, where there is nothing to restart. */
import { CreateFargateProfileCommand, DeleteAccessEntryCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import type { Grant } from '../../../functions/grants/index.ts';
import { spokeRoleName } from '../../../functions/names.ts';
import type { Transitions } from '../../../functions/provisioning/transitions.ts';
import { deployment, fleet, namespace, podTemplate, policy, REGION, roleArn, serviceAccount } from './fleets.ts';
import { CLUSTER, endOf, give, transitionsOf, wishFor } from './grant-stage.ts';
import { as, type Running, startFleet } from './harness.ts';
import { isInjected, namesOf, podsOf, podsRunning } from './pods.ts';

let demo: Running;
let transitions: Transitions;

/** What the guardrails of the demo let a namespace be called. */
const WHERE = 'checkout-1';
const ON_FARGATE = 'checkout-2';
const at = (name: string, where = WHERE) => ({ context: CLUSTER, namespace: where, serviceAccount: name });

const bare = (account: string) => {
  const { spec } = podTemplate(account, `${account}-bare`);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: `${account}-bare`, namespace: WHERE }, spec };
};

/** It replaces no pod by itself. */
const onDelete = (name: string, account: string) => {
  const { spec, ...rest } = deployment(name, { account, where: WHERE });
  return { ...rest, kind: 'StatefulSet', spec: { ...spec, serviceName: name, updateStrategy: { type: 'OnDelete' } } };
};

const manifests = [
  namespace(WHERE),
  namespace(ON_FARGATE),
  ...['api', 'worker', 'unseen'].map((name) => serviceAccount(name, WHERE)),
  serviceAccount('batch', ON_FARGATE),
  deployment('api', { replicas: 2, where: WHERE }),
  deployment('worker', { replicas: 2, where: WHERE }),
  onDelete('held', 'worker'),
  bare('worker'),
  deployment('unseen', { where: WHERE }),
  deployment('batch', { where: ON_FARGATE }),
];

beforeAll(async () => {
  const { config, accounts, ...rest } = fleet({
    clusters: [{ name: CLUSTER, manifests }],
    revocation: { propagationSeconds: 1 },
  });
  // The account's name in guardrails/teams.yaml.
  const named = <Each extends { name: string }>(each: Each): Each =>
    each.name === 'shop' ? { ...each, name: CLUSTER } : each;
  demo = await startFleet({
    ...rest,
    config: { ...config, spokes: config.spokes.map(named) },
    accounts: accounts.map(named),
  });
  transitions = transitionsOf(demo);
}, 300_000);
afterAll(async () => demo?.stop(), 20_000);

/** A StatefulSet's pods keep their names. */
const uidsOf = (pods: readonly V1Pod[]) => pods.map(({ metadata }) => metadata?.uid);

const activated = async (name: string, lot: number, restartPods: boolean): Promise<readonly string[]> => {
  const id = await give(transitions, wishFor(name, lot, { restartPods }));
  const grant: Grant = await endOf(demo, transitions, id);
  const last = grant.history.at(-1);
  expect(last).toMatchObject({ did: 'activated', why: '' });
  return last?.notes ?? [];
};

it('says which workloads need a restart, and restarts nothing unasked', async () => {
  const before = namesOf(await podsRunning(demo, at('api'), 2));
  expect(await activated('api', 1, false)).toEqual([
    `deployment ${WHERE}/api in cluster ${CLUSTER}: 2 pods have no credentials until they are restarted: kubectl -n ${WHERE} rollout restart deployment/api`,
  ]);
  expect(namesOf(await podsOf(demo, at('api')))).toEqual(before);
}, 180_000);

it('restarts them when asked, each by its own way, and leaves what nobody would replace', async () => {
  const before = uidsOf(await podsRunning(demo, at('worker'), 4));
  const notes = await activated('worker', 1, true);
  expect(notes).toHaveLength(3);
  expect(notes).toEqual(
    expect.arrayContaining([
      `statefulset ${WHERE}/held in cluster ${CLUSTER}: restarted.`,
      `deployment ${WHERE}/worker in cluster ${CLUSTER}: restarted.`,
      expect.stringMatching(
        /^pod checkout-1\/worker-bare in cluster payments: 1 pod has .* \(nothing would replace it: /,
      ),
    ]),
  );
  const after = await podsRunning(demo, at('worker'), 4);
  const [old, fresh] = [after.filter((pod) => !isInjected(pod)), after.filter(isInjected)];
  expect(namesOf(old)).toEqual(['worker-bare']);
  expect(uidsOf(fresh).filter((uid) => before.includes(uid))).toEqual([]);
}, 180_000);

it('warns of a namespace on Fargate, and restarts nothing there', async () => {
  const before = namesOf(await podsRunning(demo, at('batch', ON_FARGATE), 1));
  const AssumeRolePolicyDocument = JSON.stringify(
    policy({ Effect: 'Allow', Principal: { Service: 'eks-fargate-pods.amazonaws.com' }, Action: 'sts:AssumeRole' }),
  );
  await new IAMClient(as(demo, CLUSTER)).send(new CreateRoleCommand({ RoleName: 'fargate', AssumeRolePolicyDocument }));
  await new EKSClient(as(demo, CLUSTER)).send(
    new CreateFargateProfileCommand({
      clusterName: CLUSTER,
      fargateProfileName: 'batch',
      podExecutionRoleArn: roleArn('fargate'),
      selectors: [{ namespace: '*-2' }],
    }),
  );
  const notes = await activated('batch', 2, true);
  expect(notes[0]).toMatch(/^All pods of namespace checkout-2 .* Fargate, .* use IAM roles for service accounts/);
  expect(namesOf(await podsOf(demo, at('batch', ON_FARGATE)))).toEqual(before);
}, 180_000);

it('is active all the same when the cluster lets nobody look', async () => {
  await new EKSClient(as(demo, CLUSTER)).send(
    new DeleteAccessEntryCommand({ clusterName: CLUSTER, principalArn: roleArn(spokeRoleName('assess', REGION)) }),
  );
  const [note, ...others] = await activated('unseen', 1, true);
  expect(note).toMatch(/^Nobody could look at the pods of checkout-1\/unseen .*ClusterUnauthorized/);
  expect(others).toEqual([]);
  expect(await podsRunning(demo, at('unseen'), 1)).toHaveLength(1);
}, 180_000);
