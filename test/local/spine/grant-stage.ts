/** A fleet on which many grants can be given at once, each with its own faults: functions that lose no time, and nothing that runs but `provision`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../../../functions/config.ts';
import {
  begin,
  Grant,
  type GrantEvent,
  GrantWish,
  grantIdOf,
  newestOf,
  phaseOf,
} from '../../../functions/grants/index.ts';
import { functionName, machineArn } from '../../../functions/names.ts';
import { carryOut, openGrant, type Transitions } from '../../../functions/provisioning/transitions.ts';
import type { Cloud, Service } from '../../../local/contract.ts';
import { busesOf } from '../../../local/services/events/bus.ts';
import { functionsOf } from '../../../local/services/lambda/function.ts';
import { lambdaLimits } from '../../../local/services/lambda/settings.ts';
import type { Execution } from '../../../local/services/states/machine.ts';
import { statesOf } from '../../../local/services/states/machine.ts';
import { statesPace } from '../../../local/services/states/settings.ts';
import { FOR_NODES, FOR_PODS, HUB, NODE_ROLE, ORDERS, policy, REGION } from './fleets.ts';
import { eventually, type Running, startFleet, storeOf } from './harness.ts';

/** By the names and owners in guardrails/teams.yaml. */
export const PAYMENTS = '222222222222';
export const ANALYTICS = '333333333333';
export const CLUSTER = 'payments';

/** The shortest in which a function ends, also on a busy machine. */
const TIMEOUT_SECONDS = 6;

/** Starts it. `shared`: existing roles that grants may have as their source. */
export const startGrants = async (options: {
  readonly shared?: readonly string[];
  readonly around?: (service: Service) => Service;
  readonly configure?: (config: Config) => Config;
}): Promise<Running> => {
  const running = await startFleet(fleetWith(options.shared ?? []), options);
  const { cloud } = running;
  Object.assign(statesPace(cloud), { waitMs: 50, retryMs: 5 });
  Object.assign(lambdaLimits(cloud), { maxEnvironments: 3, idleMs: 600_000 });
  for (const account of [HUB, PAYMENTS, ANALYTICS]) hasten(cloud, account);
  return running;
};

const fleetWith = (shared: readonly string[]) => ({
  region: REGION,
  config: {
    hub: { account: HUB, region: REGION },
    spokes: [
      {
        name: 'payments',
        account: PAYMENTS,
        clusters: [{ name: CLUSTER, region: REGION, mode: 'remediate' }],
        managedRoles: ['team/*'],
      },
      { name: 'analytics', account: ANALYTICS },
    ],
    breaker: { identities: 1000, percent: 100 },
  },
  accounts: [
    { name: 'hub', id: HUB },
    {
      name: 'payments',
      id: PAYMENTS,
      tables: [ORDERS(REGION)],
      roles: [
        NODE_ROLE,
        { name: 'somebody', trust: FOR_PODS },
        ...shared.map((name) => ({ name, path: '/team/', trust: FOR_NODES, policies: { scan: READ } })),
      ],
      clusters: [{ name: CLUSTER, region: REGION, nodeRole: NODE_ROLE.name, associations: [], manifests: [] }],
    },
    { name: 'analytics', id: ANALYTICS, tables: [ORDERS(REGION)] },
  ],
});

const READ = policy({
  Effect: 'Allow',
  Action: 'dynamodb:GetItem',
  Resource: `arn:aws:dynamodb:${REGION}:${PAYMENTS}:table/orders`,
});

/** No other capability's functions, no long silences, and no long pauses between the SDK's attempts, which are chance times a limit. */
const hasten = (cloud: Cloud, account: string): void => {
  for (const { rules } of busesOf(cloud, account, REGION).values())
    for (const rule of rules.values()) if (!/stopped/i.test(rule.name)) rule.state = 'DISABLED';
  const functions = functionsOf(cloud, account, REGION);
  for (const [name, made] of functions) {
    const [file = '', handler = ''] = made.handler.split('.');
    const bundle = ['mjs', 'js'].map((ending) => `${file}.${ending}`).find((each) => isThere(made.directory, each));
    writeFileSync(
      path.join(made.directory, 'paced.mjs'),
      `const chance = Math.random;\nMath.random = () => chance() / 200;\nexport const { ${handler} } = await import('./${bundle}');\n`,
    );
    functions.set(name, { ...made, handler: `paced.${handler}`, timeoutSeconds: TIMEOUT_SECONDS });
  }
};

const isThere = (directory: string, file: string): boolean => {
  try {
    return readFileSync(path.join(directory, file)).length > 0;
  } catch {
    return false;
  }
};

const person = (subject: string, ...teams: string[]) => ({ subject, name: subject, teams });
/** A team of its own for each few grants: the guardrails let a team have 200, a namespace 50. */
const asker = (team: string) => person('ada', 'checkout', team);
const APPROVERS = [person('bob', 'checkout'), person('linus', 'platform'), person('grace', 'analytics')];

/** A wish of a service account; `lot`: the namespace that it is in. */
export const wishFor = (serviceAccount: string, lot: number, change: object = {}): GrantWish =>
  GrantWish.parse({
    clusters: [{ account: PAYMENTS, region: REGION, cluster: CLUSTER }],
    namespace: `checkout-${lot}`,
    serviceAccount,
    source: { role: 'managed', permissions: { inline: READ } },
    reason: 'a test',
    team: `team-${lot}`,
    lifetime: { for: 'P7D' },
    ...change,
  });

/** A target in the other account, reached through EKS's chain. */
export const target = (...actions: string[]) => ({
  account: ANALYTICS,
  chained: true,
  permissions: {
    inline: policy({
      Effect: 'Allow',
      Action: actions,
      Resource: `arn:aws:dynamodb:${REGION}:${ANALYTICS}:table/orders`,
    }),
  },
});

let eventsSoFar = 0;
const eventId = (): string => {
  eventsSoFar += 1;
  return `event-${eventsSoFar}`;
};

/** What lets things happen to grants, as the API's function would. */
export const transitionsOf = (running: Running): Transitions => {
  const store = storeOf(running);
  const { caller } = running.cloud.administrator(HUB);
  return {
    store,
    grants: store.grants(Grant),
    settings: running.config.grants,
    now: () => new Date(),
    tell: async () => undefined,
    start: async (machine, name, input) => {
      const command = { stateMachineArn: machineArn(machine, HUB, REGION), name, input: JSON.stringify(input) };
      return running.cloud.call('states', 'StartExecution', command, { caller, region: REGION }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Error && error.name === 'ExecutionAlreadyExists') return false;
          throw error;
        },
      );
    },
  };
};

/** Asks for a grant and has everybody approve it; gives its id, with its execution under way. */
export const give = async (transitions: Transitions, wish: GrantWish): Promise<string> => {
  const id = grantIdOf({ subject: 'ada', key: `${wish.namespace}/${wish.serviceAccount}` });
  const by = asker(wish.team);
  await openGrant(
    transitions,
    begin({ id, eventId: eventId(), wish, by }, new Date().toISOString(), transitions.settings),
  );
  await allow(transitions, id, 1);
  return id;
};

/** Asks for another version of it. */
export const change = async (transitions: Transitions, id: string, wish: GrantWish): Promise<void> => {
  const basedOn = newestOf(await grantAt(transitions, id)).version;
  await happen(transitions, id, { kind: 'change-requested', id: eventId(), basedOn, by: asker(wish.team), wish });
  await allow(transitions, id, basedOn + 1);
};

const allow = async (transitions: Transitions, id: string, version: number): Promise<void> => {
  const decided = (verdict: 'needs-approval' | 'allowed'): GrantEvent => {
    const needs = verdict === 'allowed' ? [] : [{ id: 'approval.production', sentence: 'somebody else' }];
    return { kind: 'decided', id: eventId(), version, verdict, needs, because: [] };
  };
  await happen(transitions, id, decided('needs-approval'));
  for (const by of APPROVERS) await happen(transitions, id, { kind: 'approved', id: eventId(), version, by, why: '' });
  await happen(transitions, id, decided('allowed'));
};

export const revoke = (transitions: Transitions, id: string): Promise<void> =>
  happen(transitions, id, { kind: 'revoke-asked', id: eventId(), by: person('ada', 'checkout'), why: '' });

const happen = async (transitions: Transitions, id: string, event: GrantEvent): Promise<void> => {
  const done = await carryOut(transitions, id, event);
  if (!('grant' in done)) throw new Error(`${event.kind} of ${id}: ${JSON.stringify(done)}`);
};

/** @throws Error when there is none */
export const grantAt = async ({ grants }: Pick<Transitions, 'grants'>, id: string): Promise<Grant> => {
  const kept = await grants.get(id);
  if (kept === undefined) throw new Error(`there is no grant ${id}`);
  return kept.grant;
};

const BUSY = new Set(['provisioning', 'changing/provisioning', 'revoking']);

/** The grant, when nothing is under way for it any more. */
export const endOf = (running: Running, transitions: Transitions, id: string): Promise<Grant> =>
  eventually(
    `the end of ${id}`,
    async () => {
      if (executionsOf(running, id).some(({ status }) => status === 'RUNNING')) return undefined;
      const grant = await grantAt(transitions, id);
      return BUSY.has(phaseOf(grant)) ? undefined : grant;
    },
    90,
  );

export const executionsOf = ({ cloud }: Running, id: string): readonly Execution[] =>
  [...statesOf(cloud, HUB, REGION).executions.values()].filter(({ name }) => name.startsWith(`${id}-`));

/** The function of a file, as an Invoke names it. */
export const isOf = (file: string, { FunctionName = '' }: { readonly FunctionName?: string }): boolean =>
  FunctionName.endsWith(`:${functionName(file)}`);
