/** Turns what the engine logs into the history that GetExecutionHistory shows, and knows which item of a Map a task runs for. */
import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { StateMachine } from 'aws-local-stepfunctions';
import type { StateFacts } from './definition.ts';
import type { History, Lane } from './history.ts';

export type EngineEvent =
  ReturnType<StateMachine['run']>['eventLogs'] extends AsyncGenerator<infer Event> ? Event : never;

type EventOf<Type extends EngineEvent['type']> = Extract<EngineEvent, { type: Type }>;

export type Recorder = {
  readonly read: (event: EngineEvent) => void;
  /** The lane in which a task runs, by the state's name and the input of its run. */
  readonly laneOf: (state: string, run: unknown) => Lane;
  /** Whether the Map of this lane has failed already: its waiting items must not begin. */
  readonly abandoned: (lane: Lane) => boolean;
};

/** How an execution ends by itself. */
export type Ends = {
  readonly succeeded: (output: unknown) => void;
  readonly failed: (error: string, cause: string) => void;
  readonly timedOut: () => void;
  /** A state's input or output is larger than a payload may be. */
  readonly checkSize: (state: string, json: string) => boolean;
};

type Facts = ReadonlyMap<string, StateFacts>;

const text = (value: unknown): string => JSON.stringify(value) ?? 'null';

export const createRecorder = (history: History, facts: Facts, ends: Ends, roleArn: string): Recorder => {
  const root: Lane = { previous: 0, input: undefined };
  const lanes = new Map<string, Lane>([['', root]]);
  const itemsByInput = new Map<unknown, Lane[]>();
  const failedRuns = new WeakSet<object>();

  const laneFor = (state: string, index: number | undefined): Lane => {
    const container = facts.get(state)?.container;
    if (container === undefined) return root;
    const key =
      container.kind === 'Map' ? `${container.name}#${index}` : `${container.name}/${container.branch}#${index}`;
    const known = lanes.get(key);
    if (known !== undefined) return known;
    const parent = laneFor(container.name, index);
    const lane: Lane = { previous: parent.previous, input: undefined };
    lanes.set(key, lane);
    return lane;
  };

  const beginItem = (event: EventOf<'MapIterationStarted'>): void => {
    const { name } = event.parentState;
    const parent = laneFor(name, undefined);
    const input = 'input' in event ? event.input : undefined;
    // The engine clones a Map's input for each run of the state, so this object stands for that run.
    const mapRun = Object(event.parentState.input);
    const lane: Lane = { previous: parent.previous, input, mapRun };
    lanes.set(`${name}#${event.index}`, lane);
    itemsByInput.set(input, [...(itemsByInput.get(input) ?? []), lane]);
    history.add(lane, 'MapIterationStarted', { mapIterationStartedEventDetails: { name, index: event.index } });
  };

  const endItem = (event: EventOf<'MapIterationSucceeded' | 'MapIterationFailed'>): void => {
    const { name } = event.parentState;
    const lane = lanes.get(`${name}#${event.index}`);
    if (lane === undefined) return;
    const details = { name, index: event.index };
    if (event.type === 'MapIterationFailed') {
      if (lane.mapRun !== undefined) failedRuns.add(lane.mapRun);
      history.add(lane, 'MapIterationFailed', { mapIterationFailedEventDetails: details });
    } else history.add(lane, 'MapIterationSucceeded', { mapIterationSucceededEventDetails: details });
    laneFor(name, undefined).previous = lane.previous;
    const rest = (itemsByInput.get(lane.input) ?? []).filter((other) => other !== lane);
    if (rest.length === 0) itemsByInput.delete(lane.input);
    else itemsByInput.set(lane.input, rest);
  };

  const enter = (event: EventOf<'StateEntered'>): void => {
    const { name, type } = event.state;
    const lane = laneFor(name, event.index);
    const input = text(event.state.input);
    lane.state = name;
    delete lane.caught;
    history.add(lane, stateEvent(type, 'Entered'), { stateEnteredEventDetails: { name, input, inputDetails: WHOLE } });
    if (!ends.checkSize(name, input)) return;
    if (type === 'Map') {
      const length = lengthAt(event.state.input, facts.get(name)?.itemsPath ?? '$');
      history.add(lane, 'MapStateStarted', length === undefined ? {} : { mapStateStartedEventDetails: { length } });
    }
    if (type === 'Parallel') history.add(lane, 'ParallelStateStarted');
  };

  const leave = (event: EventOf<'StateExited'>): void => {
    const { name, type } = event.state;
    const lane = laneFor(name, event.index);
    const output = text(event.state.output);
    if (lane.caught !== true && (type === 'Map' || type === 'Parallel')) history.add(lane, `${type}StateSucceeded`);
    history.add(lane, stateEvent(type, 'Exited'), { stateExitedEventDetails: { name, output, outputDetails: WHOLE } });
    delete lane.state;
    ends.checkSize(name, output);
  };

  const fail = (event: EventOf<'StateFailed'>): void => {
    const { name, type } = event.state;
    const lane = laneFor(name, event.index);
    if (type === 'Map' || type === 'Parallel') history.add(lane, `${type}StateFailed`);
    if (type === 'Task' && event.Error === 'States.Timeout' && lane.task !== undefined) {
      const kind = { resourceType: 'lambda', resource: 'invoke', error: 'States.Timeout' };
      history.add(lane, 'TaskTimedOut', { taskTimedOutEventDetails: kind });
    }
    delete lane.task;
  };

  return {
    read: (event) => {
      switch (event.type) {
        case 'ExecutionStarted': {
          const details = { input: text(event.input), inputDetails: WHOLE, roleArn };
          history.add(root, 'ExecutionStarted', { executionStartedEventDetails: details });
          break;
        }
        case 'ExecutionSucceeded':
          ends.succeeded(event.output);
          break;
        case 'ExecutionFailed':
          ends.failed(event.Error, String(event.Cause));
          break;
        case 'ExecutionTimeout':
          ends.timedOut();
          break;
        case 'MapIterationStarted':
          beginItem(event);
          break;
        case 'MapIterationSucceeded':
        case 'MapIterationFailed':
          endItem(event);
          break;
        case 'StateEntered':
          enter(event);
          break;
        case 'StateExited':
          leave(event);
          break;
        case 'StateFailed':
          fail(event);
          break;
        case 'StateCaught':
          laneFor(event.state.name, event.index).caught = true;
          break;
        // A retry shows as the task's next TaskScheduled; branches show by their states.
        default:
      }
      if (history.full()) {
        ends.failed(
          'States.Runtime',
          `The execution reached the maximum number of history events (${history.events.length}).`,
        );
      }
    },
    laneOf: (state, run) => {
      if (facts.get(state)?.container?.kind !== 'Map') return laneFor(state, undefined);
      const items = itemsByInput.get(run) ?? [];
      // Items that are equal strings or numbers are told apart by who is in this state and has no task yet.
      return items.find((lane) => lane.state === state && lane.task === undefined) ?? items[0] ?? root;
    },
    abandoned: (lane) => lane.mapRun !== undefined && failedRuns.has(lane.mapRun),
  };
};

const WHOLE = { truncated: false };

const stateEvent = (type: string, end: 'Entered' | 'Exited'): HistoryEventType =>
  `${type}State${end}` as HistoryEventType;

/** The number of items, where the path is plain. */
const lengthAt = (input: unknown, path: string): number | undefined => {
  let value = input;
  for (const key of path.split('.').slice(1)) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return Array.isArray(value) ? value.length : undefined;
};
