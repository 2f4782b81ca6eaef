/** What a grant made, changed by somebody with the account's credentials in the running fleet: found with the intruder's name, and put right. */
import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import {
  AttachRolePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { OBJECT_SCHEMAS } from '../../../functions/drift/kept.ts';
import { ResolvedGrant } from '../../../functions/grants/index.ts';
import { clusterArn } from '../../../functions/identity.ts';
import type { FindingRow } from '../../../functions/store/finding-row.ts';
import { statesOf } from '../../../local/services/states/machine.ts';
import { FOR_PODS, HUB, NODE_ROLE, ORDERS, REGION, roleArn } from './fleets.ts';
import { CLUSTER, endOf, give, PAYMENTS, transitionsOf, wishFor } from './grant-stage.ts';
import { as, deadLetters, eventually, type Running, settled, startFleet, storeOf } from './harness.ts';
import { deniesOn, ended, revocationsOf } from './revocations.ts';

const IDENTITY = {
  account: PAYMENTS,
  region: REGION,
  cluster: CLUSTER,
  namespace: 'checkout-0',
  serviceAccount: 'api',
};
const ASSOCIATION = `${clusterArn(IDENTITY)}#checkout-0/api`;
const UNINVITED = `${clusterArn(IDENTITY)}#checkout-0/uninvited`;
const SOMEBODY = roleArn('somebody', PAYMENTS);

/** Taken by people of the account, to whom its sessions lead back. */
const OPS = {
  name: 'ops',
  trust: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${PAYMENTS}:root` }, Action: 'sts:AssumeRole' }],
  },
  policies: { all: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iam:*', Resource: '*' }] } },
};

let fleet: Running;
let grantId: string;
let role: string;
let name: string;
let trust: string;

beforeAll(async () => {
  fleet = await startFleet(
    {
      region: REGION,
      config: {
        hub: { account: HUB, region: REGION },
        spokes: [
          { name: 'payments', account: PAYMENTS, clusters: [{ name: CLUSTER, region: REGION, mode: 'remediate' }] },
        ],
        breaker: { identities: 1000, percent: 100 },
        revocation: { settleSeconds: 1, propagationSeconds: 1 },
      },
      accounts: [
        { name: 'hub', id: HUB },
        {
          name: 'payments',
          id: PAYMENTS,
          tables: [ORDERS(REGION)],
          roles: [NODE_ROLE, { name: 'somebody', trust: FOR_PODS }, OPS],
          clusters: [{ name: CLUSTER, region: REGION, nodeRole: NODE_ROLE.name, associations: [], manifests: [] }],
        },
      ],
    },
    { drift: true },
  );
  await settled(fleet);
  const accepted = { acceptedAt: new Date().toISOString(), by: 'ada', facets: {}, closed: [] };
  await storeOf(fleet).objects(OBJECT_SCHEMAS).keepBaseline(clusterArn(IDENTITY), accepted);
  const transitions = transitionsOf(fleet);
  grantId = await give(transitions, wishFor('api', 0));
  const grant = await endOf(fleet, transitions, grantId);
  expect(grant.state).toBe('active');
  const work = { grantId, version: 1, attempt: 1, do: 'provision' } as const;
  const plan = await storeOf(fleet).plans(ResolvedGrant).get(work);
  role = plan?.roles[0]?.roleArn ?? '';
  name = role.split('/').at(-1) ?? '';
  await settled(fleet);
  trust = await trustNow();
}, 180_000);
afterAll(() => fleet.stop(), 60_000);

const iam = () => new IAMClient(as(fleet, 'payments'));
const eks = () => new EKSClient(as(fleet, 'payments'));
const trustNow = async (): Promise<string> => {
  const { Role } = await iam().send(new GetRoleCommand({ RoleName: name }));
  return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
};
const associationNow = async () => {
  const { associations = [] } = await eks().send(new ListPodIdentityAssociationsCommand({ clusterName: CLUSTER }));
  return associations.find(({ serviceAccount }) => serviceAccount === 'api');
};
/** Those of drift: whether the trust is too broad, another capability judges. */
const findings = async (object: string): Promise<FindingRow[]> =>
  (await storeOf(fleet).findings.of(object)).filter(({ judge }) => judge === 'drift');

/** The finding, opened and then resolved by what podid wrote; it names who did it. */
const mended = async (object: string, reason: string): Promise<FindingRow> => {
  const row = await eventually(
    `${reason} of ${object}, resolved; there are ${reason}`,
    async () => (await findings(object)).find((each) => each.reason === reason && each.state === 'resolved'),
    40,
  ).catch(async (error: unknown) => {
    throw new Error(`${String(error)}\n${JSON.stringify(await state(object), null, 1)}`);
  });
  expect(row.sentence).toContain('admin');
  expect(row.openedBy.actor?.arn).toContain('user/admin');
  expect(row.resolvedBy).toMatchObject({ kind: 'DriftMended' });
  return row;
};

const state = async (object: string) => ({
  findings: await findings(object),
  object: await storeOf(fleet).objects(OBJECT_SCHEMAS).read(object),
  journal: (await storeOf(fleet).journal.of(object)).map(({ kind, text }) => `${kind}: ${text}`),
  executions: [...statesOf(fleet.cloud, HUB, REGION).executions.values()].map(
    ({ name: of, status }) => `${of} ${status}`,
  ),
  dead: await deadLetters(fleet),
});

it('what podid itself has made is no drift, and nobody is taken for a thief', async () => {
  expect([role, await findings(role), await findings(ASSOCIATION)]).toEqual([role, [], []]);
  expect(await deadLetters(fleet)).toEqual([]);
}, 60_000);

it('a trust policy that admits everybody is written back', async () => {
  const PolicyDocument = JSON.stringify(FOR_PODS);
  await iam().send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument }));
  await mended(role, 'AbacConditionRemoved');
  expect(JSON.parse(await trustNow())).toEqual(JSON.parse(trust));
}, 60_000);

it('AdministratorAccess is detached, and the boundary is back', async () => {
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
  await iam().send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
  await iam().send(new DeleteRolePermissionsBoundaryCommand({ RoleName: name }));
  await mended(role, 'PolicyAttached');
  await mended(role, 'BoundaryRemoved');
  const { AttachedPolicies } = await iam().send(new ListAttachedRolePoliciesCommand({ RoleName: name }));
  expect(AttachedPolicies).toEqual([]);
  const { Role } = await iam().send(new GetRoleCommand({ RoleName: name }));
  expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toContain('podid-boundary');
}, 90_000);

it('whoever took the role’s session in which it was done is named', async () => {
  const sts = new STSClient(as(fleet, 'payments'));
  const taken = { RoleArn: roleArn('ops', PAYMENTS), RoleSessionName: 'night-shift' };
  const { Credentials: got } = await sts.send(new AssumeRoleCommand(taken));
  const credentials = {
    accessKeyId: got?.AccessKeyId ?? '',
    secretAccessKey: got?.SecretAccessKey ?? '',
    sessionToken: got?.SessionToken ?? '',
  };
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess';
  const byOps = new IAMClient({ ...as(fleet, 'payments'), credentials });
  await byOps.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
  const found = await eventually('the policy that was attached by the night shift', async () =>
    (await findings(role)).find(({ subject, state: now }) => subject === `attached:${PolicyArn}` && now === 'resolved'),
  );
  expect(found.sentence).toContain(`night-shift as ${taken.RoleArn}`);
  expect(found.sentence).toContain(', whose session was taken by admin of account');
}, 60_000);

it('an association that gives another role gives the granted one again', async () => {
  const associationId = (await associationNow())?.associationId;
  await eks().send(new UpdatePodIdentityAssociationCommand({ clusterName: CLUSTER, associationId, roleArn: SOMEBODY }));
  await mended(ASSOCIATION, 'AssociationRetargeted');
}, 60_000);

it('an association that was deleted is made again, and is the grant’s to take back', async () => {
  const before = (await associationNow())?.associationId;
  await eks().send(new DeletePodIdentityAssociationCommand({ clusterName: CLUSTER, associationId: before }));
  await mended(ASSOCIATION, 'AssociationDeleted');
  const after = (await associationNow())?.associationId;
  expect(after).not.toBe(before);
  expect(await storeOf(fleet).made.standing(grantId)).toContain(after);
}, 60_000);

it('a session deny that was removed before its time is written again', async () => {
  const denied = await eventually('a deny on the role', async () => {
    const { PolicyNames = [] } = await iam().send(new ListRolePoliciesCommand({ RoleName: name }));
    return PolicyNames.find((each) => each.startsWith('podid-deny-'));
  });
  await settled(fleet);
  await iam().send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: denied }));
  await mended(role, 'SessionDenyRemoved');
  const { PolicyNames } = await iam().send(new ListRolePoliciesCommand({ RoleName: name }));
  expect(PolicyNames).toContain(denied);
}, 60_000);

it('an association that nobody was granted is deleted, and its sessions are cut, once', async () => {
  const place = { namespace: 'checkout-0', serviceAccount: 'uninvited' };
  const given = { clusterName: CLUSTER, ...place, roleArn: role };
  const { association } = await eks().send(new CreatePodIdentityAssociationCommand(given));
  await mended(UNINVITED, 'AssociationOutsideGrant');
  const { associations } = await eks().send(new ListPodIdentityAssociationsCommand({ clusterName: CLUSTER, ...place }));
  expect(associations).toEqual([]);
  const { revocation } = await ended(fleet, { context: CLUSTER, ...place });
  const former = { associationId: association?.associationId, roleArn: role };
  expect(revocation).toMatchObject({ cause: 'association-deleted', mode: 'remediate', former });
  const denied = (await deniesOn(fleet, 'payments', name)).map(({ condition }) => JSON.stringify(condition));
  expect(denied).toContainEqual(expect.stringContaining('"uninvited"'));
  await settled(fleet);
  expect(await revocationsOf(fleet, { context: CLUSTER, ...place })).toHaveLength(1);
}, 90_000);

it('all of it took no breaker, left no dead letter, and was nobody’s theft', async () => {
  await settled(fleet);
  const all = [...(await findings(role)), ...(await findings(ASSOCIATION)), ...(await findings(UNINVITED))];
  expect(all.filter(({ state: now }) => now === 'open')).toEqual([]);
  expect(all.map(({ reason }) => reason)).not.toContain('StolenWriter');
  expect(await deadLetters(fleet)).toEqual([]);
}, 60_000);
