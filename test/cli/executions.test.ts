/** An execution's history, read state by state. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { describe, expect, it } from '@jest/globals';
import { statesOf } from '../../cli/executions-history.ts';
import { stateLines, took } from '../../cli/executions-lines.ts';

const START = Date.parse('2026-11-21T12:00:00Z');

/** Numbered events, a second apart; each follows the one before it unless another is named. */
const history = (
  ...events: ReadonlyArray<
    Omit<HistoryEvent, 'id' | 'timestamp' | 'type'> & { type: NonNullable<HistoryEvent['type']> }
  >
): HistoryEvent[] =>
  events.map((event, index) => ({
    id: index + 1,
    previousEventId: index,
    timestamp: new Date(START + index * 1000),
    ...event,
  }));
const entered = (name: string, input = '{}') => ({ stateEnteredEventDetails: { name, input } });
const exited = (name: string, output = '{}') => ({ stateExitedEventDetails: { name, output } });

describe('statesOf', () => {
  it('tells a state with its input, output, times and attempts; one that was caught keeps its error', () => {
    const cause = JSON.stringify({ errorMessage: 'slow down', trace: ['x'] });
    const states = statesOf(
      history(
        { type: 'ExecutionStarted' },
        { type: 'TaskStateEntered', ...entered('cut', '{"a":1}') },
        { type: 'TaskScheduled' },
        {
          type: 'TaskFailed',
          taskFailedEventDetails: { resourceType: 'lambda', resource: 'invoke', error: 'Throttled', cause },
        },
        { type: 'TaskScheduled' },
        { type: 'TaskSucceeded' },
        { type: 'TaskStateExited', ...exited('cut', '{"b":2}') },
        { type: 'ExecutionSucceeded' },
      ),
    );
    expect(states).toEqual([
      {
        id: 2,
        name: 'cut',
        type: 'Task',
        depth: 0,
        enteredAt: new Date(START + 1000),
        exitedAt: new Date(START + 6000),
        input: '{"a":1}',
        output: '{"b":2}',
        error: { error: 'Throttled', cause: 'slow down' },
        attempts: 2,
      },
    ]);
  });

  it('keeps the items of a Map apart, whose events come mixed', () => {
    const states = statesOf(
      history(
        { type: 'ExecutionStarted' },
        { type: 'MapStateEntered', ...entered('each') },
        {
          type: 'MapIterationStarted',
          previousEventId: 2,
          mapIterationStartedEventDetails: { name: 'each', index: 0 },
        },
        {
          type: 'MapIterationStarted',
          previousEventId: 2,
          mapIterationStartedEventDetails: { name: 'each', index: 1 },
        },
        { type: 'TaskStateEntered', previousEventId: 4, ...entered('act') },
        { type: 'TaskStateEntered', previousEventId: 3, ...entered('act') },
        { type: 'TaskStateExited', previousEventId: 5, ...exited('act', '"one"') },
        { type: 'TaskStateExited', previousEventId: 6, ...exited('act', '"zero"') },
        { type: 'MapStateExited', previousEventId: 8, ...exited('each') },
        { type: 'PassStateEntered', previousEventId: 9, ...entered('after') },
      ),
    );
    expect(states.map(({ name, item, depth, output }) => [name, item, depth, output])).toEqual([
      ['each', undefined, 0, '{}'],
      ['act', 1, 1, '"one"'],
      ['act', 0, 1, '"zero"'],
      ['after', undefined, 0, undefined],
    ]);
  });

  it('gives the failure of the execution to no state, and none at all for an empty history', () => {
    const states = statesOf(
      history(
        { type: 'ExecutionStarted' },
        { type: 'FailStateEntered', ...entered('refused') },
        { type: 'ExecutionFailed', executionFailedEventDetails: { error: 'Refused' } },
      ),
    );
    expect(states).toMatchObject([{ name: 'refused', type: 'Fail' }]);
    expect(states[0]?.error).toBeUndefined();
    expect(statesOf([])).toEqual([]);
  });
});

describe('the lines of a state', () => {
  const shown = { stream: process.stdout, width: 40, full: false };
  const run = { id: 1, name: 'cut', type: 'Task', depth: 0, enteredAt: new Date(START), attempts: 1 };
  const ended = { ...run, exitedAt: new Date(START + 1500) };

  it.each([
    [
      'what is new alone',
      { ...ended, input: '{"a":1}', output: '{"a":1,"b":2}' },
      { before: '{"a":1}' },
      ['out {…,"b":2}'],
    ],
    ['nothing where nothing changed', { ...ended, input: '{"a":1}', output: '{"a":1}' }, { before: '{"a":1}' }, []],
    ['all of it, when asked', { ...ended, input: '1', output: '1' }, { before: '1', full: true }, ['in  1', 'out 1']],
    [
      'what is no object whole, cut to the width',
      { ...ended, output: `"${'x'.repeat(50)}"` },
      {},
      [`out "${'x'.repeat(38)}…`],
    ],
    [
      'an error with its cause',
      { ...ended, error: { error: 'Throttled', cause: 'slow\ndown' } },
      {},
      ['Throttled: slow down'],
    ],
  ])('say %s', (_, state, more, lines) => {
    const said = stateLines(state, { ...shown, ...more }).split('\n');
    expect(said[0]).toBe('12:00:00.000  cut  (Task, 1.5s)');
    expect(said.slice(1).map((each) => each.trim())).toEqual(lines);
  });

  it('say the item, the attempts, and that it still runs', () => {
    expect(stateLines({ ...run, depth: 1, item: 3, attempts: 2 }, shown)).toBe(
      '12:00:00.000    cut [3]  (Task, running, 2 attempts)',
    );
  });
});

it.each([
  [400, '0.4s'],
  [12_300, '12s'],
  [200_000, '3m 20s'],
  [7_500_000, '2h 5m'],
])('%i ms are %s', (millis, expected) => {
  expect(took(new Date(0), new Date(millis))).toBe(expected);
});
