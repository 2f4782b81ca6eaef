/** Eventual consistency by the cloud's clock: what was written is seen late by readers, by authorizers and by whoever refers to it. */
import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  DescribePodIdentityAssociationCommand,
  ListPodIdentityAssociationsCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolesCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Control, controlOf } from '../../../local/control/client.ts';
import { associationOf } from '../../../local/services/eks/index.ts';
import {
  ACCOUNT,
  allow,
  CLUSTER_ARN,
  type Listening,
  PODS_TRUST,
  podToken,
  REGION,
  startListening,
  trustOf,
} from '../wire/listening.ts';

const DELAY = 4000;
let here: Listening;
let control: Control;
let time: Date;
const later = (millis: number) => {
  time = new Date(time.getTime() + millis);
};
const arnOf = (role: string) => `arn:aws:iam::${ACCOUNT}:role/${role}`;
const ADMIN = `arn:aws:iam::${ACCOUNT}:user/admin`;

beforeEach(async () => {
  time = new Date('2026-11-21T10:00:00Z');
  here = await startListening({ now: () => time });
  control = controlOf(here.endpoint);
});
afterEach(() => here.cloud.close());

const makeRole = (name: string, trust = PODS_TRUST) =>
  here.iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
const putPolicy = (role: string, document: string) =>
  here.iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName: 'p', PolicyDocument: document }));
const associate = (role: string, serviceAccount = 'api') =>
  here.eks.send(
    new CreatePodIdentityAssociationCommand({
      clusterName: 'payments',
      namespace: 'checkout',
      serviceAccount,
      roleArn: arnOf(role),
    }),
  );
const assume = (role: string) =>
  here.sts.send(new AssumeRoleCommand({ RoleArn: arnOf(role), RoleSessionName: 'session' }));
const credentialsOfPod = () =>
  here.cloud.call(
    'eks-auth',
    'AssumeRoleForPodIdentity',
    { clusterName: 'payments', token: podToken('checkout', 'api') },
    { caller: here.cloud.administrator(ACCOUNT).caller, region: REGION },
  );

test('off: everything is seen at once', async () => {
  await makeRole('api');
  await putPolicy('api', allow('s3:GetObject'));
  const { association } = await associate('api');
  await expect(credentialsOfPod()).resolves.toMatchObject({
    podIdentityAssociation: { associationId: association?.associationId },
  });
});

test.each<[string, () => Promise<unknown>, object]>([
  ['GetRole', () => here.iam.send(new GetRoleCommand({ RoleName: 'new' })), { name: 'NoSuchEntityException' }],
  ['PutRolePolicy', () => putPolicy('new', allow('s3:GetObject')), { name: 'NoSuchEntityException' }],
  [
    'a trust that names it',
    () => makeRole('target', trustOf(arnOf('new'))),
    { name: 'MalformedPolicyDocumentException', message: `Invalid principal in policy: "AWS":"${arnOf('new')}"` },
  ],
  [
    'an association',
    () => associate('new'),
    { name: 'InvalidParameterException', message: 'Role provided in the request does not exist.' },
  ],
  ['AssumeRole', () => assume('new'), { name: 'AccessDenied' }],
])('a new role and %s: refused, and good after the delay', async (_what, use, refusal) => {
  await control.change({ visibilityMillis: { iam: DELAY } });
  await makeRole(
    'new',
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: ADMIN, Service: 'pods.eks.amazonaws.com' },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
        },
      ],
    }),
  );
  // Names are taken at once.
  await expect(makeRole('new')).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
  await expect(use()).rejects.toMatchObject(refusal);
  later(DELAY - 1);
  await expect(use()).rejects.toMatchObject(refusal);
  later(1);
  await use();
});

test('readers go through every state in its turn, and see what is deleted a while longer', async () => {
  await makeRole('api');
  await control.change({ visibilityMillis: { iam: DELAY } });
  const read = async (): Promise<string> => {
    const { PolicyDocument = '' } = await here.iam.send(new GetRolePolicyCommand({ RoleName: 'api', PolicyName: 'p' }));
    return decodeURIComponent(PolicyDocument);
  };
  const [one, two] = [allow('s3:GetObject'), allow('s3:PutObject')];
  await putPolicy('api', one);
  later(1000);
  await putPolicy('api', two);
  later(1000);
  await here.iam.send(new DeleteRolePolicyCommand({ RoleName: 'api', PolicyName: 'p' }));
  await here.iam.send(new DeleteRoleCommand({ RoleName: 'api' }));
  await expect(read()).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  later(2000);
  expect(await read()).toBe(one);
  later(1000);
  expect(await read()).toBe(two);
  expect((await here.iam.send(new ListRolesCommand({}))).Roles?.map(({ RoleName }) => RoleName)).toEqual(['api']);
  // Writers find that it is gone already.
  await expect(putPolicy('api', one)).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  later(1000);
  expect((await here.iam.send(new ListRolesCommand({}))).Roles).toEqual([]);
});

test('a policy is in force late, a deny as well, and a trust too', async () => {
  await makeRole('api', trustOf(ADMIN));
  const { Credentials } = await assume('api');
  const session = new IAMClient(
    here.config({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    }),
  );
  const list = () => session.send(new ListRolesCommand({}));
  await control.change({ visibilityMillis: { iam: DELAY } });
  await putPolicy('api', allow('iam:ListRoles'));
  await expect(list()).rejects.toMatchObject({ name: 'AccessDenied' });
  later(DELAY);
  await list();
  const deny = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] };
  await putPolicy('api', JSON.stringify(deny));
  await here.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'api', PolicyDocument: PODS_TRUST }));
  later(DELAY - 1);
  await list();
  await assume('api');
  later(1);
  await expect(list()).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(assume('api')).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a new managed policy cannot be attached or changed yet, and its next version is in force late', async () => {
  await makeRole('api');
  await control.change({ visibilityMillis: { iam: DELAY } });
  const { Policy } = await here.iam.send(
    new CreatePolicyCommand({ PolicyName: 'own', PolicyDocument: allow('s3:GetObject') }),
  );
  const attach = () => here.iam.send(new AttachRolePolicyCommand({ RoleName: 'api', PolicyArn: Policy?.Arn ?? '' }));
  const change = () =>
    here.iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn: Policy?.Arn ?? '',
        PolicyDocument: allow('s3:PutObject'),
        SetAsDefault: true,
      }),
    );
  await expect(attach()).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  await expect(change()).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  later(DELAY);
  await attach();
  await change();
});

test('a new access key is unknown at first', async () => {
  await here.iam.send(new CreateUserCommand({ UserName: 'ci' }));
  await control.change({ visibilityMillis: { iam: DELAY } });
  const { AccessKey } = await here.iam.send(new CreateAccessKeyCommand({ UserName: 'ci' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const whoAmI = () => new STSClient(here.config(credentials)).send(new GetCallerIdentityCommand({}));
  await expect(whoAmI()).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  later(DELAY);
  await expect(whoAmI()).resolves.toMatchObject({ Arn: `arn:aws:iam::${ACCOUNT}:user/ci` });
});

test('an association: readers, EKS Auth and the injection see it late; its place is taken at once', async () => {
  await makeRole('api');
  await control.change({ visibilityMillis: { eks: DELAY } });
  const { association } = await associate('api');
  const id = { clusterName: 'payments', associationId: association?.associationId ?? '' };
  const describe = () => here.eks.send(new DescribePodIdentityAssociationCommand(id));
  const listed = async () =>
    (await here.eks.send(new ListPodIdentityAssociationsCommand({ clusterName: 'payments' }))).associations?.length;
  const injected = () => associationOf(here.cloud, CLUSTER_ARN, 'checkout', 'api')?.id;

  await expect(associate('api')).rejects.toMatchObject({
    name: 'ResourceInUseException',
    message: `Association already exists: ${id.associationId}`,
  });
  later(DELAY - 1);
  await expect(describe()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(credentialsOfPod()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  expect([await listed(), injected()]).toEqual([0, undefined]);
  later(1);
  await describe();
  await credentialsOfPod();
  expect([await listed(), injected()]).toEqual([1, id.associationId]);

  await here.eks.send(new UpdatePodIdentityAssociationCommand({ ...id, disableSessionTags: true }));
  expect((await describe()).association?.disableSessionTags).toBe(false);
  later(DELAY);
  expect((await describe()).association?.disableSessionTags).toBe(true);

  // Credentials are still handed out while the deletion goes its way.
  await here.eks.send(new DeletePodIdentityAssociationCommand(id));
  later(DELAY - 1);
  await credentialsOfPod();
  later(1);
  await expect(credentialsOfPod()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('switched off, all that was written is seen at once', async () => {
  await control.change({ visibilityMillis: { iam: DELAY, eks: DELAY } });
  await makeRole('api');
  await expect(here.iam.send(new GetRoleCommand({ RoleName: 'api' }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
  });
  await control.change({});
  await here.iam.send(new GetRoleCommand({ RoleName: 'api' }));
});
