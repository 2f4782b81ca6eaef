/** The real `sweep.asl.json` on the local engine, with stand-ins for the functions that hold to their schemas. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import {
  ConcludeSweepInput,
  KeepAssociationsInput,
  KeepAssociationsOutput,
  KeepLookupsInput,
  KeepRolesInput,
  ListClustersInput,
  ListClustersOutput,
  type Outcome,
  type SweepSlice,
  type ToSweep,
} from '../../functions/drift/sweep/contract.ts';
import { ConcludeSweepOutput, summaryOf } from '../../functions/drift/sweep/summary.ts';
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

const SWEEP = { id: 's-1', startedAt: '2026-03-01T10:00:00.000Z', until: '2026-03-01T15:00:00.000Z' };
const ACCOUNTS = ['111122223333', '444455556666'].map((account) => ({ account, region: 'eu-west-1', looks: [] }));
const cluster = (name: string, region = 'eu-west-1') => ({ account: '111122223333', region, cluster: name });
const CLUSTERS = [cluster('one'), cluster('two'), cluster('three', 'eu-central-1')];
/** Of a state's input and output, in bytes ("Step Functions quotas"). */
const LIMIT = 262_144;
const PLACES = [{ clusters: CLUSTERS.slice(0, 2) }, { clusters: CLUSTERS.slice(2) }];

type Options = {
  /** What another execution has started this one for. */
  readonly slice?: SweepSlice;
  /** Those that this one has started. The first question finds all of them at it, each other one finds one less. */
  readonly slices?: readonly string[];
  readonly nothing?: boolean;
  readonly accounts?: ToSweep['accounts'];
  readonly places?: ToSweep['places'];
  /** Another execution is at it. */
  readonly underWay?: ListClustersOutput;
  readonly discovery?: readonly Outcome[];
  /** In how many calls a cluster is swept. */
  readonly calls?: number;
  /** Throws in the stead of a function. */
  readonly fail?: (state: string, about: string) => void;
};
type Call = { readonly state: string; readonly functionName: string; readonly about: string };

const sweep = async (options: Options = {}) => {
  const calls: Call[] = [];
  let underWay = 0;
  let atOnceInPlace = 0;
  let concluding = 0;
  const task =
    (state: string, run: (payload: unknown) => { about: string; answer: unknown }) => async (invoke: unknown) => {
      const { functionName, payload } = calledBy(invoke);
      const { about, answer } = run(payload);
      calls.push({ state, functionName, about });
      const isHere = about === 'one' || about === 'two';
      underWay += isHere ? 1 : 0;
      atOnceInPlace = Math.max(atOnceInPlace, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= isHere ? 1 : 0;
      options.fail?.(state, about);
      return JSON.parse(JSON.stringify({ Payload: answer }));
    };
  const tasks = {
    'list-clusters': task('list-clusters', (payload) => ({
      about: ListClustersInput.parse(payload).execution,
      answer: ListClustersOutput.parse(
        options.nothing
          ? { isSlice: false, slices: [], sweep: SWEEP, accounts: [], places: [], discovery: [] }
          : (options.underWay ?? {
              isSlice: false,
              slices: options.slices ?? [],
              sweep: SWEEP,
              accounts: options.accounts ?? ACCOUNTS,
              places: options.places ?? PLACES,
              discovery: options.discovery ?? [],
            }),
      ),
    })),
    'keep-lookups': task('keep-lookups', (payload) => ({
      about: KeepLookupsInput.parse(payload).account.account,
      answer: { told: 1, missed: 0, poison: 0 },
    })),
    'keep-roles': task('keep-roles', (payload) => ({
      about: KeepRolesInput.parse(payload).account.account,
      answer: { listed: 1, lookedAfter: 1, hinted: 0 },
    })),
    'keep-associations': task('keep-associations', (payload) => {
      const { cluster: about, progress } = KeepAssociationsInput.parse(payload);
      const described = (progress?.described ?? 0) + 1;
      const more = described < (options.calls ?? 1);
      const answer: KeepAssociationsOutput = {
        status: 'present',
        listed: 5,
        described,
        ...(more && { progress: { after: `a-${described}`, described, hinted: 0, silent: 0 } }),
      };
      return { about: about.cluster, answer: KeepAssociationsOutput.parse(answer) };
    }),
    'conclude-sweep': task('conclude-sweep', (payload) => {
      const input = ConcludeSweepInput.parse(payload);
      const about = `${input.execution}${input.isSlice ? ', a slice' : ''}`;
      const slicesUnderWay = input.slices.slice(concluding);
      concluding += 1;
      if (slicesUnderWay.length > 0) return { about, answer: ConcludeSweepOutput.parse({ underWay: slicesUnderWay }) };
      const { id, complete, failed, due } = summaryOf({ ...input, slices: [] }, [], 0, SWEEP.until);
      return { about, answer: ConcludeSweepOutput.parse({ id, complete, failed, due }) };
    }),
  };
  const { result, eventLogs } = new StateMachine(definition()).run(
    options.slice === undefined ? {} : { slice: options.slice },
    {
      overrides: {
        taskResourceLocalHandlers: tasks,
        waitTimeOverrides: { 'slices-are-under-way': 0 },
        retryIntervalOverrides: Object.fromEntries(Object.keys(tasks).map((state) => [state, 0])),
      },
      context: { Execution: { Name: 'run-1', StartTime: SWEEP.startedAt } },
    },
  );
  const output: unknown = await result.catch(() => undefined);
  const of = (state: string): string[] => calls.filter((call) => call.state === state).map(({ about }) => about);
  let largest = 0;
  for await (const event of eventLogs) {
    if (event.type === 'StateEntered')
      largest = Math.max(largest, Buffer.byteLength(JSON.stringify(event.state.input)));
    if (event.type === 'ExecutionFailed')
      return { calls, of, atOnceInPlace, largest, error: event.Error, cause: String(event.Cause) };
  }
  return { calls, of, atOnceInPlace, largest, output };
};

const named = (name: string): Error => Object.assign(new Error(`${name} by the test`), { name });
const NAMES = ['one', 'two', 'three'];
const IDS = ACCOUNTS.map(({ account }) => account);

describe('the sweep', () => {
  it('is valid ASL', () => {
    const validate = createRequire(import.meta.url)('asl-validator');
    expect(validate(definition()).errors).toEqual([]);
    expect(validate({ ...definition(), StartAt: 'nowhere' }).isValid).toBe(false);
  });

  it('goes through a slice alone where another execution has started it for that', async () => {
    const { calls, output } = await sweep({ slice: { sweep: SWEEP, places: PLACES.slice(1) } });
    expect(calls.map(({ state, about }) => [state, about])).toEqual([
      ['keep-associations', 'three'],
      ['conclude-sweep', 'run-1, a slice'],
    ]);
    expect(output).toMatchObject({ id: 's-1', complete: true });
  });

  it('fits into a payload where every one of a thousand accounts and clusters fails', async () => {
    const looks = (['iam', 'eks'] as const).map((service) => ({
      ...{ service, region: 'ap-southeast-1', via: 'ap-southeast-1' },
    }));
    const accounts = Array.from({ length: 300 }, (_, account) => ({
      ...{ account: String(100_000_000_000 + account), region: 'ap-southeast-1', looks },
    }));
    const places = Array.from({ length: 7 }, (_, place) => ({
      clusters: Array.from({ length: 100 }, (_each, index) =>
        cluster(`payments-production-${place}-${index}-blue`, 'ap-southeast-1'),
      ),
    }));
    const { error, largest } = await sweep({
      accounts,
      places,
      fail: (state) => {
        if (state.startsWith('keep-')) throw named('ServiceUnavailable.AfterAll');
      },
    });
    expect(error).toBe('SweepIncomplete');
    expect(largest).toBeGreaterThan(100_000);
    expect(largest).toBeLessThan(LIMIT);
  }, 60_000);

  it('concludes when the slices that it has started are over', async () => {
    const { of, output } = await sweep({ slices: ['run-1-2', 'run-1-3'] });
    expect(of('keep-associations').sort()).toEqual(NAMES.toSorted());
    expect(of('conclude-sweep')).toEqual(['run-1', 'run-1', 'run-1']);
    expect(output).toEqual({ id: 's-1', complete: true, failed: [], due: 0 });
  });

  it.each(['list-clusters', 'keep-lookups', 'keep-roles', 'keep-associations', 'conclude-sweep'])(
    'retries every name of the "try again" family at %s',
    (state) => {
      const from = TEXT.indexOf(`"${state}": {`);
      const retried = TEXT.slice(from, TEXT.indexOf('"Next"', from));
      for (const name of namesOf('try-again')) expect(retried).toContain(`"${name}"`);
    },
  );

  it('looks at the trails, then the roles of every account, then at every cluster, those of one place one after the other', async () => {
    const { calls, of, atOnceInPlace, output } = await sweep();
    expect(of('keep-lookups').sort()).toEqual(IDS);
    expect(of('keep-roles').sort()).toEqual(IDS);
    expect(of('keep-associations').sort()).toEqual(NAMES.toSorted());
    const order = [...new Set(calls.map(({ state }) => state))];
    expect(order).toEqual(['list-clusters', 'keep-lookups', 'keep-roles', 'keep-associations', 'conclude-sweep']);
    expect(atOnceInPlace).toBe(1);
    expect(output).toEqual({ id: 's-1', complete: true, failed: [], due: 0 });
  });

  it('asks again for a cluster until there is nothing left of it', async () => {
    const { of, output } = await sweep({ calls: 3 });
    expect(of('keep-associations').filter((name) => name === 'two')).toHaveLength(3);
    expect(output).toMatchObject({ complete: true });
  });

  it.each([
    ['keep-lookups', '444455556666', '444455556666'],
    ['keep-roles', '444455556666', '444455556666'],
    ['keep-associations', 'two', 'arn:aws:eks:eu-west-1:111122223333:cluster/two'],
  ])('goes on with all others when %s fails for one, and fails at its end, naming it', async (at, about, what) => {
    const { of, error, cause } = await sweep({
      fail: (state, one) => {
        if (state === at && one === about) throw named('AccessDenied');
      },
    });
    expect(new Set(of('keep-lookups'))).toEqual(new Set(IDS));
    expect(new Set(of('keep-roles'))).toEqual(new Set(IDS));
    expect(new Set(of('keep-associations'))).toEqual(new Set(NAMES));
    expect(of('conclude-sweep')).toHaveLength(1);
    expect(error).toBe('SweepIncomplete');
    expect(JSON.parse(cause ?? '')).toEqual([{ what, at, error: 'AccessDenied' }]);
  });

  it.each(['keep-lookups', 'keep-roles', 'keep-associations', 'conclude-sweep'])(
    'tries again at %s what may succeed',
    async (at) => {
      let failures = 0;
      const { output } = await sweep({
        fail: (state) => {
          if (state !== at || failures === 3) return;
          failures += 1;
          throw named(failures === 2 ? 'States.Timeout' : 'Throttled');
        },
      });
      expect(failures).toBe(3);
      expect(output).toMatchObject({ complete: true });
    },
  );

  it('fails as it is when it can not be concluded', async () => {
    const { error } = await sweep({
      fail: (state) => {
        if (state === 'conclude-sweep') throw named('AccessDenied');
      },
    });
    expect(error).toBe('AccessDenied');
  });

  it('ends at once where another execution is at it, and says which', async () => {
    const { calls, output } = await sweep({ underWay: { underWay: 'run-0' } });
    expect(calls.map(({ state, about }) => [state, about])).toEqual([['list-clusters', 'run-1']]);
    expect(output).toEqual({ underWay: 'run-0' });
  });

  it('names the place where no clusters could be looked for, and sweeps all the same', async () => {
    const what = { account: '111122223333', region: 'eu-west-1' };
    const discovery: Outcome[] = [
      { outcome: 'swept' },
      { outcome: 'not-swept', what, at: 'find-clusters', error: 'Throttled' },
    ];
    const { of, cause } = await sweep({ discovery });
    expect(of('keep-associations').sort()).toEqual(NAMES.toSorted());
    expect(of('conclude-sweep')).toEqual(['run-1']);
    expect(JSON.parse(cause ?? '')).toEqual([
      { what: '111122223333/eu-west-1', at: 'find-clusters', error: 'Throttled' },
    ]);
  });

  it('has nothing to do without accounts', async () => {
    expect((await sweep({ nothing: true })).output).toEqual({ id: 's-1', complete: true, failed: [], due: 0 });
  });
});
