/** What an execution did, state by state, from its history. Pure. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';

/** One pass through a state. */
export type StateRun = {
  /** The id of the event that it began with. */
  readonly id: number;
  readonly name: string;
  /** `Task`, `Map`, `Choice`. */
  readonly type: string;
  /** How deep it stands in Maps and Parallels. */
  readonly depth: number;
  /** Which item of the Map around it. */
  readonly item?: number;
  readonly enteredAt: Date;
  readonly input?: string;
  exitedAt?: Date;
  output?: string;
  /** The last error; where the state has an exit all the same, it was caught or tried again. */
  error?: ExecutionError;
  /** How often its task was begun. */
  attempts: number;
};

export type ExecutionError = { readonly error: string; readonly cause?: string };

/** Where an event stands: the states around it, outermost first, and the item. */
type Standing = { readonly around: readonly StateRun[]; readonly item?: number };

/** In the order in which they began. `events`: from the first on, in order. */
export const statesOf = (events: readonly HistoryEvent[]): readonly StateRun[] => {
  const runs: StateRun[] = [];
  const standings = new Map<number, Standing>();
  for (const event of events) {
    const before = standings.get(event.previousEventId ?? 0) ?? { around: [] };
    standings.set(event.id ?? 0, standingAfter(event, before, runs));
  }
  return runs;
};

const standingAfter = (event: HistoryEvent, before: Standing, runs: StateRun[]): Standing => {
  const { around } = before;
  const entered = event.stateEnteredEventDetails;
  if (entered?.name !== undefined) {
    const run: StateRun = {
      id: event.id ?? 0,
      name: entered.name,
      type: (event.type ?? '').replace(/StateEntered$/, ''),
      depth: around.length,
      ...(before.item !== undefined && { item: before.item }),
      enteredAt: timeOf(event),
      ...(entered.input !== undefined && { input: entered.input }),
      attempts: 0,
    };
    runs.push(run);
    return { ...before, around: [...around, run] };
  }
  const exited = event.stateExitedEventDetails;
  if (exited !== undefined) {
    const at = around.findLastIndex(({ name }) => name === exited.name);
    const run = around[at];
    if (run === undefined) return before;
    run.exitedAt = timeOf(event);
    if (exited.output !== undefined) run.output = exited.output;
    const { item } = run;
    return { around: around.slice(0, at), ...(item !== undefined && { item }) };
  }
  const index = event.mapIterationStartedEventDetails?.index;
  if (index !== undefined) return { ...before, item: index };
  const innermost = around.at(-1);
  if (innermost !== undefined) {
    if (event.type === 'TaskScheduled' || event.type === 'LambdaFunctionScheduled') innermost.attempts += 1;
    const error = errorOf(event);
    if (error !== undefined && !(event.type ?? '').startsWith('Execution')) innermost.error = error;
  }
  return before;
};

/** What an event tells of an error, whatever it is called. */
export const errorOf = (event: HistoryEvent): ExecutionError | undefined => {
  for (const details of Object.values(event)) {
    if (typeof details !== 'object' || details === null || !('error' in details)) continue;
    const { error } = details;
    if (typeof error !== 'string') continue;
    const cause = 'cause' in details && typeof details.cause === 'string' ? details.cause : undefined;
    return { error, ...(cause !== undefined && { cause: sentenceOf(cause) }) };
  }
  return undefined;
};

/** Lambda tells its errors as JSON, with a trace that nobody reads here. */
const sentenceOf = (cause: string): string => {
  try {
    const read: unknown = JSON.parse(cause);
    const message: unknown = typeof read === 'object' && read !== null ? Reflect.get(read, 'errorMessage') : undefined;
    return typeof message === 'string' ? message : cause;
  } catch {
    return cause;
  }
};

const timeOf = ({ timestamp }: HistoryEvent): Date => timestamp ?? new Date(0);
