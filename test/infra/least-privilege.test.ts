/** What each role of the templates may do and may not, asked of our own policy engine. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { HUB, may, ofType, PAYMENTS, resourcesOf, synthesize } from './fixture.ts';

let hub: ReturnType<typeof resourcesOf>;
let spoke: ReturnType<typeof resourcesOf>;

beforeAll(() => {
  const stacks = synthesize();
  hub = resourcesOf(stacks.find(({ name }) => name === 'podid-hub'));
  spoke = resourcesOf(stacks.find(({ name }) => name === `podid-spoke-${PAYMENTS}-eu-west-1`));
});

const LOGS_AND_TRACES = [
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];
const READS = ['dynamodb:GetItem', 'dynamodb:Query'];
const EVENTS = [
  'dynamodb:DeleteItem',
  ...READS,
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'sqs:SendMessage',
  'states:StartExecution',
];

const ASSOCIATIONS = ['eks:DescribePodIdentityAssociation', 'eks:ListPodIdentityAssociations'];
const ROLES = [
  'iam:GetPolicy',
  'iam:GetPolicyVersion',
  'iam:GetRole',
  'iam:GetRolePolicy',
  'iam:ListAttachedRolePolicies',
  'iam:ListRolePolicies',
];

/** Every action that a role is allowed, besides logs and traces: the whole of it. */
const ALLOWED: Record<string, string[]> = {
  OnAssociationCreatedRole: EVENTS,
  OnAssociationUpdatedRole: EVENTS,
  OnAssociationDeletedRole: EVENTS,
  PlanCutsRole: [...READS, 'dynamodb:PutItem'],
  PlanRestartRole: [...READS, 'dynamodb:PutItem'],
  RecordRole: [...READS, 'dynamodb:PutItem'],
  KeepAssociationsRole: [...READS, 'dynamodb:PutItem', 'lambda:InvokeFunction', 'states:StartExecution'],
  KeepLookupsRole: [...READS, 'dynamodb:PutItem', 'lambda:InvokeFunction', 'states:StartExecution'],
  KeepRolesRole: [...READS, 'dynamodb:PutItem', 'lambda:InvokeFunction', 'states:StartExecution'],
  ConcludeSweepRole: [
    ...READS,
    'dynamodb:PutItem',
    'events:PutEvents',
    'states:DescribeExecution',
    'states:StartExecution',
  ],
  ListClustersRole: [
    ...READS,
    'dynamodb:PutItem',
    'events:PutEvents',
    'lambda:InvokeFunction',
    'states:DescribeExecution',
    'states:StartExecution',
  ],
  OnRoleChangedRole: EVENTS,
  OnPolicyChangedRole: EVENTS.filter((action) => action !== 'dynamodb:Query'),
  OnAssociationChangedRole: EVENTS,
  GatherUsesRole: READS,
  JudgeRoleRole: [...READS, 'dynamodb:PutItem', 'events:PutEvents'],
  RecordTighteningRole: [...READS, 'dynamodb:PutItem'],
  StartJudgementsRole: [...READS, 'states:StartExecution'],
  OpenWorkRole: [...READS, 'dynamodb:PutItem'],
  KeepSurveyRole: [...READS, 'dynamodb:PutItem'],
  PlanGrantRole: [...READS, 'dynamodb:PutItem'],
  NextWaveRole: READS,
  IntendRole: [...READS, 'dynamodb:PutItem'],
  KeepOutcomeRole: [...READS, 'dynamodb:PutItem'],
  RecordGrantRole: [...READS, 'dynamodb:PutItem', 'events:PutEvents', 'states:StartExecution'],
  OnWorkStoppedRole: [...READS, 'dynamodb:PutItem', 'events:PutEvents', 'sqs:SendMessage', 'states:StartExecution'],
  ComeDueRole: [...READS, 'dynamodb:PutItem', 'events:PutEvents', 'sqs:SendMessage', 'states:StartExecution'],
  SweepGrantsRole: [
    ...READS,
    'dynamodb:PutItem',
    'events:PutEvents',
    'lambda:InvokeFunction',
    'sqs:SendMessage',
    'states:StartExecution',
  ],
  OnObjectChangedRole: EVENTS,
  LookAtObjectRole: [
    ...READS,
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
    'events:PutEvents',
    'lambda:InvokeFunction',
    'states:StartExecution',
  ],
  WakeObjectsRole: [...READS, 'dynamodb:PutItem', 'sqs:SendMessage', 'states:StartExecution'],
  CallSpokeRole: ['lambda:InvokeFunction'],
  SweepScheduleRole: ['states:StartExecution'],
  ReadAssociationsRole: ['eks:DescribePodIdentityAssociation', 'eks:ListPodIdentityAssociations'],
  ListAssociationsRole: [
    'eks:DescribeCluster',
    'eks:DescribePodIdentityAssociation',
    'eks:ListPodIdentityAssociations',
  ],
  CutSessionsRole: ['iam:GetRole', 'iam:GetRolePolicy', 'iam:PutRolePolicy'],
  LiftDenyRole: ['iam:DeleteRolePolicy', 'iam:GetRolePolicy'],
  TraceRolesRole: [
    'iam:GetPolicy',
    'iam:GetPolicyVersion',
    'iam:GetRolePolicy',
    'iam:ListAttachedRolePolicies',
    'iam:ListRolePolicies',
  ],
  ReadRoleRole: [
    'iam:GetPolicy',
    'iam:GetPolicyVersion',
    'iam:GetRole',
    'iam:GetRolePolicy',
    'iam:ListAttachedRolePolicies',
    'iam:ListRolePolicies',
  ],
  RolesOfPolicyRole: ['iam:GetRole', 'iam:ListEntitiesForPolicy'],
  TightenTrustRole: ['iam:GetRole', 'iam:UpdateAssumeRolePolicy'],
  ApiRole: [
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'events:PutEvents',
    'lambda:InvokeFunction',
    'states:StartExecution',
  ],
  SurveyRole: [...ASSOCIATIONS, ...ROLES, 'eks:DescribeFargateProfile', 'eks:ListFargateProfiles'],
  ListMadeRole: ['iam:ListRoles'],
  DescribeAssociationsRole: ASSOCIATIONS,
  FindClustersRole: ['eks:DescribeCluster', 'eks:ListClusters'],
  ListServiceAccountsRole: ['eks:DescribeCluster'],
  ListRolesRole: ['iam:GetAccountAuthorizationDetails'],
  LookupEventsRole: ['cloudtrail:LookupEvents'],
  ApplyRoleRole: [
    ...ROLES,
    'iam:AttachRolePolicy',
    'iam:CreateRole',
    'iam:DeleteRolePolicy',
    'iam:DetachRolePolicy',
    'iam:PutRolePermissionsBoundary',
    'iam:PutRolePolicy',
    'iam:TagRole',
    'iam:UpdateAssumeRolePolicy',
  ],
  AssociateRole: [
    ...ASSOCIATIONS,
    'eks:CreatePodIdentityAssociation',
    'eks:TagResource',
    'eks:UpdatePodIdentityAssociation',
    'iam:GetRole',
    'iam:PassRole',
  ],
  VerifyGrantRole: [...ASSOCIATIONS, ...ROLES],
  UndoGrantRole: [
    ...ASSOCIATIONS,
    ...ROLES,
    'eks:CreatePodIdentityAssociation',
    'eks:DeletePodIdentityAssociation',
    'eks:TagResource',
    'eks:UntagResource',
    'eks:UpdatePodIdentityAssociation',
    'iam:DeleteRole',
    'iam:DeleteRolePolicy',
    'iam:DetachRolePolicy',
    'iam:PassRole',
    'iam:UpdateAssumeRolePolicy',
  ],
  ReadObjectRole: [...ASSOCIATIONS, ...ROLES, 'eks:DescribeAccessEntry', 'eks:DescribeAddon', 'eks:DescribeCluster'],
  ReadClusterRole: ['eks:DescribeCluster'],
  DropAssociationRole: ['eks:DeletePodIdentityAssociation', 'eks:DescribePodIdentityAssociation'],
  MendRoleRole: [
    ...ROLES,
    'iam:DeleteRolePolicy',
    'iam:DetachRolePolicy',
    'iam:PutRolePermissionsBoundary',
    'iam:PutRolePolicy',
    'iam:UpdateAssumeRolePolicy',
  ],
  AssessRole: ['ec2:DescribeInstances', 'eks:DescribeCluster', 'iam:GetInstanceProfile'],
  RestartRole: ['eks:DescribeCluster'],
  VerifyRole: ['eks:DescribeCluster'],
  ForwardEventsRole: ['events:PutEvents'],
};

const allows = (resources: typeof hub, role: string): string[] => {
  const policies = resources[role]?.Properties.Policies;
  const statements = (Array.isArray(policies) ? policies : []).flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );
  return statements.flatMap(({ Effect, Action }) => (Effect === 'Allow' ? [Action].flat() : []));
};

test('no role has an action with a wildcard, and every role is in the table below', () => {
  for (const resources of [hub, spoke]) {
    for (const [role] of ofType(resources, 'AWS::IAM::Role')) {
      expect(allows(resources, role).filter((action) => action.includes('*'))).toEqual([]);
      if (!role.endsWith('MachineRole')) expect(Object.keys(ALLOWED)).toContain(role);
    }
    expect(ofType(resources, 'AWS::IAM::Policy')).toEqual([]);
  }
});

test.each(Object.entries(ALLOWED))('%s may do this and nothing else', (role, expected) => {
  const actions = new Set(
    allows(role in hub ? hub : spoke, role).filter((action) => !LOGS_AND_TRACES.includes(action)),
  );
  expect([...actions].sort()).toEqual([...expected].sort());
});

describe('the journal', () => {
  const keys = (key: string) => ({ 'dynamodb:LeadingKeys': [key] });
  const roles = () =>
    ofType(hub, 'AWS::IAM::Role')
      .map(([id]) => id)
      .filter((id) => hub[id.replace(/Role$/, '')]?.Type === 'AWS::Lambda::Function');
  const table = 'arn:aws:test:::Table';

  test('no function of the hub may change or delete an entry, or write in a batch', () => {
    expect(roles()).toHaveLength(33);
    for (const role of roles()) {
      for (const action of [
        'UpdateItem',
        'DeleteItem',
        'BatchWriteItem',
        'PartiQLUpdate',
        'PartiQLDelete',
        'PartiQLInsert',
      ]) {
        expect([role, action, may(hub, role, `dynamodb:${action}`, table, keys('JOURNAL#r-1'))]).toEqual([
          role,
          action,
          'explicitDeny',
        ]);
      }
      for (const action of ['BatchWriteItem', 'DeleteItem', 'Scan', 'PartiQLSelect']) {
        expect([role, action, may(hub, role, `dynamodb:${action}`, table, keys('CLUSTER#c'))]).toEqual([
          role,
          action,
          'implicitDeny',
        ]);
      }
    }
  });

  test('the functions that record may append', () => {
    for (const role of [
      'OnAssociationDeletedRole',
      'PlanCutsRole',
      'PlanRestartRole',
      'RecordRole',
      'JudgeRoleRole',
      'RecordTighteningRole',
    ]) {
      expect(may(hub, role, 'dynamodb:PutItem', table, keys('JOURNAL#r-1'))).toBe('allow');
    }
  });

  test('no function of the hub may touch the kill switch', () => {
    for (const role of roles()) {
      for (const action of ['PutItem', 'UpdateItem']) {
        expect(may(hub, role, `dynamodb:${action}`, table, keys('BRAKE#kill'))).toBe('implicitDeny');
      }
    }
  });

  test('each function writes its own kinds of rows', () => {
    const puts = (role: string, key: string) => may(hub, role, 'dynamodb:PutItem', table, keys(key));
    expect(puts('KeepAssociationsRole', 'CLUSTER#c')).toBe('allow');
    expect(puts('KeepAssociationsRole', 'REVOCATION#r')).toBe('implicitDeny');
    expect(puts('PlanRestartRole', 'REVOCATION#r')).toBe('implicitDeny');
    expect(puts('PlanCutsRole', 'REVOCATION#r')).toBe('implicitDeny');
    expect(puts('RecordRole', 'REVOCATION#r')).toBe('allow');
    expect(puts('JudgeRoleRole', 'FINDING#r')).toBe('allow');
    expect(puts('JudgeRoleRole', 'LEASE#r')).toBe('allow');
    expect(puts('JudgeRoleRole', 'CLUSTER#c')).toBe('implicitDeny');
    expect(puts('RecordTighteningRole', 'FINDING#r')).toBe('implicitDeny');
    expect(puts('OnRoleChangedRole', 'FINDING#r')).toBe('implicitDeny');
    expect(puts('OnAssociationChangedRole', 'CLUSTER#c')).toBe('allow');
    expect(puts('GatherUsesRole', 'CLUSTER#c')).toBe('implicitDeny');
    expect(puts('PlanGrantRole', 'PLAN#g')).toBe('allow');
    expect(puts('PlanGrantRole', 'JOURNAL#g')).toBe('implicitDeny');
    expect(puts('NextWaveRole', 'PLAN#g')).toBe('implicitDeny');
    expect(puts('RecordGrantRole', 'PLAN#g')).toBe('implicitDeny');
    expect(puts('ApiRole', 'JOURNAL#g')).toBe('implicitDeny');
    expect(may(hub, 'OnAssociationDeletedRole', 'dynamodb:UpdateItem', table, keys('BREAKER#c'))).toBe('allow');
    expect(may(hub, 'OnAssociationDeletedRole', 'dynamodb:UpdateItem', table, keys('REVOCATION#r'))).toBe(
      'implicitDeny',
    );
  });
});

describe('the functions that write policies', () => {
  const role = (name: string, account = PAYMENTS) => `arn:aws:iam::${account}:role/${name}`;
  const OUT_OF_BOUNDS = [
    'break-glass',
    'platform/deployer',
    'platform/deep/deployer',
    'aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS',
    'aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1',
    'podid-cut-sessions-eu-west-1',
    'podid-restart-eu-west-1',
  ];

  test.each([
    ['CutSessionsRole', 'iam:PutRolePolicy'],
    ['LiftDenyRole', 'iam:DeleteRolePolicy'],
  ])('%s may write to the roles of its account but not to these', (function_, action) => {
    for (const name of ['checkout', 'team/checkout', 'break-glass-not'])
      expect(may(spoke, function_, action, role(name))).toBe('allow');
    for (const name of OUT_OF_BOUNDS)
      expect([name, may(spoke, function_, action, role(name))]).toEqual([name, 'explicitDeny']);
    expect(may(spoke, function_, action, role('checkout', HUB))).toBe('implicitDeny');
  });

  test('the one that writes may not delete, and the other way round', () => {
    expect(may(spoke, 'CutSessionsRole', 'iam:DeleteRolePolicy', role('checkout'))).toBe('implicitDeny');
    expect(may(spoke, 'LiftDenyRole', 'iam:PutRolePolicy', role('checkout'))).toBe('implicitDeny');
  });

  test('TightenTrustRole may write the trust of roles under management alone, and of none that is excluded', () => {
    const write = (name: string, account = PAYMENTS) =>
      may(spoke, 'TightenTrustRole', 'iam:UpdateAssumeRolePolicy', role(name, account));
    for (const name of ['orders', 'team/orders', 'team/deep/orders'])
      expect([name, write(name)]).toEqual([name, 'allow']);
    for (const name of ['checkout', 'x/orders', 'orders-2', 'team'])
      expect([name, write(name)]).toEqual([name, 'implicitDeny']);
    // `platform/shared` is under management too: excluded wins.
    for (const name of [...OUT_OF_BOUNDS, 'platform/shared'])
      expect([name, write(name)]).toEqual([name, 'explicitDeny']);
    expect(write('orders', HUB)).toBe('implicitDeny');
    for (const file of ['CutSessionsRole', 'LiftDenyRole', 'ReadRoleRole'])
      expect(may(spoke, file, 'iam:UpdateAssumeRolePolicy', role('orders'))).toBe('implicitDeny');
    expect(may(spoke, 'TightenTrustRole', 'iam:PutRolePolicy', role('orders'))).toBe('implicitDeny');
  });

  test('without roles under management, nothing may write a trust policy', () => {
    const stacks = synthesize({
      hub: { account: HUB, region: 'eu-west-1' },
      spokes: [{ name: 'bare', account: PAYMENTS }],
    });
    const bare = resourcesOf(stacks.find(({ name }) => name.includes('spoke')));
    for (const [id] of ofType(bare, 'AWS::IAM::Role'))
      expect([id, may(bare, id, 'iam:UpdateAssumeRolePolicy', role('orders'))]).toEqual([id, 'implicitDeny']);
    expect(may(bare, 'TightenTrustRole', 'iam:GetRole', role('orders'))).toBe('allow');
  });

  test("apply-role makes roles under our path, with our boundary and a grant's tags, and no others", () => {
    const ours = {
      'iam:PermissionsBoundary': `arn:aws:iam::${PAYMENTS}:policy/podid-boundary`,
      'aws:RequestTag/podid:grant': 'g-0123456789abcdef',
      'aws:TagKeys': ['podid:grant', 'podid:team', 'podid:made-by'],
    };
    const make = (name: string, context: Record<string, string | string[]>) =>
      may(spoke, 'ApplyRoleRole', 'iam:CreateRole', role(name), context);
    expect(make('podid/web', ours)).toBe('allow');
    expect(make('web', ours)).toBe('implicitDeny');
    expect(make('podid/web', { ...ours, 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/Any' })).toBe(
      'implicitDeny',
    );
    expect(make('podid/web', { ...ours, 'aws:TagKeys': ['podid:grant', 'team'] })).toBe('implicitDeny');
    expect(make('podid-web', ours)).toBe('explicitDeny');
    const put = (name: string, context = {}) => may(spoke, 'ApplyRoleRole', 'iam:PutRolePolicy', role(name), context);
    expect([put('podid/web', ours), put('podid/web'), put('team/x'), put('web')]).toEqual([
      'allow',
      'implicitDeny',
      'allow',
      'implicitDeny',
    ]);
  });

  test('roles are passed to pods alone, and only ours and those under management', () => {
    for (const function_ of ['AssociateRole', 'UndoGrantRole']) {
      const pass = (name: string, to: string) =>
        may(spoke, function_, 'iam:PassRole', role(name), { 'iam:PassedToService': to });
      expect(['podid/web', 'team/x', 'web', 'podid-x'].map((name) => pass(name, 'pods.eks.amazonaws.com'))).toEqual([
        'allow',
        'allow',
        'implicitDeny',
        'explicitDeny',
      ]);
      expect(pass('podid/web', 'ec2.amazonaws.com')).toBe('implicitDeny');
    }
  });

  test("without exclusions, AWS's roles and our own are still out of bounds", () => {
    const stacks = synthesize({
      hub: { account: HUB, region: 'eu-west-1' },
      spokes: [{ name: 'bare', account: PAYMENTS }],
    });
    const bare = resourcesOf(stacks.find(({ name }) => name.includes('spoke')));
    for (const name of OUT_OF_BOUNDS.slice(3))
      expect(may(bare, 'CutSessionsRole', 'iam:PutRolePolicy', role(name))).toBe('explicitDeny');
    expect(may(bare, 'RestartRole', 'eks:DescribeCluster', `arn:aws:eks:eu-west-1:${PAYMENTS}:cluster/payments`)).toBe(
      'implicitDeny',
    );
  });
});

describe('between the accounts', () => {
  test("every spoke function lets in the role of call-spoke, which is the hub's, and nobody else", () => {
    const grants = ofType(spoke, 'AWS::Lambda::Permission').map(([, { FunctionName, Action, Principal }]) => ({
      FunctionName,
      Action,
      Principal,
    }));
    expect(grants).toEqual(
      ofType(spoke, 'AWS::Lambda::Function').map(([id]) => ({
        FunctionName: `arn:aws:test:::${id}`,
        Action: 'lambda:InvokeFunction',
        Principal: `arn:aws:iam::${HUB}:role/podid-call-spoke`,
      })),
    );
    expect(hub.CallSpokeRole?.Properties.RoleName).toBe('podid-call-spoke');
  });

  test('call-spoke may invoke our functions where the configuration has a spoke; a machine only what its states name', () => {
    const at = (name: string, account = PAYMENTS, region = 'eu-west-1') =>
      `arn:aws:lambda:${region}:${account}:function:${name}`;
    const invoke = (arn: string, role = 'CallSpokeRole') => may(hub, role, 'lambda:InvokeFunction', arn);
    expect(invoke(at('podid-cut-sessions'))).toBe('allow');
    expect(invoke(at('podid-cut-sessions', PAYMENTS, 'us-east-1'))).toBe('allow');
    expect(invoke(at('podid-cut-sessions', PAYMENTS, 'eu-central-1'))).toBe('implicitDeny');
    expect(invoke(at('podid-cut-sessions', '999999999999'))).toBe('implicitDeny');
    expect(invoke(at('somebody-elses'))).toBe('implicitDeny');
    expect(invoke('arn:aws:test:::PlanCuts', 'RevokeMachineRole')).toBe('allow');
    expect(invoke('arn:aws:test:::CallSpoke', 'RevokeMachineRole')).toBe('allow');
    expect(invoke('arn:aws:test:::KeepAssociations', 'RevokeMachineRole')).toBe('implicitDeny');
    expect(invoke('arn:aws:test:::JudgeRole', 'TrustMachineRole')).toBe('allow');
    expect(invoke('arn:aws:test:::PlanCuts', 'TrustMachineRole')).toBe('implicitDeny');
    expect(invoke(at('podid-cut-sessions'), 'RevokeMachineRole')).toBe('implicitDeny');
  });

  test("the bus takes events from the spokes' accounts and nobody else", () => {
    expect(ofType(hub, 'AWS::Events::EventBusPolicy')).toEqual([
      [
        'SpokesForward',
        expect.objectContaining({
          Statement: {
            Effect: 'Allow',
            Principal: { AWS: [`arn:aws:iam::${PAYMENTS}:root`] },
            Action: 'events:PutEvents',
            Resource: 'arn:aws:test:::Bus',
          },
        }),
      ],
    ]);
  });
});
