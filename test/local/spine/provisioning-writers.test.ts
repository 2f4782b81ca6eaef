/** Many grants at once in one account: Lambda lets as many write as the configuration says, and whoever is turned away comes again. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parseArn } from '../../../functions/partition.ts';
import type { Transitions } from '../../../functions/provisioning/transitions.ts';
import { instead } from './faults.ts';
import {
  ANALYTICS,
  endOf,
  executionsOf,
  give,
  isOf,
  PAYMENTS,
  startGrants,
  target,
  transitionsOf,
  wishFor,
} from './grant-stage.ts';
import type { Running } from './harness.ts';

const WRITERS = ['apply-role', 'associate', 'undo-grant'];
const GRANTS = 8;

let running: Running;
let transitions: Transitions;
/** Of each writer in each account, the beginnings and ends of what was let in, in their order. */
const letIn = new Map<string, { readonly began: number; readonly ended: number }[]>();
let instant = 0;
const turnedAway = Promise.withResolvers<string>();

beforeAll(async () => {
  running = await startGrants({
    configure: (config) => ({ ...config, grants: { ...config.grants, writersPerAccount: 1 } }),
    around: (service) =>
      instead(held(service), 'lambda', 'Invoke', async (input, call, run) => {
        const { FunctionName = '' } = input as { FunctionName?: string };
        const file = WRITERS.find((each) => isOf(each, { FunctionName }));
        if (file === undefined) return run();
        const account = parseArn(FunctionName)?.account ?? call.account;
        const began = ++instant;
        const answer = await run().catch((error: Error) => {
          if (error.name === 'TooManyRequestsException') turnedAway.resolve(`${file} ${account}`);
          throw error;
        });
        const key = `${file} ${account}`;
        letIn.set(key, [...(letIn.get(key) ?? []), { began, ended: ++instant }]);
        return answer;
      }),
  });
  transitions = transitionsOf(running);
}, 400_000);
afterAll(async () => running?.stop(), 20_000);

/** The first role is being made until somebody else has wanted to make one, too. */
const held = (service: Parameters<typeof instead>[0]) =>
  instead(service, 'iam', 'CreateRole', async (input, _call, run) => {
    if ('Path' in input && input.Path === '/podid/') await turnedAway.promise;
    return run();
  });

it('one at a time writes in an account, the others are turned away, and all grants become active', async () => {
  const wishes = Array.from({ length: GRANTS }, (_, n) =>
    wishFor(`many-${n}`, n % 2, { targets: [target('dynamodb:GetItem')] }),
  );
  const ids = await Promise.all(wishes.map((wish) => give(transitions, wish)));
  const ends = await Promise.all(ids.map((id) => endOf(running, transitions, id)));
  expect(ends.map(({ state, history }) => [state, history.at(-1)?.why])).toEqual(Array(GRANTS).fill(['active', '']));
  expect(ids.map((id) => executionsOf(running, id).length)).toEqual(Array(GRANTS).fill(1));

  expect([...letIn.keys()].toSorted()).toEqual(
    [`apply-role ${PAYMENTS}`, `apply-role ${ANALYTICS}`, `associate ${PAYMENTS}`].toSorted(),
  );
  for (const [key, calls] of letIn) {
    expect([key, calls.length >= GRANTS]).toEqual([key, true]);
    const overlapping = calls.filter(({ began, ended }) =>
      calls.some((other) => other.began < began && began < other.ended && other.ended !== ended),
    );
    expect([key, overlapping]).toEqual([key, []]);
  }
  expect(await turnedAway.promise).toBe(`apply-role ${PAYMENTS}`);
}, 120_000);
