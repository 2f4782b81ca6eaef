/**
 * The trust machine on the local engine: the real ASL and the hub's real functions on DynamoDB in memory; IAM and the spokes' functions are a
 * small world, whose tightening is the real one. Waits take no time.
 */
import '../functions/runtime/quiet.ts';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type RunOptions, StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { mockClient } from 'aws-sdk-client-mock';
import type { Config } from '../../functions/config.ts';
import { dynamo } from '../../functions/runtime/dynamo.ts';
import type { Handler } from '../../functions/runtime/entry.ts';
import { openStore, type Store } from '../../functions/store/index.ts';
import {
  ReadRoleInput,
  type ReadRoleOutput,
  TightenInput,
  type TightenOutput,
} from '../../functions/trust/contract.ts';
import { digestOf } from '../../functions/trust/digest.ts';
import { handler as gatherUses } from '../../functions/trust/gather-uses.hub.ts';
import { handler as judgeRole } from '../../functions/trust/judge-role.hub.ts';
import { Next } from '../../functions/trust/judging/contract.ts';
import { clustersOf } from '../../functions/trust/judging/may-tighten.ts';
import { handler as recordTightening } from '../../functions/trust/record-tightening.hub.ts';
import { handler as startJudgements } from '../../functions/trust/start-judgements.hub.ts';
import { stepFor } from '../../functions/trust/tightening.ts';
import { context } from '../functions/runtime/context.ts';
import { startDynamo } from '../functions/store/dynalite.ts';
import { config, present, role } from '../functions/trust/judging/samples.ts';
import { calledBy } from './called.ts';

export type World = {
  readonly store: Store;
  /** The trust policies in IAM, by ARN. */
  readonly iam: Map<string, string>;
  /** What is read of a role in the stead of what IAM has, once each. */
  readonly stale: Map<string, string[]>;
  readonly chains: Map<string, 'allow' | 'deny'>;
  /** Runs before a state's own task; throws to make it fail, or answers in its stead. */
  readonly before: Map<string, (payload: unknown) => unknown>;
  readonly calls: { state: string; functionName: string; payload: unknown }[];
  /** The executions that were started, by name. */
  readonly started: () => unknown[];
  readonly close: () => Promise<void>;
};

export const ASL = new URL('../../statemachines/trust.asl.json', import.meta.url);

export const definition = (): StateMachineDefinition =>
  JSON.parse(
    readFileSync(ASL, 'utf8')
      .replace(/\$\{Partition\}/g, 'aws')
      .replace(/\$\{(\w+)\}/g, 'arn:aws:lambda:eu-west-1:999988887777:function:$1'),
  );

export const startWorld = async (settings: Config = config()): Promise<World> => {
  const server = await startDynamo();
  const folder = mkdtempSync(path.join(tmpdir(), 'podid-trust-'));
  const file = path.join(folder, 'podid.config.json');
  writeFileSync(file, JSON.stringify(settings));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    PODID_CONFIG_FILE: file,
  });
  const machines = mockClient(SFNClient);
  machines.on(StartExecutionCommand).resolves({});
  const store = openStore(server.client);
  const now = new Date().toISOString();
  for (const cluster of clustersOf(settings, role('any'))) {
    await store.clusters.keepSwept({ cluster, startedAt: now, completedAt: now });
  }
  return {
    store,
    iam: new Map(),
    stale: new Map(),
    chains: new Map(),
    before: new Map(),
    calls: [],
    started: () =>
      machines.commandCalls(StartExecutionCommand).map((call) => JSON.parse(call.args[0].input.input ?? 'null')),
    close: async () => {
      machines.restore();
      dynamo().destroy();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
};

export type Run = {
  readonly next?: Next;
  readonly error?: string;
  readonly visited: string[];
  readonly largest: number;
};

/** Runs the machine to its end. `largest` is the largest state in bytes. */
export const run = async (world: World, input: unknown): Promise<Run> => {
  const tasks = tasksOf(world);
  const { result, eventLogs } = new StateMachine(definition()).run(JSON.parse(JSON.stringify(input)), {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        Object.entries(tasks).map(([state, task]) => [state, (invoke: unknown) => invoked(world, state, task, invoke)]),
      ),
      waitTimeOverrides: { 'a while': 0 },
      retryIntervalOverrides: Object.fromEntries(Object.keys(tasks).map((state) => [state, 0])),
    },
  });
  const output: unknown = await result.catch(() => undefined);
  const visited: string[] = [];
  let largest = 0;
  let error: string | undefined;
  for await (const event of eventLogs) {
    if (event.type === 'ExecutionFailed') error = event.Error;
    if (!('state' in event)) continue;
    if (event.type === 'StateEntered') visited.push(event.state.name);
    largest = Math.max(largest, bytes(event.state.input), bytes(event.state.output));
  }
  const next = Next.safeParse(output).data;
  return { ...(next && { next }), ...(error === undefined ? {} : { error }), visited, largest };
};

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

type Task = (payload: unknown) => unknown;
type LocalTask = NonNullable<NonNullable<RunOptions['overrides']>['taskResourceLocalHandlers']>[string];

const invoked = async (
  world: World,
  state: string,
  task: Task,
  invoke: unknown,
): Promise<Awaited<ReturnType<LocalTask>>> => {
  const { functionName, payload } = calledBy(invoke);
  world.calls.push({ state, functionName, payload });
  const instead = world.before.get(state)?.(payload);
  // As Lambda does: what is undefined is not there.
  return JSON.parse(JSON.stringify({ Payload: instead ?? (await task(payload)) }));
};

const hub =
  (file: string, handler: Handler<unknown>): Task =>
  (payload) =>
    handler(payload, context(`podid-${file}`));

const tasksOf = (world: World): Record<string, Task> => ({
  'gather-uses': hub('gather-uses', gatherUses),
  'judge-role': hub('judge-role', judgeRole),
  'record-tightening': hub('record-tightening', recordTightening),
  'start-judgements': hub('start-judgements', startJudgements),
  'read-role': (payload) => readRole(world, payload),
  'tighten-trust': (payload) => tightenTrust(world, payload),
  'roles-of-policy': () => ({ roleArns: [...world.iam.keys()] }),
});

const readRole = ({ iam, stale, chains }: World, payload: unknown): ReadRoleOutput => {
  const { roleArn, mayReach } = ReadRoleInput.parse(payload);
  const readAt = new Date().toISOString();
  // IAM knows roles by their names.
  const name = roleArn.split('/').at(-1);
  const real = [...iam.keys()].find(
    (arn) => arn.split('/').at(-1) === name && arn.split(':')[4] === roleArn.split(':')[4],
  );
  const text = real === undefined ? undefined : (stale.get(real)?.shift() ?? iam.get(real));
  if (real === undefined || text === undefined) return { role: 'gone', roleArn, readAt };
  const verdict = chains.get(real) ?? 'allow';
  const found = mayReach.map((targetRoleArn) => ({
    sourceRoleArn: real,
    targetRoleArn,
    assumeRole: verdict,
    tagSession: verdict,
  }));
  return present(real, text, { readAt, chains: found });
};

const tightenTrust = ({ iam }: World, payload: unknown): TightenOutput => {
  const input = TightenInput.parse(payload);
  const before = iam.get(input.roleArn);
  const at = new Date().toISOString();
  const step = stepFor(
    input,
    before === undefined ? undefined : { arn: input.roleArn, id: 'AROAEXAMPLE', trust: before },
  );
  if (step.status !== 'write') return { status: step.status, at, ...(step.because && { because: step.because }) };
  iam.set(input.roleArn, step.text);
  return { status: 'written', at, ...(before && { before }), after: step.text, digest: digestOf(step.text) };
};
