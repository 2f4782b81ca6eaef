/** The hub's event functions on DynamoDB in memory, with Step Functions mocked: what they kept, and what they started. */
import '../runtime/quiet.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { handler as created } from '../../../functions/revocation/on-association-created.hub.ts';
import { handler as deleted } from '../../../functions/revocation/on-association-deleted.hub.ts';
import { handler as updated } from '../../../functions/revocation/on-association-updated.hub.ts';
import { Revocation } from '../../../functions/revocation.ts';
import { dynamo } from '../../../functions/runtime/dynamo.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { context } from '../runtime/context.ts';
import { startDynamo } from '../store/dynalite.ts';

const CONFIG = {
  hub: { account: '999988887777', region: 'eu-west-1' },
  spokes: [
    {
      name: 'payments',
      account: '111122223333',
      clusters: [{ name: 'payments', region: 'eu-west-1', mode: 'remediate' }],
    },
  ],
  breaker: { identities: 3, windowSeconds: 600, percent: 100 },
};

const handlers = { created, updated, deleted } as const;
export type Kind = keyof typeof handlers;

export type Hub = {
  readonly store: Store;
  /** Hands an event to its function, as Lambda does. */
  readonly tell: (kind: Kind, event: unknown) => Promise<unknown>;
  /** The same, again and again as Lambda and EventBridge do, until it succeeds. */
  readonly tellUntilDone: (kind: Kind, event: unknown) => Promise<unknown>;
  /** The revocations that were started, each execution name once. */
  readonly started: () => Revocation[];
  /** Makes the n-th request to DynamoDB from now on fail: before it gets there, or after. */
  readonly failAt: (n: number, when: 'before' | 'after') => void;
  /** Whether that request was made. */
  readonly hasFailed: () => boolean;
  /** The mocked Step Functions. */
  readonly machines: ReturnType<typeof mockClient>;
  readonly close: () => Promise<void>;
};

export const startHub = async (): Promise<Hub> => {
  const server = await startDynamo();
  const folder = mkdtempSync(path.join(tmpdir(), 'podid-hub-'));
  const file = path.join(folder, 'podid.config.json');
  writeFileSync(file, JSON.stringify(CONFIG));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    PODID_CONFIG_FILE: file,
  });
  const machines = mockClient(SFNClient);
  machines.on(StartExecutionCommand).resolves({});

  let later = 0;
  const { now } = Date;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + later);
  let left = 0;
  let when: 'before' | 'after' = 'before';
  dynamo().middlewareStack.add(
    (next) => async (args) => {
      left -= 1;
      const failing = left === 0;
      if (failing && when === 'before') throw new Error('the function was cut off');
      const answer = await next(args);
      if (failing) throw new Error('the function was cut off');
      return answer;
    },
    { step: 'initialize', name: 'cutOff' },
  );

  const tell = (kind: Kind, event: unknown) => handlers[kind](event, context(`podid-on-association-${kind}`));
  return {
    store: openStore(server.client),
    tell,
    tellUntilDone: async (kind, event) => {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        try {
          return await tell(kind, event);
        } catch {
          // Lambda tries again a minute later, when powertools' unfinished record doesn't count any more.
          later += 60_000;
        }
      }
      return tell(kind, event);
    },
    started: () => {
      const inputs = machines.commandCalls(StartExecutionCommand).map((call) => call.args[0].input);
      return [...new Map(inputs.map(({ name, input }) => [name, input])).values()].map((input) =>
        Revocation.parse(JSON.parse(input ?? '')),
      );
    },
    failAt: (n, then) => {
      left = n;
      when = then;
    },
    hasFailed: () => left <= 0,
    machines,
    close: async () => {
      jest.restoreAllMocks();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
};

export const closed = () => new ExecutionAlreadyExists({ message: 'it has run', $metadata: {} });

/** An event like a fixture's, about another association of another service account, so that tests don't meet each other. */
export const about = (name: string, event: unknown, cluster = 'payments'): unknown =>
  JSON.parse(
    JSON.stringify(event)
      .replaceAll('"payments"', `"${cluster}"`)
      .replaceAll('/payments/', `/${cluster}/`)
      .replaceAll('a-9njjin9gfghecgocd', `a-${name}`)
      .replaceAll('"serviceAccount":"api"', `"serviceAccount":"${name}"`)
      .replace(/"eventID":"([^"]*)"/, (_, id) => `"eventID":"${id}-${name}"`),
  );
