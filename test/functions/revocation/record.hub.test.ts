/** The three hub functions of the machine, on a real (in-memory) DynamoDB: what they read, journal and keep. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Context } from 'aws-lambda';
import type { CutTask } from '../../../functions/revocation/contract.ts';
import { NOTHING_KNOWN } from '../../../functions/revocation/known-roles.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { association, config, revocation, role } from '../../statemachines/revoke-world.ts';
import { type Dynamo, startDynamo } from '../store/dynalite.ts';

let dynamo: Dynamo;
let store: Store;
const folder = mkdtempSync(join(tmpdir(), 'podid-hub-'));

beforeAll(async () => {
  dynamo = await startDynamo();
  store = openStore(dynamo.client);
  const file = join(folder, 'podid.config.json');
  writeFileSync(file, JSON.stringify(config()));
  Object.assign(process.env, {
    PODID_CONFIG_FILE: file,
    AWS_ENDPOINT_URL: dynamo.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
  });
});
afterAll(async () => {
  const { dynamo: client } = await import('../../../functions/runtime/dynamo.ts');
  client().destroy();
  await dynamo.close();
  rmSync(folder, { recursive: true });
});

const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'podid-test',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111111111111:function:podid-test',
  memoryLimitInMB: '512',
  awsRequestId: '0b0c0d0e-0000-4000-8000-000000000000',
  logGroupName: '/aws/lambda/podid-test',
  logStreamName: 'test',
  getRemainingTimeInMillis: () => 30_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};
/** Calls a hub function with what JSON makes of the input, as Lambda does. */
const call = async (file: 'plan-cuts' | 'plan-restart' | 'record', input: unknown): Promise<Record<string, never>> => {
  const { handler } = await import(`../../../functions/revocation/${file}.hub.ts`);
  return JSON.parse(JSON.stringify(await handler(JSON.parse(JSON.stringify(input)), context)));
};

const SINCE = new Date().toISOString();
const begun = async (id: string) => {
  const input = revocation({ id, since: SINCE });
  await store.revocations.elect(input, SINCE);
  return input;
};
const nothing = { cluster: 'present', readAt: SINCE };
const journalOf = async (id: string): Promise<string[]> =>
  (await store.journal.of(id)).map(({ kind, step, by }) => `${kind} ${step} ${by}`);

describe('plan-cuts', () => {
  it('journals the intent before it hands out the cut, and keeps the deny once it stands', async () => {
    const input = await begun('r-plan-1');
    const first = await call('plan-cuts', {
      revocation: input,
      phase: 'first',
      associations: nothing,
      known: NOTHING_KNOWN,
      ran: [],
    });
    const cuts: CutTask[] = first.cuts ?? [];
    expect(cuts).toMatchObject([{ write: true, trace: true, cut: { roleArn: role('checkout-api') } }]);
    expect(await journalOf('r-plan-1')).toEqual(['intent cut-sessions plan-cuts', 'note read-associations plan-cuts']);
    expect(await store.denies.of(input.identity)).toEqual([]);

    const outcome = { Payload: { status: 'cut', policyName: 'podid-deny-1', at: new Date().toISOString() } };
    const ran = cuts.map(({ cut }) => ({ cut, outcome, trace: {} }));
    const again = { revocation: input, phase: 'first', associations: nothing, known: first.known, ran };
    const second = await call('plan-cuts', again);
    // A crash after the answer: the same call once more changes nothing.
    await call('plan-cuts', again);
    expect(second).toMatchObject({ next: 'settle', ran: [] });
    expect(await store.denies.of(input.identity)).toMatchObject([{ status: 'in-force', policyName: 'podid-deny-1' }]);
    expect((await journalOf('r-plan-1')).filter((line) => line.startsWith('accepted'))).toEqual([
      'accepted cut-sessions plan-cuts',
    ]);
  });

  it('reads the kill switch each time', async () => {
    const input = await begun('r-kill-1');
    const facts = { revocation: input, phase: 'first', associations: nothing, known: NOTHING_KNOWN, ran: [] };
    await store.brakes.setKillSwitch({ on: true, by: 'bob', at: SINCE, why: 'incident 7' });
    expect(await call('plan-cuts', facts)).toMatchObject({
      held: expect.stringContaining('incident 7'),
      cuts: [{ write: false }],
    });
    await store.brakes.setKillSwitch({ on: false, by: 'bob', at: SINCE, why: 'over' });
    expect(await call('plan-cuts', facts)).toMatchObject({ cuts: [{ write: true }] });
  });

  it('keeps what was read of another association, and asks who else has a role without tags', async () => {
    const identity = { ...revocation().identity, serviceAccount: 'web' };
    const former = association({ disableSessionTags: true, roleArn: role('shared') });
    await store.associations.keep(identity, { state: { ...former, associationId: 'a-web' }, revision: SINCE });
    const input = { ...(await begun('r-untagged-1')), former };
    const now = association({ associationId: 'a-9', createdAt: SINCE, modifiedAt: SINCE, roleArn: role('new') });
    await call('plan-cuts', {
      revocation: input,
      phase: 'first',
      associations: { ...nothing, association: now },
      known: NOTHING_KNOWN,
      ran: [],
    });
    expect((await store.associations.lastKnown(input.identity, 'a-9'))?.seen.at(-1)?.state).toEqual(now);
  });

  it('refuses an input that it can not read, and names the field', async () => {
    await expect(call('plan-cuts', { phase: 'first' })).rejects.toMatchObject({
      name: 'InputMalformed',
      message: expect.stringContaining('revocation'),
    });
  });
});

it('plan-restart journals what it tells and to whom', async () => {
  const input = await begun('r-restart-1');
  const assessment = {
    workloads: [{ workload: { kind: 'Deployment', name: 'api' }, pods: 3 }],
    omitted: 0,
    pods: { before: 3, all: 3 },
    fallback: { nodeRoles: [] },
    warnings: [],
  };
  const facts = {
    revocation: input,
    question: { since: SINCE, associated: false },
    assessment,
    verification: {},
    ran: [],
    told: [],
    deadline: null,
    lastAsked: false,
    trouble: null,
    round: 0,
  };
  expect(await call('plan-restart', facts)).toMatchObject({
    next: 'restart',
    chunks: [{ workloads: [{ name: 'api' }] }],
  });
  expect(await journalOf('r-restart-1')).toEqual(['intent restart plan-restart', 'note assess plan-restart']);
});

describe('record', () => {
  const state = (input: ReturnType<typeof revocation>, more: object = {}) => ({
    revocation: input,
    phase: 'first',
    associations: {},
    plan: { Payload: { known: NOTHING_KNOWN, ran: [] } },
    assessment: {},
    restart: { Payload: { ran: [], told: [], deadline: null, lastAsked: false, trouble: null, round: 0 } },
    verification: {},
    ...more,
  });

  it('ends a revocation that got nowhere as failed, with what is left to do', async () => {
    const input = await begun('r-nowhere-1');
    const error = {
      Error: 'ServiceUnavailable',
      Cause: JSON.stringify({ errorType: 'ServiceUnavailable', errorMessage: 'DynamoDB is away' }),
    };
    expect(await call('record', state(input, { error }))).toMatchObject({
      outcome: 'failed',
      findings: ['MachineFailed'],
    });
    expect(await store.revocations.get('r-nowhere-1')).toMatchObject({
      status: 'ended',
      outcome: 'failed',
      story: {
        findings: [
          {
            reason: 'MachineFailed',
            sentence: expect.stringContaining('DynamoDB is away'),
            remedy: expect.stringContaining('podid revocations retry r-nowhere-1'),
          },
        ],
      },
    });
  });

  it('gives the deny its time, and a second run changes nothing', async () => {
    const input = await begun('r-record-1');
    const at = new Date().toISOString();
    const deny = {
      roleArn: role('recorded'),
      account: '222222222222',
      region: 'eu-central-1',
      do: 'cut',
      form: 'tags',
      traced: true,
      ranIn: 'first',
      acceptedAt: at,
      outcome: { status: 'cut', policyName: 'podid-deny-2', at },
    };
    const full = state(input, {
      plan: { Payload: { known: { ...NOTHING_KNOWN, roles: [deny] }, ran: [], standing: 'gone' } },
    });
    await call('record', full);
    const row = await store.revocations.get('r-record-1');
    await call('record', full);
    expect(await store.revocations.get('r-record-1')).toEqual(row);
    expect(await journalOf('r-record-1')).toEqual(['outcome record record']);
    const due = new Date(Date.parse(at) + (6 * 3600 + 600) * 1000).toISOString();
    expect((await store.denies.of(input.identity)).find(({ roleArn }) => roleArn === role('recorded'))).toMatchObject({
      dueAt: due,
    });
    expect((await store.denies.due(due, 10)).map(({ roleArn }) => roleArn)).toEqual([role('recorded')]);
  });
});
