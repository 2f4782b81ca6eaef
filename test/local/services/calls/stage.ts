/** One cloud with something of everything that calls need and don't make themselves, and a way to call it through the SDK. */
import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ec2 from '@aws-sdk/client-ec2';
import * as eks from '@aws-sdk/client-eks';
import * as events from '@aws-sdk/client-eventbridge';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import * as states from '@aws-sdk/client-sfn';
import * as sqs from '@aws-sdk/client-sqs';
import * as sts from '@aws-sdk/client-sts';
import type { Caller, Credentials } from '../../../../local/contract.ts';
import { backgroundOf } from '../../../../local/services/background.ts';
import { addInstance } from '../../../../local/services/ec2/instances.ts';
import { addCluster } from '../../../../local/services/eks/index.ts';
import { defineBus } from '../../../../local/services/events/bus.ts';
import { services } from '../../../../local/services/index.ts';
import { addPermission } from '../../../../local/services/lambda/index.ts';
import { logGroup, writeLog } from '../../../../local/services/logs/group.ts';
import { defineQueue } from '../../../../local/services/sqs/index.ts';
import { defineMachine } from '../../../../local/services/states/index.ts';
import { HUB, REGION, type SmallCloud, smallCloud } from '../../deploy/small-cloud.ts';
import { allow, PODS_TRUST, trustOf } from '../../wire/listening.ts';
import { ISSUER, irsaTrust, startIssuer } from '../sts/issuer.ts';
import type { Known } from './fill.ts';

export type Stage = {
  /** What tables may name. */
  readonly known: Known;
  /** @throws the error that an SDK client throws */
  readonly send: (scope: string, operation: string, input: object, who?: 'administrator' | 'nobody') => Promise<object>;
  readonly settled: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export const startStage = async (): Promise<Stage> => {
  const small = await smallCloud();
  for (const service of services) small.cloud.addService(service);
  const nobody = small.cloud.issueSession(await small.role('nobody', []), 'test', 'lambda.amazonaws.com');
  await furnish(small);
  const who = { administrator: small.cloud.administrator(HUB), nobody };
  const clients = {
    administrator: clientsOf(small.cloud.endpoint, who.administrator.credentials),
    nobody: clientsOf(small.cloud.endpoint, nobody.credentials),
  };
  const issuer = await startIssuer(small.cloud);
  return {
    known: new Map<string, unknown>([
      ['account', HUB],
      ['region', REGION],
      ['iam', `arn:aws:iam::${HUB}`],
      ['podsTrust', PODS_TRUST],
      ['accountTrust', trustOf(`arn:aws:iam::${HUB}:root`)],
      ['webTrust', irsaTrust(HUB, ISSUER, { StringEquals: { [`${ISSUER}:sub`]: 'system:serviceaccount:ns:web' } })],
      ['policy', allow('s3:GetObject')],
      ['otherPolicy', allow('s3:PutObject')],
      ['queues', `${small.cloud.endpoint}/${HUB}`],
      ['issuer', ISSUER],
      ['webToken', await issuer.tokenOf('ns', 'web')],
      ['strangeToken', await issuer.tokenOf('ns', 'stranger')],
    ]),
    send: (scope, operation, input, as = 'administrator') => {
      const command = commandOf(scope, operation, input);
      const client = clients[as].get(scope);
      // These clients take the commands of their own packages, which no common type knows.
      return client === undefined || command === undefined
        ? callInside(small, who[as].caller, scope, operation, input)
        : client.send(command as never);
    },
    settled: () => backgroundOf(small.cloud).settled(),
    close: async () => {
      for (const client of [...clients.administrator.values(), ...clients.nobody.values()]) client.destroy();
      await small.close();
    },
  };
};

type Client = { readonly send: (command: never) => Promise<object>; readonly destroy: () => void };

const PACKAGES: Readonly<Record<string, object>> = {
  cloudtrail,
  dynamodb,
  ec2,
  eks,
  events,
  iam,
  lambda,
  logs,
  sqs,
  states,
  sts,
};

const clientsOf = (endpoint: string, credentials: Credentials): ReadonlyMap<string, Client> => {
  const config = { endpoint, region: REGION, credentials, maxAttempts: 1 };
  return new Map<string, Client>([
    ['cloudtrail', new cloudtrail.CloudTrailClient(config)],
    ['dynamodb', new dynamodb.DynamoDBClient(config)],
    ['ec2', new ec2.EC2Client(config)],
    ['eks', new eks.EKSClient(config)],
    ['events', new events.EventBridgeClient(config)],
    ['iam', new iam.IAMClient(config)],
    ['lambda', new lambda.LambdaClient(config)],
    ['logs', new logs.CloudWatchLogsClient(config)],
    ['sqs', new sqs.SQSClient(config)],
    ['states', new states.SFNClient(config)],
    ['sts', new sts.STSClient(config)],
  ]);
};

const commandOf = (scope: string, operation: string, input: object): object | undefined => {
  const found: unknown = Reflect.get(PACKAGES[scope] ?? {}, `${operation}Command`);
  const made: unknown = typeof found === 'function' ? Reflect.construct(found, [input]) : undefined;
  return typeof made === 'object' && made !== null ? made : undefined;
};

/** Services whose client isn't among our packages: by the same path, but for the wire, which tests of theirs go over. */
const callInside = async (
  { cloud }: SmallCloud,
  caller: Caller,
  scope: string,
  operation: string,
  input: object,
): Promise<object> => {
  const answer = await cloud.call(scope, operation, input, { caller, region: REGION });
  return typeof answer === 'object' && answer !== null ? answer : {};
};

const furnish = async (small: SmallCloud): Promise<void> => {
  const { cloud } = small;
  for (const name of ['payments', 'billing', 'doomed']) {
    addCluster(cloud, {
      account: HUB,
      region: REGION,
      name,
      endpoint: 'https://127.0.0.1:6443',
      certificateAuthority: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
      issuer: `https://${ISSUER}`,
      authenticationMode: name === 'billing' ? 'CONFIG_MAP' : 'API_AND_CONFIG_MAP',
      // Tokens here are `NAMESPACE.SERVICEACCOUNT.x`.
      reviewToken: async (token) => {
        const [namespace = '', serviceAccount = '', last] = token.split('.');
        const error = { expired: 'TokenExpired', forged: 'TokenInvalid' }[last ?? ''];
        if (error !== undefined) throw Object.assign(new Error(`the token is ${last}`), { name: error });
        return { namespace, serviceAccount, pod: { name: 'pod-1', uid: 'uid-1' } };
      },
    });
  }
  for (const number of [1, 2]) {
    addInstance(cloud, { account: HUB, region: REGION, instanceId: `i-${number}`, hopLimit: 1, tags: { team: 'a' } });
    writeLog(logGroup(cloud, HUB, REGION, `group-${number}`), `stream-${number}`, cloud.now(), 'a line');
    defineQueue(cloud, HUB, REGION, { name: `queue-${number}`, visibilitySeconds: 0 });
  }
  for (const [stream, line] of [
    ['stream-1', 'another line'],
    ['stream-2', 'the last line'],
  ] as const) {
    writeLog(logGroup(cloud, HUB, REGION, 'group-1'), stream, cloud.now(), line);
  }
  defineBus(cloud, HUB, REGION, 'orders');
  const echo = await small.lambda('echo', 'export const handler = async (event) => ({ echo: event });');
  addPermission(echo, { id: 'rule', action: 'lambda:InvokeFunction', principal: 'events.amazonaws.com' });
  await small.lambda('idle', 'export const handler = async () => 1;', {
    reservedConcurrency: 0,
    roleArn: echo.roleArn,
  });
  const passing = { StartAt: 'Pass', States: { Pass: { Type: 'Pass', End: true } } };
  const waiting = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } } };
  for (const [name, definition] of Object.entries({ passing, waiting })) {
    defineMachine(cloud, HUB, REGION, { name, roleArn: echo.roleArn, definition: JSON.stringify(definition) });
  }
};
