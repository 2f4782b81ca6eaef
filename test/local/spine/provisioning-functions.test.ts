/** The spokes' functions for provisioning, as they are deployed: real bundles, and what each one's own role lets it do. */
import { EKSClient, ListPodIdentityAssociationsCommand } from '@aws-sdk/client-eks';
import {
  CreateRoleCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { targetsPolicy } from '../../../functions/grants/index.ts';
import { functionName } from '../../../functions/names.ts';
import {
  ApplyRoleOutput,
  AssociateOutput,
  SurveyOutput,
  UndoOutput,
  VerifyGrantOutput,
} from '../../../functions/provisioning/contract.ts';
import { readAnswer } from '../../../functions/runtime/spoke-call.ts';
import { fleet, policy, REGION, roleArn, SHOP } from './fleets.ts';
import { as, type Running, startFleet } from './harness.ts';

let demo: Running;
const iam = () => new IAMClient(as(demo, 'shop'));
const eks = () => new EKSClient(as(demo, 'shop'));

beforeAll(async () => {
  demo = await startFleet(fleet({ clusters: [{ name: 'shop', members: ['orders'], mode: 'observe' }] }), {
    configure: (config) => ({
      ...config,
      spokes: config.spokes.map((spoke) => ({ ...spoke, managedRoles: ['team/*'] })),
    }),
  });
  const AssumeRolePolicyDocument = JSON.stringify(
    policy({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }),
  );
  await iam().send(new CreateRoleCommand({ RoleName: 'shared', Path: '/team/', AssumeRolePolicyDocument }));
}, 120_000);
afterAll(async () => demo?.stop(), 20_000);

const invoke = async (file: string, input: object): Promise<unknown> => {
  const FunctionName = functionName(file);
  const client = new LambdaClient(as(demo, 'shop'));
  return readAnswer(
    FunctionName,
    await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(input) })),
  );
};

const GRANT = 'g-0123456789abcdef';
const by = { asker: `${GRANT}-v1-p1`, grantId: GRANT };
const SOURCE = roleArn('podid/checkout-web-0123456789ab');
const TARGET = roleArn('podid/checkout-web-ba9876543210');
const SHARED = roleArn('team/shared');
const BOUNDARY = `arn:aws:iam::${SHOP}:policy/podid-boundary`;
const TAGS = { 'podid:grant': GRANT, 'podid:team': 'web' };
const web = { account: SHOP, region: REGION, cluster: 'shop', namespace: 'checkout', serviceAccount: 'web' };
const parties = [{ tagged: [web], untagged: [] }];
const allow = (Action: string | string[], Resource: string | string[]) =>
  JSON.stringify(policy({ Effect: 'Allow', Action, Resource }));

const sourceRole = {
  as: 'source',
  roleArn: SOURCE,
  account: SHOP,
  managed: true,
  managedPolicyArns: [],
  inline: {
    'podid-inline': allow('dynamodb:GetItem', `arn:aws:dynamodb:${REGION}:${SHOP}:table/orders`),
    [targetsPolicy(GRANT)]: allow(['sts:AssumeRole', 'sts:TagSession'], [TARGET]),
  },
  boundary: BOUNDARY,
  tags: TAGS,
  standing: 'create',
};
const targetRole = {
  ...sourceRole,
  as: 'target',
  roleArn: TARGET,
  inline: { 'podid-inline': sourceRole.inline['podid-inline'] },
};
const chained = [{ sourceRoleArn: SOURCE, tagged: [web], untagged: [] }];
const association = {
  identity: web,
  roleArn: SOURCE,
  targetRoleArn: TARGET,
  disableSessionTags: false,
  tags: TAGS,
  standing: 'create',
};

const apply = async (role: object, who: object[] = parties, more: object = {}) =>
  ApplyRoleOutput.parse(await invoke('apply-role', { ...by, role, parties: who, ...more }));
const associate = async (more: object = {}) =>
  AssociateOutput.parse(await invoke('associate', { ...by, association: { ...association, ...more } }));
const undo = async (what: object, more: object = {}) =>
  UndoOutput.parse(await invoke('undo-grant', { ...by, ...more, undo: what }));
const verify = async () =>
  VerifyGrantOutput.parse(
    await invoke('verify-grant', {
      roles: [
        { roleArn: SOURCE, parties, mayReach: [TARGET] },
        { roleArn: TARGET, parties: chained, mayReach: [] },
      ],
      associations: [association],
    }),
  );
const survey = async () =>
  SurveyOutput.parse(
    await invoke('survey', {
      roleArns: [SOURCE, TARGET, SHARED],
      policyArns: [BOUNDARY, `arn:aws:iam::${SHOP}:policy/none`],
      identities: [web, { ...web, serviceAccount: 'orders' }],
    }),
  );
const trustOf = async (RoleName: string) =>
  decodeURIComponent((await iam().send(new GetRoleCommand({ RoleName }))).Role?.AssumeRolePolicyDocument ?? '');

it('a target whose source is not there is not visible yet, and nothing is left of it', async () => {
  expect(await apply(targetRole, chained)).toMatchObject({ status: 'not-visible', wrote: [] });
  expect((await survey()).roles.map(({ present }) => present)).toEqual([false, false, true]);
}, 60_000);

it('source, target, association: made once, and proven', async () => {
  expect((await verify()).missing.map(({ temporary }) => temporary)).toContain(true);
  expect(await apply(sourceRole)).toMatchObject({
    status: 'created',
    wrote: ['role', 'inline:podid-inline', `inline:${targetsPolicy(GRANT)}`],
  });
  expect(await apply(targetRole, chained)).toMatchObject({ status: 'created' });
  expect(await associate()).toMatchObject({
    status: 'created',
    association: { roleArn: SOURCE, targetRoleArn: TARGET },
  });
  expect(await verify()).toMatchObject({ missing: [] });
  // The answers were lost: the marks say that it was this execution.
  expect(await apply(sourceRole)).toMatchObject({ status: 'created', wrote: [] });
  expect(await associate()).toMatchObject({ status: 'created' });
  const seen = await survey();
  expect(seen.roles[0]).toMatchObject({ present: true, boundary: BOUNDARY, tags: { 'podid:made-by': by.asker } });
  expect(seen.associations.map(({ identity }) => identity.serviceAccount)).toEqual(['web', 'orders']);
  expect(seen.clusters).toEqual([
    { account: SHOP, region: REGION, cluster: 'shop', associations: 2, fargate: 'none', withoutCredentials: [] },
  ]);
  expect(Object.keys(seen.documents)).toEqual([BOUNDARY]);
}, 60_000);

it('verify-grant names who is admitted beside the parties', async () => {
  const stranger = { ...web, serviceAccount: 'stranger' };
  const update = { ...sourceRole, standing: 'update' };
  expect(await apply(update, [{ tagged: [web, stranger], untagged: [] }])).toMatchObject({ wrote: ['trust'] });
  const { missing } = await verify();
  expect(missing).toEqual([{ about: SOURCE, sentence: expect.stringMatching(/stranger/), temporary: true }]);
  expect(await apply(update)).toMatchObject({ wrote: ['trust'] });
  expect(await verify()).toMatchObject({ missing: [] });
}, 60_000);

it('an association of somebody else is not overwritten', async () => {
  const identity = { ...web, serviceAccount: 'orders' };
  expect(await associate({ identity })).toMatchObject({ status: 'differs' });
  expect(await associate({ identity, standing: 'adopt' })).toMatchObject({ status: 'differs' });
  const found = await eks().send(
    new ListPodIdentityAssociationsCommand({ clusterName: 'shop', serviceAccount: 'orders' }),
  );
  const associationId = found.associations?.[0]?.associationId ?? '';
  expect(await undo({ what: 'association', identity, associationId })).toMatchObject({
    status: 'left',
    command: `aws eks delete-pod-identity-association --region ${REGION} --cluster-name shop --association-id ${associationId}`,
  });
  // Taken over when the plan says so, and given back as it was, without our tags.
  const { associations } = await survey();
  const before = associations.find((each) => each.identity.serviceAccount === 'orders');
  expect(await associate({ identity, standing: 'take-over' })).toMatchObject({ status: 'updated' });
  const was = { identity, roleArn: SOURCE, disableSessionTags: false, tags: {}, standing: 'take-over' };
  expect(await undo({ what: 'association-state', association: was })).toMatchObject({ status: 'undone' });
  const after = (await survey()).associations.find((each) => each.identity.serviceAccount === 'orders');
  expect(after?.tags).toEqual(before?.tags);
  expect(after?.state).not.toHaveProperty('targetRoleArn');
}, 60_000);

it('an opted-in role keeps what its owner wrote, and undo takes away what was ours alone', async () => {
  const before = await trustOf('shared');
  const shared = {
    ...sourceRole,
    roleArn: SHARED,
    managed: false,
    inline: { [targetsPolicy(GRANT)]: sourceRole.inline[targetsPolicy(GRANT)] },
    tags: {},
    boundary: undefined,
    standing: 'update',
  };
  expect(await apply(shared)).toMatchObject({ status: 'updated', wrote: [`inline:${targetsPolicy(GRANT)}`, 'trust'] });
  expect(JSON.parse(await trustOf('shared')).Statement).toHaveLength(2);
  expect(await apply(shared)).toMatchObject({ status: 'kept', wrote: [] });
  const role = { what: 'role', roleArn: SHARED, madeHere: false, inline: [targetsPolicy(GRANT)], parties: [] };
  expect(await undo(role)).toMatchObject({ status: 'undone' });
  expect(JSON.parse(await trustOf('shared'))).toEqual(JSON.parse(before));
  await expect(
    iam().send(new GetRolePolicyCommand({ RoleName: 'shared', PolicyName: targetsPolicy(GRANT) })),
  ).rejects.toMatchObject({ name: 'NoSuchEntityException' });
}, 60_000);

it('undo takes back what bears the mark, newest first, and nothing else', async () => {
  const { associations } = await survey();
  const associationId = associations.find(({ identity }) => identity.serviceAccount === 'web')?.state.associationId;
  const role = (arn: string, who: object[] = []) => ({
    what: 'role',
    roleArn: arn,
    madeHere: true,
    inline: [],
    parties: who,
  });
  const other = { asker: 'g-aaaaaaaaaaaaaaaa-v1-p1', grantId: 'g-aaaaaaaaaaaaaaaa' };
  expect(await undo(role(TARGET), other)).toMatchObject({ status: 'left' });
  expect(await undo({ what: 'association', identity: web, associationId })).toMatchObject({ status: 'undone' });
  expect(await undo({ what: 'association', identity: web, associationId })).toMatchObject({ status: 'gone' });
  expect(await undo(role(TARGET))).toMatchObject({ status: 'undone' });
  expect(await undo(role(TARGET))).toMatchObject({ status: 'gone' });
  // Somebody else has come to use it.
  const orders = { ...web, serviceAccount: 'orders' };
  expect(await undo(role(SOURCE, [{ tagged: [orders], untagged: [] }]))).toMatchObject({ status: 'quarantined' });
  expect(await trustOf('checkout-web-0123456789ab')).toMatch(/orders/);
  expect(await undo(role(SOURCE))).toMatchObject({ status: 'undone' });
  expect((await survey()).roles.map(({ present }) => present)).toEqual([false, false, true]);
}, 60_000);

it("the functions' own roles make no role without our boundary or under another path, and pass none of others", async () => {
  const name = { RoleName: `podid-apply-role-${REGION}`, PolicyName: 'podid' };
  const { PolicyDocument = '' } = await iam().send(new GetRolePolicyCommand(name));
  const narrowed = decodeURIComponent(PolicyDocument).replaceAll('policy/podid-boundary', 'policy/another');
  await iam().send(new PutRolePolicyCommand({ ...name, PolicyDocument: narrowed }));
  await expect(apply(sourceRole)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringMatching(/iam:CreateRole/),
  });
  await iam().send(new PutRolePolicyCommand({ ...name, PolicyDocument: decodeURIComponent(PolicyDocument) }));
  expect(await apply({ ...sourceRole, roleArn: roleArn('other/web') })).toMatchObject({ status: 'refused', wrote: [] });
  expect(await associate({ roleArn: roleArn('orders'), targetRoleArn: undefined })).toMatchObject({
    status: 'refused',
  });
}, 60_000);
