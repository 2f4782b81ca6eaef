/** The templates as a whole: what stands in them, under which names, in which partition. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { compose, type SynthesizedStack, synth } from '../../infra/app.ts';
import { BundleMissing } from '../../infra/constructs/function.ts';
import {
  configuration,
  FUNCTIONS,
  folder,
  HUB,
  ofType,
  PAYMENTS,
  resourcesOf,
  standIns,
  synthesize,
  writeConfig,
} from './fixture.ts';

let stacks: readonly SynthesizedStack[];
const stack = (name: string) => stacks.find((one) => one.name === name);
const templateOf = (name: string) =>
  Template.fromJSON(JSON.parse(readFileSync(stack(name)?.templateFile ?? '', 'utf8')));
const SPOKE = `podid-spoke-${PAYMENTS}-eu-west-1`;

beforeAll(() => {
  stacks = synthesize(configuration(), true);
});

test('one stack for the hub, first, one for the boundary in each account, and one for each account and region; cdk-nag finds nothing unexplained', () => {
  expect(stacks.map(({ name, account, region }) => [name, account, region])).toEqual([
    ['podid-hub', HUB, 'eu-west-1'],
    [`podid-boundary-${PAYMENTS}`, PAYMENTS, 'us-east-1'],
    [SPOKE, PAYMENTS, 'eu-west-1'],
    [`podid-spoke-${PAYMENTS}-us-east-1`, PAYMENTS, 'us-east-1'],
  ]);
});

test('cdk-nag stops synthesis at a permission that nobody explained', () => {
  const outDir = folder('cdk');
  const app = compose({ configFile: writeConfig(configuration()), outDir, bundleDir: standIns() });
  const role = new Role(Stack.of(app.node.findChild('podid-hub')), 'Careless', {
    assumedBy: new AccountRootPrincipal(),
  });
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::bucket/*'] }));
  expect(() => app.synth()).toThrow('AwsSolutions-IAM5[Resource::arn:aws:s3:::bucket/*]');
});

test('the same input gives the same templates', () => {
  const again = synthesize();
  for (const [index, { templateFile }] of stacks.entries()) {
    expect(readFileSync(again[index]?.templateFile ?? '', 'utf8')).toBe(readFileSync(templateFile, 'utf8'));
  }
});

test('each function is deployed once in its stack, as its file is called', () => {
  const deployed = (name: string) =>
    ofType(resourcesOf(stack(name)), 'AWS::Lambda::Function').map(([, { FunctionName }]) => FunctionName);
  const files = (where: string) =>
    FUNCTIONS.filter(({ runsIn }) => runsIn === where).map(({ name }) => `podid-${name}`);
  expect(deployed('podid-hub').sort()).toEqual(files('hub').sort());
  expect(deployed(SPOKE).sort()).toEqual(files('spoke').sort());
});

test('every function: Node 24 on arm64, traced, with a role and a log group of its own', () => {
  for (const name of ['podid-hub', SPOKE]) {
    const template = templateOf(name);
    const functions = template.findResources('AWS::Lambda::Function');
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      TracingConfig: { Mode: 'Active' },
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    for (const [id, { Properties }] of Object.entries(functions)) {
      expect(Properties.Role).toEqual({ 'Fn::GetAtt': [`${id}Role`, 'Arn'] });
      expect(Properties.LoggingConfig).toEqual({ LogGroup: { Ref: `${id}Logs` } });
      expect(Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME).toBe(
        Properties.FunctionName.replace('podid-', ''),
      );
    }
  }
});

test('what the hub must not lose is protected: the table', () => {
  templateOf('podid-hub').hasResource('AWS::DynamoDB::Table', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: Match.objectLike({
      TableName: 'podid',
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  });
  const [[, { GlobalSecondaryIndexes }] = ['', {}]] = ofType(resourcesOf(stack('podid-hub')), 'AWS::DynamoDB::Table');
  const keys = (Array.isArray(GlobalSecondaryIndexes) ? GlobalSecondaryIndexes : []).map(({ IndexName, KeySchema }) => [
    IndexName,
    ...KeySchema.map(({ AttributeName }: { AttributeName: string }) => AttributeName),
  ]);
  expect(keys).toEqual([
    ['byRole', 'gsiRolePk', 'gsiRoleSk'],
    ['byTime', 'gsiTimePk', 'gsiTimeSk'],
    ['due', 'duePk', 'dueSk'],
  ]);
});

test.each([
  ['OnAssociationCreated', 'CreatePodIdentityAssociation'],
  ['OnAssociationUpdated', 'UpdatePodIdentityAssociation'],
  ['OnAssociationDeleted', 'DeletePodIdentityAssociation'],
])(
  "%s answers %s, on the hub's bus, from the configured accounts; what fails goes to the dead letters",
  (id, eventName) => {
    const template = templateOf('podid-hub');
    const queue = { 'Fn::GetAtt': ['DeadLetters', 'Arn'] };
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: 'Bus' },
      EventPattern: {
        source: ['aws.eks'],
        'detail-type': ['AWS API Call via CloudTrail'],
        account: [PAYMENTS],
        detail: { eventSource: ['eks.amazonaws.com'], eventName: [eventName] },
      },
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [id, 'Arn'] }, DeadLetterConfig: { Arn: queue } })],
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: id },
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: queue } },
    });
  },
);

test.each([
  ['OnAssociationChanged', 'eks', ['CreatePodIdentityAssociation']],
  ['OnRoleChanged', 'iam', ['UpdateAssumeRolePolicy', 'CreateRole', 'DeleteRole', 'TagRole', 'PutRolePolicy']],
  ['OnPolicyChanged', 'iam', ['CreatePolicyVersion', 'SetDefaultPolicyVersion']],
])("%s answers what %s tells, on the hub's bus, from the configured accounts", (id, service, eventNames) => {
  templateOf('podid-hub').hasResourceProperties('AWS::Events::Rule', {
    EventBusName: { Ref: 'Bus' },
    EventPattern: {
      source: [`aws.${service}`],
      account: [PAYMENTS],
      detail: { eventSource: [`${service}.amazonaws.com`], eventName: Match.arrayWith(eventNames) },
    },
    Targets: [
      Match.objectLike({
        Arn: { 'Fn::GetAtt': [id, 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
      }),
    ],
  });
});

test('a spoke forwards what the hub answers, with a role that can do that alone', () => {
  templateOf(SPOKE).hasResourceProperties('AWS::Events::Rule', {
    EventBusName: Match.absent(),
    EventPattern: {
      source: ['aws.eks'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        eventSource: ['eks.amazonaws.com'],
        eventName: ['CreatePodIdentityAssociation', 'UpdatePodIdentityAssociation', 'DeletePodIdentityAssociation'],
      },
    },
    Targets: [
      Match.objectLike({
        Arn: `arn:aws:events:eu-west-1:${HUB}:event-bus/podid`,
        RoleArn: { 'Fn::GetAtt': ['ForwardEventsRole', 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
      }),
    ],
  });
});

describe('queues', () => {
  test.each(['podid-hub', SPOKE])('%s: encrypted, over TLS alone, watched', (name) => {
    const template = templateOf(name);
    template.allResourcesProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { Namespace: 'AWS/SQS', Threshold: 0 });
  });
});

describe('the ways into a cluster', () => {
  test('each configured cluster of the region has an entry for each function that goes there, with its group', () => {
    const entries = ofType(resourcesOf(stack(SPOKE)), 'AWS::EKS::AccessEntry').map(([, properties]) => properties);
    const role = (file: string) => `arn:aws:iam::${PAYMENTS}:role/podid-${file}-eu-west-1`;
    expect(entries).toEqual([
      { ClusterName: 'payments', PrincipalArn: role('assess'), Type: 'STANDARD', KubernetesGroups: ['podid-observe'] },
      ...['list-service-accounts', 'read-cluster'].map((file) => ({
        ClusterName: 'payments',
        PrincipalArn: role(file),
        Type: 'STANDARD',
        KubernetesGroups: ['podid-observe'],
      })),
      { ClusterName: 'payments', PrincipalArn: role('restart'), Type: 'STANDARD', KubernetesGroups: ['podid-restart'] },
      { ClusterName: 'payments', PrincipalArn: role('verify'), Type: 'STANDARD', KubernetesGroups: ['podid-observe'] },
    ]);
  });

  // EKS pins a role's unique id in the entry. Whoever changes a name here shuts podid out of every cluster at the next upgrade.
  test.each([
    ['Assess', 'podid-assess-eu-west-1'],
    ['ListServiceAccounts', 'podid-list-service-accounts-eu-west-1'],
    ['ReadCluster', 'podid-read-cluster-eu-west-1'],
    ['Restart', 'podid-restart-eu-west-1'],
    ['Verify', 'podid-verify-eu-west-1'],
  ])(
    '%sRole keeps its logical id, name and path: nothing else would make CloudFormation replace it',
    (id, roleName) => {
      const role = resourcesOf(stack(SPOKE))[`${id}Role`];
      expect(role).toMatchObject({ Type: 'AWS::IAM::Role', Properties: { RoleName: roleName } });
      expect(role?.Properties).not.toHaveProperty('Path');
    },
  );

  test('names that differ in punctuation alone stay apart', () => {
    const entries = resourcesOf(stack(`podid-spoke-${PAYMENTS}-us-east-1`));
    expect(Object.keys(entries)).toContain('RestartEnterspayBarmentsDash2');
  });
});

test("the hub's account can be a spoke too: no two things of one kind have one name", () => {
  const both = synthesize(
    configuration({ spokes: [{ name: 'own', account: HUB, clusters: [{ name: 'c', region: 'eu-west-1' }] }] }),
  );
  const names = both.flatMap((one) =>
    Object.values(resourcesOf(one)).flatMap(({ Type, Properties }) =>
      Object.entries(Properties)
        .filter(([key]) =>
          /^(FunctionName|RoleName|QueueName|LogGroupName|TableName|AlarmName|StateMachineName)$/.test(key),
        )
        .filter(() => !['AWS::Lambda::Permission', 'AWS::Lambda::EventInvokeConfig'].includes(Type))
        .map(([key, value]) => `${Type} ${key} ${String(value)}`),
    ),
  );
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each([
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
])('in %s every ARN is of the partition %s', (region, partition) => {
  const elsewhere = synthesize({
    hub: { account: HUB, region },
    spokes: [{ name: 'own', account: PAYMENTS, clusters: [{ name: 'c', region }], excludedRoles: ['admin'] }],
  });
  for (const { templateFile } of elsewhere) {
    const arns = readFileSync(templateFile, 'utf8').match(/arn:[a-z-]+:/g) ?? [];
    expect(new Set(arns)).toEqual(new Set([`arn:${partition}:`]));
  }
});

test('a function without a bundle stops synthesis, and the error says what to do', () => {
  const withoutRestart = standIns(FUNCTIONS.map(({ name }) => name).filter((name) => name !== 'restart'));
  const attempt = () =>
    synth({
      configFile: writeConfig(configuration()),
      outDir: folder('cdk'),
      bundleDir: withoutRestart,
      check: false,
    });
  expect(attempt).toThrow(BundleMissing);
  expect(attempt).toThrow(/podid-restart has no bundle: .*restart\/index\.mjs is missing\. Run "npm run build"/);
});
