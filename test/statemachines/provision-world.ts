/**
 * The provision machine on the local engine: the real ASL and the hub's real functions on DynamoDB in memory; the spokes are a small world of
 * roles and associations that keeps the promises of the contract. Waits take no time.
 */
import '../functions/runtime/quiet.ts';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type RunOptions, StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { mockClient } from 'aws-sdk-client-mock';
import { readGuardrails } from '../../cli/guardrails-files.ts';
import { Config } from '../../functions/config.ts';
import { Grant, GrantSettings } from '../../functions/grants/index.ts';
import { handler as comeDue } from '../../functions/provisioning/come-due.hub.ts';
import type { ProvisionWork } from '../../functions/provisioning/contract.ts';
import { handler as intend } from '../../functions/provisioning/intend.hub.ts';
import { handler as keepOutcome } from '../../functions/provisioning/keep-outcome.hub.ts';
import { handler as keepSurvey } from '../../functions/provisioning/keep-survey.hub.ts';
import { handler as nextWave } from '../../functions/provisioning/next-wave.hub.ts';
import { handler as onWorkStopped } from '../../functions/provisioning/on-work-stopped.hub.ts';
import { handler as openWork } from '../../functions/provisioning/open-work.hub.ts';
import { handler as planGrant } from '../../functions/provisioning/plan-grant.hub.ts';
import type { Grants } from '../../functions/provisioning/planning/machine.ts';
import { handler as recordGrant } from '../../functions/provisioning/record-grant.hub.ts';
import type { Transitions } from '../../functions/provisioning/transitions.ts';
import { dynamo } from '../../functions/runtime/dynamo.ts';
import type { Handler } from '../../functions/runtime/entry.ts';
import { openStore, type Store } from '../../functions/store/index.ts';
import { config as someConfig } from '../functions/grants/samples.ts';
import { context } from '../functions/runtime/context.ts';
import { startDynamo } from '../functions/store/dynalite.ts';
import { calledBy } from './called.ts';
import { type Cloud, emptyCloud, spokes } from './provision-cloud.ts';

export type World = {
  readonly store: Store;
  readonly grants: Grants;
  readonly transitions: Transitions;
  readonly cloud: Cloud;
  /** Runs instead of a function, by its file's name, in an account; undefined: the real one runs all the same. */
  readonly before: Map<string, (payload: unknown, account: string) => unknown>;
  /** Runs after a function has answered, before anybody hears of it. */
  readonly after: Map<string, (payload: unknown) => void>;
  readonly calls: string[];
  readonly works: () => ProvisionWork[];
  readonly told: () => string[];
  readonly forget: () => void;
  readonly close: () => Promise<void>;
};

export const ASL = new URL('../../statemachines/provision.asl.json', import.meta.url);
const FUNCTION = 'arn:aws:lambda:eu-west-1:111111111111:function:';

export const definition = (): StateMachineDefinition =>
  JSON.parse(
    readFileSync(ASL, 'utf8')
      .replace(/\$\{Partition\}/g, 'aws')
      .replace(/\$\{(\w+)\}/g, `${FUNCTION}$1`),
  );

/** Accounts to be targets. */
export const FORTY = Array.from({ length: 40 }, (_, n) => ({ name: `many-${n}`, account: `${600_000_000_000 + n}` }));

export const startWorld = async (): Promise<World> => {
  const server = await startDynamo();
  const folder = mkdtempSync(path.join(tmpdir(), 'podid-provision-'));
  const settings = Config.parse({ ...someConfig, spokes: [...someConfig.spokes, ...FORTY] });
  const { source, teams } = readGuardrails('guardrails');
  const open = { file: 'open.cedar', text: OPEN };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(settings));
  writeFileSync(
    path.join(folder, 'guardrails.json'),
    JSON.stringify({ source: { schema: source.schema, policies: [open] }, teams }),
  );
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    PODID_CONFIG_FILE: path.join(folder, 'config.json'),
    PODID_GUARDRAILS_FILE: path.join(folder, 'guardrails.json'),
  });
  const machines = mockClient(SFNClient);
  const bus = mockClient(EventBridgeClient);
  machines.on(StartExecutionCommand).resolves({});
  bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  const store = openStore(server.client);
  const grants = store.grants(Grant);
  const started: ProvisionWork[] = [];
  return {
    store,
    grants,
    cloud: emptyCloud(),
    before: new Map(),
    after: new Map(),
    calls: [],
    transitions: {
      store,
      grants,
      settings: GrantSettings.parse({}),
      now: () => new Date(),
      tell: async () => {},
      start: async (_machine, _name, work) => {
        started.push(work);
        return true;
      },
    },
    works: () => [
      ...started,
      ...machines.commandCalls(StartExecutionCommand).map((call) => JSON.parse(call.args[0].input.input ?? 'null')),
    ],
    told: () =>
      bus
        .commandCalls(PutEventsCommand)
        .flatMap((call) => call.args[0].input.Entries ?? [])
        .map(({ DetailType }) => String(DetailType)),
    forget: () => {
      machines.resetHistory();
      bus.resetHistory();
      started.length = 0;
    },
    close: async () => {
      machines.restore();
      bus.restore();
      dynamo().destroy();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
};

const OPEN = `@id("open") @reason("Everything goes.") permit (principal, action, resource);
@id("no-gold") @reason("Nobody gets gold.") forbid (principal, action == Action::"Request", resource is Grant) when { resource.reason == "gold" };`;

export type Run = {
  readonly output: unknown;
  readonly error?: string;
  readonly visited: string[];
  readonly largest: number;
};

/** Made once, and without the check of the definition, which takes longer than a whole execution: a test of its own checks it. */
let machine: StateMachine | undefined;

/** Runs the machine to its end. `largest` is the largest state in bytes. */
export const run = async (world: World, work: unknown): Promise<Run> => {
  const tasks = tasksOf(world);
  const states = [
    'open-work',
    'survey',
    'keep-survey',
    'plan-grant',
    'next-wave',
    'intend',
    'act',
    'keep-outcome',
    'record-grant',
  ];
  const waits = [
    'until it is free',
    'a while',
    'until the role is free',
    'until it is visible',
    'until others are done',
  ];
  machine ??= new StateMachine(definition(), { validationOptions: { noValidate: true } });
  const { result, eventLogs } = machine.run(JSON.parse(JSON.stringify(work)), {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        states.map((state) => [state, (invoke: unknown) => invoked(world, tasks, invoke)]),
      ),
      waitTimeOverrides: Object.fromEntries(waits.map((state) => [state, 0])),
      retryIntervalOverrides: Object.fromEntries(states.map((state) => [state, 0])),
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
  return { output, ...(error === undefined ? {} : { error }), visited, largest };
};

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

type Task = (payload: unknown) => unknown;
type LocalTask = NonNullable<NonNullable<RunOptions['overrides']>['taskResourceLocalHandlers']>[string];

const invoked = async (
  world: World,
  tasks: Readonly<Record<string, Task>>,
  invoke: unknown,
): Promise<Awaited<ReturnType<LocalTask>>> => {
  const { functionName, payload } = calledBy(invoke);
  const name = functionName.split(':').at(-1) ?? '';
  const file = name.startsWith('podid-') ? name.slice('podid-'.length) : kebab(name);
  const task = tasks[file];
  if (task === undefined) throw new Error(`nobody plays ${file}`);
  world.calls.push(file);
  const account = functionName.split(':')[4] ?? '';
  const instead = await world.before.get(file)?.(payload, account);
  const answer = instead ?? (await task({ account, payload }));
  world.after.get(file)?.(payload);
  // As Lambda does: what is undefined is not there.
  return JSON.parse(JSON.stringify({ Payload: answer }));
};

const kebab = (name: string): string => name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

const hub =
  (file: string, handler: Handler<unknown>): Task =>
  (told) =>
    handler(Object(told).payload, context(`podid-${file}`));

const tasksOf = ({ cloud }: World): Record<string, Task> => ({
  'open-work': hub('open-work', openWork),
  'keep-survey': hub('keep-survey', keepSurvey),
  'plan-grant': hub('plan-grant', planGrant),
  'next-wave': hub('next-wave', nextWave),
  intend: hub('intend', intend),
  'keep-outcome': hub('keep-outcome', keepOutcome),
  'record-grant': hub('record-grant', recordGrant),
  ...spokes(cloud),
});

export const sweep = () => comeDue({}, context('podid-come-due'));
export const stopped = (name: string, work: ProvisionWork, status: string) =>
  onWorkStopped(
    { source: 'aws.states', detail: { name, status, input: JSON.stringify(work) } },
    context('podid-on-work-stopped'),
  );
