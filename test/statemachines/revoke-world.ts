/**
 * The revoke machine on the local engine: the real ASL, the real planning, and a small world instead of the accounts. Waits take no time;
 * the world's clock goes on as if they had.
 */
import { readFileSync } from 'node:fs';
import { type RunOptions, StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { Config } from '../../functions/config.ts';
import { conclude } from '../../functions/revocation/conclude.ts';
import {
  type AssessOutput,
  type AssociationState,
  Cut,
  PlanCutsInput,
  PlanCutsOutput,
  PlanRestartInput,
  PlanRestartOutput,
  RecordInput,
  RestartInput,
  type RestartOutput,
  type Revocation,
  type TraceRolesOutput,
  VerifyInput,
} from '../../functions/revocation/contract.ts';
import type { Brakes } from '../../functions/revocation/held.ts';
import type { Note } from '../../functions/revocation/notes.ts';
import { planCuts } from '../../functions/revocation/plan-cuts.ts';
import { planRestart } from '../../functions/revocation/plan-restart.ts';
import type { RevocationResult } from '../../functions/revocation/result.ts';
import type { DenyRow } from '../../functions/store/denies.ts';
import { calledBy } from './called.ts';

export const SINCE = '2026-11-21T09:00:00Z';
export const ACCOUNT = '222222222222';
export const role = (name: string, account = ACCOUNT): string => `arn:aws:iam::${account}:role/${name}`;

export const config = (revocation: Partial<Config['revocation']> = {}): Config =>
  Config.parse({
    hub: { account: '111111111111', region: 'eu-west-1' },
    spokes: [
      {
        name: 'payments',
        account: ACCOUNT,
        clusters: [{ name: 'payments', region: 'eu-central-1', mode: 'remediate' }],
      },
      { name: 'tools', account: '333333333333' },
    ],
    revocation,
  });

export const association = (change: Partial<AssociationState> = {}): AssociationState => ({
  associationId: 'a-1',
  associationArn: `arn:aws:eks:eu-central-1:${ACCOUNT}:podidentityassociation/payments/a-1`,
  roleArn: role('checkout-api'),
  disableSessionTags: false,
  createdAt: '2026-11-01T00:00:00Z',
  modifiedAt: '2026-11-01T00:00:00Z',
  ...change,
});

export const revocation = (change: Partial<Revocation> = {}): Revocation => ({
  id: 'r-0123456789ab-1',
  cause: 'association-deleted',
  identity: {
    account: ACCOUNT,
    region: 'eu-central-1',
    cluster: 'payments',
    namespace: 'checkout',
    serviceAccount: 'api',
  },
  former: association(),
  since: SINCE,
  actor: { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/alice`, sourceIp: '203.0.113.7', eventId: 'e-1' },
  mode: 'remediate',
  attempt: 1,
  ...change,
});

type Task = (payload: unknown, functionName: string) => unknown;

export type World = {
  clock: number;
  config: Config;
  brakes: Brakes;
  association: AssociationState | undefined;
  /** What was asked of the spokes, in order. */
  readonly calls: { state: string; functionName: string; payload: unknown }[];
  readonly denies: Map<string, DenyRow>;
  readonly reaches: Map<string, TraceRolesOutput>;
  /** Pods from before, by workload. */
  readonly pods: Map<string, number>;
  fallback: AssessOutput['fallback'];
  /** How a workload answers; by default it rolls, and its pods are gone by the next look. */
  step: (name: string, round: number) => RestartOutput['steps'][number]['step'];
  /** Runs before a state's own task; throws to make it fail, or answers in its stead. */
  readonly before: Map<string, (payload: unknown) => unknown>;
  readonly notes: Note[];
  result: RevocationResult | undefined;
};

export const world = (change: Partial<World> = {}): World => ({
  clock: Date.parse(SINCE) + 800,
  config: config(),
  brakes: { breaker: {} },
  association: undefined,
  calls: [],
  denies: new Map(),
  reaches: new Map(),
  pods: new Map([['api', 3]]),
  fallback: { nodeRoles: [] },
  step: () => 'Roll',
  before: new Map(),
  notes: [],
  result: undefined,
  ...change,
});

/** An error as a function of ours fails with: its name is what the machine catches. */
export const failure = (name: string, message = `${name} by the test`): Error =>
  Object.assign(new Error(message), { name });

export const definition = (): StateMachineDefinition => {
  const text = readFileSync(new URL('../../statemachines/revoke.asl.json', import.meta.url), 'utf8');
  return JSON.parse(
    text
      .replace(/\$\{Partition\}/g, 'aws')
      .replace(/\$\{(\w+)\}/g, 'arn:aws:lambda:eu-west-1:111111111111:function:$1'),
  );
};

export type Run = {
  readonly output: unknown;
  readonly error?: unknown;
  readonly visited: string[];
  readonly largest: number;
  readonly events: number;
};

/** Runs the machine to its end. `largest` is the largest state in bytes. */
export const run = async (input: Revocation, the: World): Promise<Run> => {
  const machine = new StateMachine(definition());
  const tasks = tasksOf(the);
  const retried = [...Object.keys(tasks)];
  const { result, eventLogs } = machine.run(JSON.parse(JSON.stringify(input)), {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        Object.entries(tasks).map(([state, task]) => [state, (invoke: unknown) => invoked(the, state, task, invoke)]),
      ),
      waitTimeOverrides: { settle: 0, 'a while': 0, 'until in force': 0 },
      retryIntervalOverrides: Object.fromEntries(retried.map((state) => [state, 0])),
    },
  });
  const ended = result.then(
    (output: unknown) => ({ output }),
    (error: unknown) => ({ output: undefined, error }),
  );
  const visited: string[] = [];
  let largest = 0;
  let events = 0;
  for await (const event of eventLogs) {
    events += 1;
    if (!('state' in event)) continue;
    if (event.type === 'StateEntered') visited.push(event.state.name);
    largest = Math.max(largest, bytes(event.state.input), bytes(event.state.output));
  }
  return { ...(await ended), visited, largest, events };
};

export const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

type LocalTask = NonNullable<NonNullable<RunOptions['overrides']>['taskResourceLocalHandlers']>[string];

const invoked = (the: World, state: string, task: Task, invoke: unknown): ReturnType<LocalTask> => {
  if (bytes(invoke) > 262_144) throw failure('States.DataLimitExceeded');
  const { functionName, payload } = calledBy(invoke);
  the.calls.push({ state, functionName, payload });
  const instead = the.before.get(state)?.(payload);
  // As Lambda does: what is undefined is not there.
  return JSON.parse(JSON.stringify({ Payload: instead ?? task(payload, functionName) }));
};

const tasksOf = (the: World): Record<string, Task> => {
  const now = () => new Date(the.clock);
  const at = () => now().toISOString();
  let round = 0;
  let wait = 0;
  const before = () => [...the.pods.values()].reduce((sum, pods) => sum + pods, 0);
  return {
    'read-associations': () => ({ cluster: 'present', association: the.association, readAt: at() }),
    'plan-cuts': (payload) => {
      const input = PlanCutsInput.parse(payload);
      const facts = {
        input,
        config: the.config,
        brakes: the.brakes,
        denies: [...the.denies.values()],
        owners: new Map(),
        neighbours: new Map(),
        now: now(),
      };
      const plan = planCuts(facts);
      the.notes.push(...plan.notes);
      for (const row of plan.denies) the.denies.set(`${row.roleArn} ${row.form}`, row);
      if (plan.output.next === 'settle') the.clock += plan.output.settleSeconds * 1000;
      if (plan.output.next === 'confirm') the.clock = Math.max(the.clock, Date.parse(plan.output.effectiveAt));
      return PlanCutsOutput.parse(plan.output);
    },
    'cut-sessions': (payload) => {
      const cut = Cut.parse(payload);
      const standing = the.denies.get(`${cut.roleArn} ${cut.form}`);
      const stands = standing?.status === 'in-force' && standing.issuedBefore === cut.issuedBefore;
      the.clock += 50;
      return { status: stands ? 'already-cut' : 'cut', policyName: 'podid-deny-0123456789abcdef0123', at: at() };
    },
    'lift-deny': (payload) => ({ status: 'lifted', policyName: `podid-deny-${Cut.parse(payload).form}`, at: at() }),
    'trace-roles': (payload) => {
      const arn =
        typeof payload === 'object' && payload !== null && 'roleArn' in payload ? String(payload.roleArn) : '';
      return the.reaches.get(arn) ?? { reaches: [], unbounded: [] };
    },
    assess: () => ({
      workloads: [...the.pods]
        .filter(([, pods]) => pods > 0)
        .map(([name, pods]) => ({ workload: { kind: 'Deployment', name }, pods })),
      omitted: 0,
      pods: { before: before(), all: before() },
      fallback: the.fallback,
      warnings: [],
    }),
    'plan-restart': (payload) => {
      const input = PlanRestartInput.parse(payload);
      const plan = planRestart({ input, settings: the.config.revocation, brakes: the.brakes, now: now() });
      the.notes.push(...plan.notes);
      round = plan.output.round;
      wait = plan.output.waitSeconds;
      return PlanRestartOutput.parse(plan.output);
    },
    restart: (payload) => ({
      steps: RestartInput.parse(payload).workloads.map((workload) => {
        const step = (the.pods.get(workload.name) ?? 0) === 0 ? 'Done' : the.step(workload.name, round);
        const pods = the.pods.get(workload.name) ?? 0;
        if (step === 'Roll' || step === 'Delete') the.pods.set(workload.name, 0);
        return { workload, step, pods };
      }),
    }),
    verify: (payload) => {
      const { deadline } = VerifyInput.parse(payload);
      const output = {
        before: before(),
        examples: [...the.pods]
          .filter(([, pods]) => pods > 0)
          .map(([name]) => `${name}-1`)
          .slice(0, 10),
        now: { none: 3, irsa: 0, podIdentity: 0 },
        deadlinePassed: the.clock >= Date.parse(deadline),
        verifiedAt: at(),
      };
      // The machine waits after a look that shows pods from before.
      the.clock += output.before > 0 ? wait * 1000 : 0;
      return output;
    },
    record: (payload) => {
      const state = RecordInput.parse(payload);
      the.clock = Math.max(the.clock, Date.parse(state.plan.effectiveAt ?? at()));
      const facts = { state, settings: the.config.revocation, config: the.config, neighbours: new Map(), now: now() };
      const { result, denies } = conclude(facts);
      the.result = result;
      for (const row of denies) the.denies.set(`${row.roleArn} ${row.form}`, row);
      return { outcome: result.outcome };
    },
  };
};
