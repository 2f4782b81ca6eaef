/** The real `sweep.asl.json` on the local engine, with stand-ins for the functions that hold to their schemas. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { AssociationsPage, ListAssociationsInput, ListClustersOutput } from '../../functions/revocation/sweep.ts';
import { namesOf } from '../../functions/runtime/errors.ts';
import { calledBy } from './called.ts';

const TEXT = readFileSync(new URL('../../statemachines/sweep.asl.json', import.meta.url), 'utf8');
const definition = (): StateMachineDefinition =>
  JSON.parse(
    TEXT.replaceAll(/\$\{Partition\}/g, 'aws').replaceAll(
      /\$\{(\w+)\}/g,
      'arn:aws:lambda:eu-west-1:999988887777:function:$1',
    ),
  );

const CLUSTERS = ['one', 'two', 'three'].map((cluster) => ({ account: '111122223333', region: 'eu-west-1', cluster }));

type Options = {
  readonly clusters?: typeof CLUSTERS;
  readonly pages?: number;
  /** Throws in the stead of a function. */
  readonly fail?: (state: string, payload: unknown) => void;
};

const sweep = async (options: Options = {}) => {
  const calls: { state: string; functionName: string; page: string }[] = [];
  const task = (state: string, run: (payload: unknown) => unknown) => (invoke: unknown) => {
    const { functionName, payload } = calledBy(invoke);
    const page =
      JSON.stringify(payload)
        .match(/"(next|cluster)":"([^"]*)"/g)
        ?.join(' ') ?? '';
    calls.push({ state, functionName, page });
    options.fail?.(state, payload);
    return JSON.parse(JSON.stringify({ Payload: run(payload) }));
  };
  const tasks = {
    'list-clusters': task('list-clusters', () => ListClustersOutput.parse({ clusters: options.clusters ?? CLUSTERS })),
    'list-associations': task('list-associations', (payload) => {
      const { next, listing: begun, ...cluster } = ListAssociationsInput.parse(payload);
      const page = Number(next ?? 1);
      if ((page === 1) !== (begun === undefined)) throw named('ListingLost');
      const listing = begun ?? { startedAt: '2026-03-01T10:00:00.000Z' };
      const more = page < (options.pages ?? 1) ? { next: `${page + 1}` } : {};
      return { cluster, status: 'present', associations: [], readAt: '2026-03-01T10:00:00.000Z', listing, ...more };
    }),
    'keep-associations': task('keep-associations', (payload) => ({
      kept: AssociationsPage.parse(payload).associations.length,
    })),
  };
  const { result, eventLogs } = new StateMachine(definition()).run(
    {},
    {
      overrides: {
        taskResourceLocalHandlers: tasks,
        retryIntervalOverrides: Object.fromEntries(Object.keys(tasks).map((state) => [state, 0])),
      },
    },
  );
  const output: unknown = await result.catch(() => undefined);
  for await (const event of eventLogs) {
    if (event.type === 'ExecutionFailed') return { calls, error: event.Error, cause: String(event.Cause) };
  }
  return { calls, output };
};

const named = (name: string): Error => Object.assign(new Error(`${name} by the test`), { name });
const isFor = (payload: unknown, cluster: string): boolean =>
  JSON.stringify(payload).includes(`"cluster":"${cluster}"`);

describe('the sweep', () => {
  it('is valid ASL', () => {
    const validate = createRequire(import.meta.url)('asl-validator');
    expect(validate(definition()).errors).toEqual([]);
    expect(validate({ ...definition(), StartAt: 'nowhere' }).isValid).toBe(false);
  });

  it('retries every name of the "try again" family at each function of ours', () => {
    for (const state of ['list-associations', 'keep-associations']) {
      const from = TEXT.indexOf(`"${state}": {`);
      const retried = TEXT.slice(from, TEXT.indexOf('"Catch"', from));
      for (const name of namesOf('try-again')) expect(retried).toContain(`"${name}"`);
    }
  });

  it('lists and keeps each cluster page by page, in the account and region where it is', async () => {
    const { calls, output } = await sweep({ pages: 3 });
    const of = (state: string, cluster: string) =>
      calls.filter((call) => call.state === state && call.page.includes(`"${cluster}"`)).map(({ page }) => page);
    for (const { cluster } of CLUSTERS) {
      expect(of('list-associations', cluster)).toEqual([
        `"cluster":"${cluster}"`,
        `"cluster":"${cluster}" "next":"2"`,
        `"cluster":"${cluster}" "next":"3"`,
      ]);
      expect(of('keep-associations', cluster)).toHaveLength(3);
    }
    expect(new Set(calls.map(({ functionName }) => functionName))).toEqual(
      new Set([
        'arn:aws:lambda:eu-west-1:999988887777:function:ListClusters',
        'arn:aws:lambda:eu-west-1:111122223333:function:podid-list-associations',
        'arn:aws:lambda:eu-west-1:999988887777:function:KeepAssociations',
      ]),
    );
    expect(output).toEqual({
      swept: CLUSTERS.map((cluster) => ({ outcome: 'swept', cluster, status: 'present' })),
      incomplete: false,
    });
  });

  it.each(['list-associations', 'keep-associations'])(
    'goes on with the others when %s fails for one, and fails at its end, naming it',
    async (at) => {
      const { calls, error, cause } = await sweep({
        fail: (state, payload) => {
          if (state === at && isFor(payload, 'two')) throw named('AccessDenied');
        },
      });
      expect(calls.filter(({ state, page }) => state === 'keep-associations' && !page.includes('two'))).toHaveLength(2);
      expect(error).toBe('SweepIncomplete');
      expect(JSON.parse(cause ?? '')).toEqual([
        { outcome: 'not-swept', cluster: CLUSTERS[1], at, error: 'AccessDenied' },
      ]);
    },
  );

  it('tries again what may succeed', async () => {
    let failures = 0;
    const { output } = await sweep({
      fail: (state, payload) => {
        if (state !== 'list-associations' || !isFor(payload, 'two') || failures === 3) return;
        failures += 1;
        throw named('Throttled');
      },
    });
    expect(failures).toBe(3);
    expect(output).toMatchObject({ incomplete: false });
  });

  it('has nothing to do without clusters', async () => {
    expect((await sweep({ clusters: [] })).output).toEqual({ clusters: [] });
  });
});
