/** The hub's event functions for the sake of trust, on DynamoDB in memory with Step Functions mocked: what they keep, and what they start. */
import '../runtime/quiet.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { dynamo } from '../../../functions/runtime/dynamo.ts';
import type { Handler } from '../../../functions/runtime/entry.ts';
import { latest } from '../../../functions/store/association-row.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { RoleToJudge } from '../../../functions/trust/contract.ts';
import { PolicyToJudge } from '../../../functions/trust/judging/contract.ts';
import { handler as onAssociation } from '../../../functions/trust/on-association-changed.hub.ts';
import { handler as onPolicy } from '../../../functions/trust/on-policy-changed.hub.ts';
import { handler as onRole } from '../../../functions/trust/on-role-changed.hub.ts';
import { context } from '../runtime/context.ts';
import { startDynamo } from '../store/dynalite.ts';
import { ACCOUNT, config, neighbour, OTHER, role, trust } from './judging/samples.ts';

let store: Store;
let close: () => Promise<void>;
const machines = mockClient(SFNClient);

beforeAll(async () => {
  const server = await startDynamo();
  const folder = mkdtempSync(path.join(tmpdir(), 'podid-on-changed-'));
  const file = path.join(folder, 'podid.config.json');
  writeFileSync(file, JSON.stringify(config()));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    PODID_CONFIG_FILE: file,
  });
  store = openStore(server.client);
  close = async () => {
    dynamo().destroy();
    await server.close();
    rmSync(folder, { recursive: true });
  };
});
afterAll(() => close());
beforeEach(() => {
  machines.reset();
  machines.on(StartExecutionCommand).resolves({});
});

let events = 0;
type Call = { readonly request?: object; readonly response?: object; readonly account?: string; readonly id?: string };
/** A CloudTrail record in EventBridge's envelope. */
const event = (eventName: string, { request = {}, response, account = ACCOUNT, id }: Call = {}, service = 'iam') => {
  events += 1;
  return {
    version: '0',
    id: 'envelope',
    'detail-type': 'AWS API Call via CloudTrail',
    source: `aws.${service}`,
    account,
    time: '2026-03-01T12:00:00Z',
    region: service === 'iam' ? 'us-east-1' : 'eu-west-1',
    resources: [],
    detail: {
      eventVersion: '1.09',
      userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/mallory`, accountId: account },
      eventTime: '2026-03-01T12:00:00Z',
      eventSource: `${service}.amazonaws.com`,
      eventName,
      requestParameters: request,
      responseElements: response ?? null,
      eventID: id ?? `3f9e1c1e-0c2b-4b0e-9d8f-${String(events).padStart(12, '0')}`,
      readOnly: false,
    },
  };
};
const tell = (handler: Handler<unknown>, told: unknown) => handler(told, context('podid-on-changed'));
/** The inputs of the executions that were started, each as the machine reads it. */
const started = () =>
  machines.commandCalls(StartExecutionCommand).map((call) => {
    const { name, input, stateMachineArn } = call.args[0].input;
    expect(stateMachineArn).toBe('arn:aws:states:eu-west-1:999988887777:stateMachine:podid-trust');
    const parsed = RoleToJudge.or(PolicyToJudge).parse(JSON.parse(input ?? 'null'));
    expect(parsed.id).toBe(name);
    return parsed;
  });
const judged = () => started().map((input) => ('roleArn' in input ? input.roleArn : input.policyArn));
const associate = async (name: string, roleArn: string, change: Parameters<typeof neighbour>[2] = {}) => {
  const { identity, state } = neighbour(name, roleArn, change);
  await store.associations.keep(identity, { state, revision: '2026-03-01T10:00:00.000Z' });
};

describe('a change of a role', () => {
  const trustChanged = (roleName: string, policyDocument: string, more: Call = {}) =>
    event('UpdateAssumeRolePolicy', { request: { roleName, policyDocument }, ...more });

  it('is a reason to judge it, with who did it and when', async () => {
    await tell(onRole, trustChanged('orders', trust()));
    expect(started()).toEqual([
      {
        roleArn: role('orders'),
        id: expect.any(String),
        cause: {
          kind: 'RoleTrustChanged',
          at: '2026-03-01T12:00:00.000Z',
          actor: expect.objectContaining({ arn: expect.stringContaining('mallory') }),
        },
      },
    ]);
  });

  it('told twice starts one execution, or the same again', async () => {
    const told = trustChanged('orders', trust());
    const answers = [await tell(onRole, told), await tell(onRole, told)];
    expect(answers[1]).toEqual(answers[0]);
    expect(new Set(started().map(({ id }) => id)).size).toBe(1);
  });

  it('that has nothing to do with us is ignored, and the answer says why', async () => {
    expect(await tell(onRole, trustChanged('lambda', '{"Service":"lambda.amazonaws.com"}'))).toEqual({
      started: [],
      ignored: [expect.stringContaining(`${role('lambda')} has no association`)],
    });
    expect(await tell(onRole, trustChanged('orders', trust(), { account: '000000000000' }))).toMatchObject({
      ignored: [expect.stringContaining('does not name')],
    });
    expect(judged()).toEqual([]);
  });

  it('that is associated under a path is found by its name', async () => {
    await tell(
      onRole,
      event('CreateRole', {
        request: { roleName: 'deep' },
        response: { role: { arn: role('a/b/deep'), roleName: 'deep' } },
      }),
    );
    await associate('deep', role('a/b/deep'));
    await tell(onRole, event('DeleteRole', { request: { roleName: 'deep' } }));
    expect(judged()).toEqual([role('a/b/deep')]);
  });

  it('is one for its target roles too', async () => {
    await associate('chained', role('source'), { targetRoleArn: role('ledger', OTHER) });
    await tell(
      onRole,
      event('DetachRolePolicy', { request: { roleName: 'source', policyArn: `arn:aws:iam::${ACCOUNT}:policy/p` } }),
    );
    expect(judged()).toEqual([role('source'), role('ledger', OTHER)]);
    expect(new Set(started().map(({ id }) => id)).size).toBe(2);
  });

  it('with open findings is judged until they are resolved', async () => {
    const found = { reason: 'X', severity: 'error', sentence: 'X.' } as const;
    const judgement = (at: string) => ({ at, cause: { kind: 'X' }, complete: true });
    await store.findings.keep(role('once'), [found], judgement('2026-03-01T12:00:00Z'));
    const untagged = () => event('UntagRole', { request: { roleName: 'once', tagKeys: ['x'] } });
    await tell(onRole, untagged());
    expect(judged()).toEqual([role('once')]);
    await store.findings.keep(role('once'), [], judgement('2026-03-01T13:00:00Z'));
    await tell(onRole, untagged());
    expect(judged()).toEqual([role('once')]);
  });
});

describe('a change of a managed policy', () => {
  const changed = (account: string) =>
    event('SetDefaultPolicyVersion', {
      request: { policyArn: `arn:aws:iam::${account}:policy/orders`, versionId: 'v2' },
      account,
    });

  it('is asked about in its account', async () => {
    await tell(onPolicy, changed(ACCOUNT));
    expect(started()).toEqual([
      {
        policyArn: `arn:aws:iam::${ACCOUNT}:policy/orders`,
        account: ACCOUNT,
        region: 'eu-central-1',
        id: expect.any(String),
        cause: expect.objectContaining({ kind: 'ManagedPolicyChanged' }),
      },
    ]);
  });

  it('of an account without a spoke is ignored', async () => {
    expect(await tell(onPolicy, changed('000000000000'))).toMatchObject({
      ignored: expect.stringContaining('000000000000'),
    });
    expect(judged()).toEqual([]);
  });
});

describe('a change of an association', () => {
  const CLUSTER = { account: ACCOUNT, region: 'eu-west-1', cluster: 'payments' };
  const changed = (eventName: string, name: string, association?: object) => {
    const request = { name: 'payments', associationId: `a-${name}`, namespace: 'checkout', serviceAccount: name };
    const whole = {
      associationId: `a-${name}`,
      associationArn: `arn:aws:eks:eu-west-1:${ACCOUNT}:podidentityassociation/payments/a-${name}`,
      clusterName: 'payments',
      namespace: 'checkout',
      serviceAccount: name,
      disableSessionTags: false,
      createdAt: 1_772_358_000,
      modifiedAt: 1_772_358_000,
      ...association,
    };
    const response = association === undefined ? {} : { response: { association: whole } };
    return event(eventName, { request, ...response }, 'eks');
  };

  it('is kept before its roles are judged', async () => {
    let known: unknown;
    machines.on(StartExecutionCommand).callsFake(async () => {
      known = await store.associations.lastKnown(CLUSTER, 'a-new');
      return {};
    });
    const given = { roleArn: role('team/new'), targetRoleArn: role('ledger', OTHER) };
    await tell(onAssociation, changed('CreatePodIdentityAssociation', 'new', given));
    expect(judged()).toEqual([role('team/new'), role('ledger', OTHER)]);
    expect(known).toMatchObject({ seen: [{ state: given }] });
    expect(await store.roles.named(ACCOUNT, 'new')).toBe(role('team/new'));
  });

  it('judges the role that it gave before, too', async () => {
    await associate('moved', role('team/old'));
    const moved = { roleArn: role('team/next'), modifiedAt: 1_772_366_400 };
    await tell(onAssociation, changed('UpdatePodIdentityAssociation', 'moved', moved));
    expect(judged()).toEqual([role('team/next'), role('team/old')]);
  });

  it('that was deleted counts no more when its role is judged, even where the event tells ids alone', async () => {
    await associate('left', role('team/left'));
    await tell(onAssociation, changed('DeletePodIdentityAssociation', 'left'));
    expect(judged()).toEqual([role('team/left')]);
    expect(await store.associations.ofRole(role('team/left'))).toEqual([]);
    const row = await store.associations.lastKnown(CLUSTER, 'a-left');
    expect([row?.gone, row && latest(row)?.roleArn]).toEqual(['2026-03-01T12:00:00.000Z', role('team/left')]);
  });

  it('that nobody knows is left to revocation to complain of', async () => {
    expect(await tell(onAssociation, changed('DeletePodIdentityAssociation', 'never'))).toMatchObject({
      ignored: expect.stringContaining('neither the event nor our table'),
    });
    expect(judged()).toEqual([]);
  });
});
