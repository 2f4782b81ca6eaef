import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deployTemplate } from '../../../local/deploy/index.ts';
import { backgroundOf } from '../../../local/services/background.ts';
import { service as dynamodb } from '../../../local/services/dynamodb/index.ts';
import { service as events } from '../../../local/services/events/index.ts';
import { service as lambda, lambdaLimits } from '../../../local/services/lambda/index.ts';
import { service as logs } from '../../../local/services/logs/index.ts';
import { service as sqs } from '../../../local/services/sqs/index.ts';
import { service as states } from '../../../local/services/states/index.ts';
import { HUB, REGION, type SmallCloud, smallCloud } from './small-cloud.ts';

let small: SmallCloud;
let folder: string;
beforeAll(async () => {
  small = await smallCloud(events, lambda, logs, sqs, states, dynamodb);
  lambdaLimits(small.cloud).asyncDelaysMs = [1];
  folder = mkdtempSync(path.join(tmpdir(), 'podid-deploy-'));
});
afterAll(async () => {
  await small.close();
  rmSync(folder, { recursive: true, force: true });
});

const asset = (hash: string, code: string): void => {
  mkdirSync(path.join(folder, `asset.${hash}`), { recursive: true });
  writeFileSync(path.join(folder, `asset.${hash}`, 'index.mjs'), code);
};

const deploy = async (name: string, resources: object, more: object = {}) => {
  const templateFile = path.join(folder, `${name}.template.json`);
  writeFileSync(templateFile, JSON.stringify({ Resources: resources, ...more }));
  await deployTemplate(small.cloud, { templateFile, account: HUB, region: REGION, assetsDir: folder });
};

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const role = (service: string, ...statements: object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
    },
    ManagedPolicyArns: [
      {
        'Fn::Join': [
          '',
          ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
        ],
      },
    ],
    Policies: [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
  },
});
const lambdaFunction = (name: string, hash: string, roleId: string, Variables: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: name,
    Role: arn(roleId),
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Timeout: 20,
    MemorySize: 256,
    Code: { S3Bucket: { 'Fn::Join': ['-', ['assets', { Ref: 'AWS::AccountId' }]] }, S3Key: `${hash}.zip` },
    Environment: { Variables },
  },
});
const allow = (Action: string, Resource: unknown) => ({ Effect: 'Allow', Action, Resource });

describe('a template', () => {
  it('runs end to end: rule, function, machine, function, table; and what fails goes to the queue', async () => {
    const sdk = (client: string) => JSON.stringify(import.meta.resolve(`@aws-sdk/client-${client}`));
    asset(
      'begin',
      `import { SFNClient, StartExecutionCommand } from ${sdk('sfn')};
       const client = new SFNClient({});
       export const handler = async (event) => {
         if (event.detail.bad) throw new Error('bad event');
         await client.send(new StartExecutionCommand({ stateMachineArn: process.env.MACHINE, name: event.id, input: JSON.stringify(event.detail) }));
       };`,
    );
    asset(
      'finish',
      `import { DynamoDBClient, PutItemCommand } from ${sdk('dynamodb')};
       const client = new DynamoDBClient({});
       export const handler = async ({ id }) => {
         await client.send(new PutItemCommand({ TableName: process.env.TABLE, Item: { pk: { S: id } } }));
         return { kept: id };
       };`,
    );
    const definition = {
      StartAt: 'finish',
      States: {
        finish: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke',
          Parameters: { FunctionName: '@Finish@', 'Payload.$': '$' },
          OutputPath: '$.Payload',
          End: true,
        },
      },
    };
    const [before = '', after = ''] = JSON.stringify(definition).split('@Finish@');
    await deploy('mini', {
      // In an order in which nothing could be made as it stands.
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: { EventPattern: { source: ['test'] }, State: 'ENABLED', Targets: [{ Id: 'T', Arn: arn('Begin') }] },
      },
      AllowRule: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          Action: 'lambda:InvokeFunction',
          FunctionName: arn('Begin'),
          Principal: 'events.amazonaws.com',
          SourceArn: arn('Rule'),
        },
      },
      OnFailure: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: {
          FunctionName: { Ref: 'Begin' },
          Qualifier: '$LATEST',
          MaximumRetryAttempts: 1,
          DestinationConfig: { OnFailure: { Destination: arn('Dead') } },
        },
      },
      Begin: lambdaFunction('begin', 'begin', 'BeginRole', { MACHINE: { Ref: 'Machine' } }),
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: 'mini',
          RoleArn: arn('MachineRole'),
          DefinitionString: { 'Fn::Join': ['', [before, arn('Finish'), after]] },
        },
      },
      Finish: lambdaFunction('finish', 'finish', 'FinishRole', { TABLE: { Ref: 'Table' } }),
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: 'kept',
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        },
      },
      Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
      BeginRole: role(
        'lambda.amazonaws.com',
        allow('states:StartExecution', { Ref: 'Machine' }),
        allow('sqs:SendMessage', arn('Dead')),
      ),
      MachineRole: role('states.amazonaws.com', allow('lambda:InvokeFunction', arn('Finish'))),
      FinishRole: role('lambda.amazonaws.com', allow('dynamodb:PutItem', arn('Table'))),
      Metadata: { Type: 'AWS::CDK::Metadata', Properties: {} },
    });
    const Entries = [{ id: 'one' }, { bad: true }].map((detail) => ({
      Source: 'test',
      DetailType: 'Test',
      Detail: JSON.stringify(detail),
    }));
    await small.call('events', 'PutEvents', { Entries });
    await backgroundOf(small.cloud).settled();
    const { executions } = await small.call<{ executions: Array<{ status: string; executionArn: string }> }>(
      'states',
      'ListExecutions',
      {
        stateMachineArn: `arn:aws:states:${REGION}:${HUB}:stateMachine:mini`,
      },
    );
    expect(executions.map((execution) => execution.status)).toEqual(['SUCCEEDED']);
    const described = await small.call<{ output: string }>('states', 'DescribeExecution', {
      executionArn: executions[0]?.executionArn,
    });
    expect(JSON.parse(described.output)).toEqual({ kept: 'one' });
    const { Messages } = await small.call<{ Messages: Array<{ Body: string }> }>('sqs', 'ReceiveMessage', {
      QueueUrl: `${small.cloud.endpoint}/${HUB}/dead`,
    });
    expect(JSON.parse(Messages[0]?.Body ?? '')).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 2 },
      requestPayload: { detail: { bad: true } },
      responsePayload: { errorMessage: 'bad event' },
    });
  });

  it('leaves out what its conditions say', async () => {
    const queue = (Condition: string) => ({ Type: 'AWS::SQS::Queue', Condition, Properties: { QueueName: Condition } });
    const Conditions = { Yes: { 'Fn::Equals': ['a', 'a'] }, No: { 'Fn::Equals': ['a', 'b'] } };
    await deploy('conditional', { A: queue('Yes'), B: queue('No') }, { Conditions });
    const names = ['Yes', 'No'].map((QueueName) =>
      small.call('sqs', 'GetQueueUrl', { QueueName }).then(
        () => true,
        () => false,
      ),
    );
    expect(await Promise.all(names)).toEqual([true, false]);
  });

  it.each([
    ['a type that is not here', { X: { Type: 'AWS::S3::Bucket', Properties: {} } }, 'X (AWS::S3::Bucket)'],
    [
      'a circle',
      { A: { Type: 'AWS::SQS::Queue', DependsOn: 'B' }, B: { Type: 'AWS::SQS::Queue', DependsOn: ['A'] } },
      'A, B',
    ],
    ['a reference to nothing', { A: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Gone' } } } }, 'Gone'],
    [
      'an unsupported target',
      {
        R: {
          Type: 'AWS::Events::Rule',
          Properties: {
            EventPattern: { source: ['x'] },
            Targets: [{ Id: 'T', Arn: 'arn:aws:sns:eu-west-1:111122223333:t' }],
          },
        },
      },
      'sns',
    ],
    [
      'an invalid pattern',
      { R: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: 'x' } } } },
      '$.source',
    ],
    [
      'an unsupported machine',
      {
        M: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: {
            RoleArn: 'arn:aws:iam::111122223333:role/x',
            DefinitionString: '{"StartAt":"a","States":{"a":{"Type":"Pass","Next":"b"}}}',
          },
        },
      },
      'b',
    ],
  ])('is refused for %s', async (why, resources, message) => {
    await expect(deploy(why.replaceAll(' ', '-'), resources)).rejects.toMatchObject({
      name: 'TemplateUnsupported',
      message: expect.stringContaining(message),
    });
  });
});
