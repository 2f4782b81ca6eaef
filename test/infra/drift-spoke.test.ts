/** What the roles of drift's functions in a spoke may do, should their code be somebody else's: asked of two engines. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { configuration, HUB, PAYMENTS, resourcesOf, synthesize } from './fixture.ts';
import { verdict } from './oracle.ts';

type Resources = ReturnType<typeof resourcesOf>;
type Context = Record<string, string | string[]>;
const spokeOf = (config?: object) =>
  resourcesOf(synthesize(config).find(({ name }) => name === `podid-spoke-${PAYMENTS}-eu-west-1`));
let spoke: Resources;
beforeAll(() => {
  spoke = spokeOf();
});

const ask = (function_: string, action: string, resource: string, context: Context = {}, resources = spoke) => {
  const inline = resources[function_]?.Properties.Policies;
  if (!Array.isArray(inline)) throw new Error(`${function_} has no policies`);
  return verdict({ identity: inline.map(({ PolicyDocument }) => PolicyDocument) }, { action, resource, context });
};
const role = (name: string, account = PAYMENTS) => `arn:aws:iam::${account}:role/${name}`;
const eks = (resource: string) => `arn:aws:eks:eu-west-1:${PAYMENTS}:${resource}`;

const ours = { 'iam:PermissionsBoundary': `arn:aws:iam::${PAYMENTS}:policy/podid-boundary` };
const theirs = { 'iam:PermissionsBoundary': `arn:aws:iam::${PAYMENTS}:policy/corporate` };
const WRITES = [
  'DeleteRolePolicy',
  'DetachRolePolicy',
  'PutRolePermissionsBoundary',
  'PutRolePolicy',
  'UpdateAssumeRolePolicy',
];

describe('mend-role', () => {
  const mend = (action: string, name: string, context: Context = {}, resources = spoke) =>
    ask('MendRoleRole', `iam:${action}`, role(name), context, resources);

  test.each<[action: string, name: string, context: Context, expected: string]>([
    ['DeleteRolePolicy', 'podid/web', {}, 'allow'],
    ['DetachRolePolicy', 'podid/web', {}, 'allow'],
    ['UpdateAssumeRolePolicy', 'podid/web', {}, 'allow'],
    ['PutRolePolicy', 'podid/web', ours, 'allow'],
    ['PutRolePolicy', 'podid/web', {}, 'implicitDeny'],
    ['PutRolePermissionsBoundary', 'podid/web', ours, 'allow'],
    ['PutRolePermissionsBoundary', 'podid/web', theirs, 'implicitDeny'],
    ['DeleteRolePolicy', 'team/web', {}, 'allow'],
    ['DetachRolePolicy', 'team/web', {}, 'allow'],
    ['UpdateAssumeRolePolicy', 'team/web', {}, 'allow'],
    ['PutRolePolicy', 'team/web', {}, 'allow'],
    ['PutRolePermissionsBoundary', 'team/web', theirs, 'allow'],
  ])('%s on %s with %j: %s', async (action, name, context, expected) => {
    expect(await mend(action, name, context)).toBe(expected);
  });

  test.each(['podid/web', 'team/web'])('gives nothing, makes nothing and deletes no role: %s', async (name) => {
    for (const action of [
      'AttachRolePolicy',
      'CreateRole',
      'DeleteRole',
      'DeleteRolePermissionsBoundary',
      'PassRole',
      'TagRole',
      'UntagRole',
    ])
      expect([action, await mend(action, name, ours)]).toEqual([action, 'implicitDeny']);
  });

  test('writes to no stranger, and never to what is excluded', async () => {
    for (const action of WRITES) {
      for (const name of ['checkout', 'podid', 'x/podid/web', 'team'])
        expect([action, name, await mend(action, name, ours)]).toEqual([action, name, 'implicitDeny']);
      for (const name of [
        'break-glass',
        'platform/shared',
        'podid-apply-role-eu-west-1',
        'aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS',
      ])
        expect([action, name, await mend(action, name, ours)]).toEqual([action, name, 'explicitDeny']);
      expect(await ask('MendRoleRole', `iam:${action}`, role('podid/web', HUB), ours)).toBe('implicitDeny');
    }
  });

  test('without roles under management, writes to those of grants alone', async () => {
    const bare = spokeOf(
      configuration({
        spokes: [{ name: 'payments', account: PAYMENTS, clusters: [{ name: 'payments', region: 'eu-west-1' }] }],
      }),
    );
    expect(await mend('DetachRolePolicy', 'podid/web', {}, bare)).toBe('allow');
    for (const action of WRITES) expect(await mend(action, 'team/web', ours, bare)).toBe('implicitDeny');
  });

  test('knows what the configuration says of roles', () => {
    expect(spoke.MendRole?.Properties.Environment).toMatchObject({
      Variables: {
        PODID_EXCLUDED_ROLES: '["break-glass","platform/*"]',
        PODID_MANAGED_ROLES: '["orders","team/*","platform/shared"]',
        PODID_GRANTS: '{"rolePath":"/podid/","boundaryName":"podid-boundary"}',
      },
    });
  });
});

describe('drop-association', () => {
  const drop = (resource: string, context: Context = {}, resources = spoke) =>
    ask('DropAssociationRole', 'eks:DeletePodIdentityAssociation', eks(resource), context, resources);
  const grants = { 'aws:ResourceTag/podid:grant': 'g-1' };
  const made = { 'aws:ResourceTag/podid:made-by': 'g-1-v1-p1' };

  test.each<[resource: string, context: Context, expected: string]>([
    ['podidentityassociation/payments/a-1', {}, 'allow'],
    ['podidentityassociation/payments/a-1', { 'aws:ResourceTag/team': 'web' }, 'allow'],
    ['podidentityassociation/payments/a-1', grants, 'implicitDeny'],
    ['podidentityassociation/payments/a-1', made, 'implicitDeny'],
    ['podidentityassociation/payments/a-1', { ...grants, ...made }, 'implicitDeny'],
    ['podidentityassociation/other/a-1', {}, 'implicitDeny'],
  ])('%s with %j: %s', async (resource, context, expected) => {
    expect(await drop(resource, context)).toBe(expected);
  });

  test('sees those that it may delete, and does nothing else', async () => {
    const at = (action: string, resource: string) => ask('DropAssociationRole', action, eks(resource));
    expect(await at('eks:DescribePodIdentityAssociation', 'podidentityassociation/payments/a-1')).toBe('allow');
    for (const action of ['eks:UpdatePodIdentityAssociation', 'eks:TagResource', 'eks:UntagResource'])
      expect(await at(action, 'podidentityassociation/payments/a-1')).toBe('implicitDeny');
    expect(await at('eks:CreatePodIdentityAssociation', 'cluster/payments')).toBe('implicitDeny');
  });

  test('in an account without clusters, may do nothing at all', async () => {
    const bare = spokeOf(configuration({ spokes: [{ name: 'payments', account: PAYMENTS, clusters: [] }] }));
    expect(await drop('podidentityassociation/payments/a-1', {}, bare)).toBe('implicitDeny');
  });

  test('knows what the configuration says of roles', () => {
    expect(spoke.DropAssociation?.Properties.Environment).toMatchObject({
      Variables: {
        PODID_EXCLUDED_ROLES: '["break-glass","platform/*"]',
        PODID_MANAGED_ROLES: '["orders","team/*","platform/shared"]',
        PODID_GRANTS: '{"rolePath":"/podid/","boundaryName":"podid-boundary"}',
      },
    });
  });
});

describe('read-cluster', () => {
  test('finds the configured clusters, and asks AWS for nothing else', async () => {
    const into = (action: string, resource: string) => ask('ReadClusterRole', action, resource);
    expect(await into('eks:DescribeCluster', eks('cluster/payments'))).toBe('allow');
    expect(await into('eks:DescribeCluster', eks('cluster/other'))).toBe('implicitDeny');
    expect(await into('eks:DescribeAccessEntry', eks(`access-entry/payments/role/${PAYMENTS}/x/1`))).toBe(
      'implicitDeny',
    );
    expect(await into('iam:GetRole', role('podid/web'))).toBe('implicitDeny');
  });
});

describe('read-object', () => {
  const look = (action: string, resource: string) => ask('ReadObjectRole', action, resource);

  test('sees the configured clusters, who of ours is let in, and the agent', async () => {
    expect(await look('eks:DescribeCluster', eks('cluster/payments'))).toBe('allow');
    expect(await look('eks:DescribeAddon', eks('addon/payments/eks-pod-identity-agent/1'))).toBe('allow');
    expect(await look('eks:DescribeAccessEntry', eks(`access-entry/payments/role/${PAYMENTS}/x/1`))).toBe('allow');
    expect(await look('eks:DescribeAddon', eks('addon/payments/vpc-cni/1'))).toBe('implicitDeny');
    expect(await look('eks:DescribeAccessEntry', eks(`access-entry/other/role/${PAYMENTS}/x/1`))).toBe('implicitDeny');
    expect(await look('eks:DescribeCluster', eks('cluster/other'))).toBe('implicitDeny');
  });

  test('writes nothing', async () => {
    for (const action of WRITES) expect(await look(`iam:${action}`, role('podid/web'))).toBe('implicitDeny');
    expect(await look('eks:DeletePodIdentityAssociation', eks('podidentityassociation/payments/a-1'))).toBe(
      'implicitDeny',
    );
  });
});
