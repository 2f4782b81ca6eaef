/** The clock of one object on the local engine: it looks until there is nothing to wait for, and tries again what may pass. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { namesOf } from '../../functions/runtime/errors.ts';
import { calledBy } from './called.ts';

const ASL = new URL('../../statemachines/reconcile.asl.json', import.meta.url);
const definition: StateMachineDefinition = JSON.parse(
  readFileSync(ASL, 'utf8')
    .replace(/\$\{Partition\}/g, 'aws')
    .replace(/\$\{(\w+)\}/g, 'arn:aws:lambda:eu-west-1:999988887777:function:$1'),
);

const run = async (answers: readonly (object | string)[]) => {
  const asked: unknown[] = [];
  const { result, eventLogs } = new StateMachine(definition).run(
    { looks: 0 },
    {
      overrides: {
        taskResourceLocalHandlers: {
          'look-at-object': async (invoke) => {
            const answer = answers[asked.length];
            asked.push(calledBy(invoke).payload);
            if (typeof answer !== 'string') return JSON.parse(JSON.stringify({ Payload: answer }));
            throw Object.assign(new Error(answer), { name: answer });
          },
        },
        waitTimeOverrides: { wait: 0 },
        retryIntervalOverrides: { 'look-at-object': 0 },
      },
    },
  );
  const output: unknown = await result.catch((error: unknown) => error);
  const visited: string[] = [];
  for await (const event of eventLogs) if (event.type === 'StateEntered') visited.push(event.state.name);
  return { asked, output, visited };
};

test('a look is the next one’s input, as long as there is a time for one', async () => {
  const again = '2026-11-21T12:00:00.000Z';
  const { asked, output, visited } = await run([{ looks: 1, again }, { looks: 2, again }, { looks: 3 }]);
  expect(asked).toEqual([{ looks: 0 }, { looks: 1, again }, { looks: 2, again }]);
  expect(output).toEqual({ looks: 3 });
  const round = ['look-at-object', 'again', 'wait'];
  expect(visited).toEqual([...round, ...round, 'look-at-object', 'again', 'looked']);
});

test('what may pass is tried again; what will not fails the execution', async () => {
  for (const name of namesOf('try-again')) {
    expect((await run([name, name, { looks: 1 }])).output).toEqual({ looks: 1 });
  }
  const { asked, output } = await run(['AccessDenied', { looks: 1 }]);
  expect([asked.length, output]).toEqual([1, expect.any(Error)]);
});
