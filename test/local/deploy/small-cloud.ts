/** A local cloud with the engine's services, for tests: two accounts, roles and functions made in a line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCloud, type LocalCloud } from '../../../local/cloud.ts';
import type { Service } from '../../../local/contract.ts';
import { backgroundOf } from '../../../local/services/background.ts';
import { defineFunction, type FunctionSettings, type LambdaFunction } from '../../../local/services/lambda/index.ts';

export const HUB = '111122223333';
export const SPOKE = '444455556666';
export const REGION = 'eu-west-1';

export type SmallCloud = {
  readonly cloud: LocalCloud;
  /** What would have been a metric in AWS. */
  readonly reports: string[];
  /** A role that a service may assume, with one inline policy of these statements. */
  readonly role: (name: string, statements: readonly object[], account?: string) => Promise<string>;
  /** A function from the text of its module. */
  readonly lambda: (
    name: string,
    code: string,
    settings?: Partial<FunctionSettings>,
    account?: string,
  ) => Promise<LambdaFunction>;
  /** A call by an account's administrator. */
  readonly call: <T = Record<string, unknown>>(
    scope: string,
    operation: string,
    input: object,
    account?: string,
  ) => Promise<T>;
  readonly close: () => Promise<void>;
};

export const LOGS = { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' };

export const smallCloud = async (...services: readonly Service[]): Promise<SmallCloud> => {
  const cloud = createCloud();
  const folder = mkdtempSync(path.join(tmpdir(), 'podid-engine-'));
  const reports: string[] = [];
  backgroundOf(cloud).onReport((sentence) => reports.push(sentence));
  cloud.addAccount(HUB);
  cloud.addAccount(SPOKE);
  for (const service of services) {
    cloud.addService(service);
    service.attach?.(cloud);
  }
  await cloud.listen();
  const small: SmallCloud = {
    cloud,
    reports,
    call: async (scope, operation, input, account = HUB) =>
      // Tests name the output they expect of the operation they call.
      (await cloud.call(scope, operation, input, {
        caller: cloud.administrator(account).caller,
        region: REGION,
      })) as never,
    role: async (name, statements, account = HUB) => {
      const trust = {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      };
      await small.call(
        'iam',
        'CreateRole',
        { RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) },
        account,
      );
      if (statements.length > 0) {
        const document = JSON.stringify({ Version: '2012-10-17', Statement: statements });
        await small.call(
          'iam',
          'PutRolePolicy',
          { RoleName: name, PolicyName: 'inline', PolicyDocument: document },
          account,
        );
      }
      return `arn:aws:iam::${account}:role/${name}`;
    },
    lambda: async (name, code, settings = {}, account = HUB) => {
      const directory = mkdtempSync(path.join(folder, `${name}-`));
      writeFileSync(path.join(directory, 'index.mjs'), code);
      return defineFunction(cloud, account, REGION, {
        name,
        directory,
        roleArn: settings.roleArn ?? (await small.role(`${name}-role`, [LOGS], account)),
        handler: 'index.handler',
        runtime: 'nodejs24.x',
        architecture: 'arm64',
        environment: {},
        timeoutSeconds: 20,
        memoryMb: 128,
        ...settings,
      });
    },
    close: async () => {
      await cloud.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return small;
};
