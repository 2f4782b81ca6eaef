/** A state machine's definition made ready for the local engine: checked, refused where the engine would silently differ, and rewritten where it does. */
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';

/** Where a state stands: in a Map's items or in a Parallel's branch, or at the top. */
export type Container = { readonly name: string; readonly kind: 'Map' | 'Parallel'; readonly branch: number };

export type StateFacts = {
  readonly type: string;
  readonly container?: Container;
  readonly resource?: string;
  readonly timeoutSeconds?: number;
  /** For a Map: `$.a.b`. */
  readonly itemsPath?: string;
};

export type Definition = {
  /** What the engine gets. */
  readonly runnable: StateMachineDefinition;
  readonly states: ReadonlyMap<string, StateFacts>;
};

/** The definition is not valid, or asks for what the local engine does not have. */
export class MachineUnsupported extends Error {
  override readonly name = 'MachineUnsupported';
}

type Json = Record<string, unknown>;

/** setTimeout takes 31 bits of milliseconds; AWS's default timeout is 99,999,999 seconds. */
const LONGEST_SECONDS = 2_000_000;

/**
 * Checks and prepares a definition.
 * @throws MachineUnsupported naming the state and what is wrong with it.
 */
export const readDefinition = (text: string): Definition => {
  const given = parse(text);
  try {
    // The constructor runs asl-validator, which writes into what it is given.
    void new StateMachine(asDefinition(given));
  } catch (error) {
    throw new MachineUnsupported(error instanceof Error ? error.message : String(error));
  }
  const states = new Map<string, StateFacts>();
  const runnable = prepareMachine(parse(withStartedContext(text)), undefined, states);
  return { runnable: asDefinition(runnable), states };
};

// In an item of a Map the engine gives the item's input and start as those of the execution; ours are kept beside.
const withStartedContext = (text: string): string =>
  text.replaceAll(/\$\$\.Execution\.(Input|StartTime)\b/g, (_, field: string) => `$$.Started.${field}`);

// A copy; its form is the validator's business.
const asDefinition = (json: Json): StateMachineDefinition => JSON.parse(JSON.stringify(json));

const parse = (text: string): Json => {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new MachineUnsupported('a state machine is a JSON object');
  return value;
};

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const prepareMachine = (machine: Json, container: Container | undefined, facts: Map<string, StateFacts>): Json => {
  const states = Object.entries(isObject(machine.States) ? machine.States : {}).map(([name, state]) => {
    if (!isObject(state)) throw new MachineUnsupported(`${name} is no state`);
    refuse(name, state, container);
    facts.set(name, factsOf(state, container));
    return [name, prepareState(name, state, facts)];
  });
  return {
    ...machine,
    ...clamped(machine, 'TimeoutSeconds'),
    States: Object.fromEntries(states),
  };
};

const factsOf = (state: Json, container: Container | undefined): StateFacts => ({
  type: String(state.Type),
  ...(container === undefined ? {} : { container }),
  ...(typeof state.Resource === 'string' ? { resource: state.Resource } : {}),
  ...(typeof state.TimeoutSeconds === 'number' ? { timeoutSeconds: state.TimeoutSeconds } : {}),
  ...(typeof state.ItemsPath === 'string' ? { itemsPath: state.ItemsPath } : {}),
});

/** Fields that the engine ignores without a word, or understands in another way. */
const FOREIGN = [
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
  'HeartbeatSeconds',
  'HeartbeatSecondsPath',
  'Credentials',
  'Assign',
  'Arguments',
  'Output',
] as const;

const TASKS = /^arn:[^:]+:(states:::lambda:invoke|lambda:[^:]+:\d{12}:function:.+)$/;

const refuse = (name: string, state: Json, container: Container | undefined): void => {
  const no = (what: string) => new MachineUnsupported(`${name}: ${what} is not supported by the local engine`);
  for (const field of FOREIGN) if (state[field] !== undefined) throw no(field);
  if (state.QueryLanguage === 'JSONata') throw no('JSONata');
  if (state.Type === 'Task' && !TASKS.test(String(state.Resource))) throw no(`Resource ${state.Resource}`);
  const processor = state.ItemProcessor;
  if (isObject(processor) && isObject(processor.ProcessorConfig) && processor.ProcessorConfig.Mode === 'DISTRIBUTED') {
    throw no('a distributed Map');
  }
  if (state.Type === 'Pass' && 'Result' in state && !state.Result) throw no(`Result ${JSON.stringify(state.Result)}`);
  const { Iterator: _, ItemProcessor: __, Branches: ___, ...own } = state;
  const text = JSON.stringify(own);
  const [foreign] = /\$\$\.(State|Task)\b/.exec(text) ?? [];
  if (foreign !== undefined) throw no(foreign);
  // A Map's own ItemSelector speaks of its own items, wherever the Map stands.
  const { ItemSelector: ____, ...others } = own;
  if (container?.kind === 'Map' && JSON.stringify(others).includes('$$.Map')) {
    throw no('$$.Map inside of an item (use ItemSelector)');
  }
};

const prepareState = (name: string, state: Json, facts: Map<string, StateFacts>): Json => {
  const prepared: Json = { ...state, ...clamped(state, 'TimeoutSeconds'), ...clamped(state, 'Seconds') };
  // The engine takes the default, written out, for a field called `$`.
  if (prepared.ResultPath === '$') delete prepared.ResultPath;
  if (Array.isArray(prepared.Catch)) {
    prepared.Catch = prepared.Catch.map(({ ResultPath, ...rest }: Json) =>
      ResultPath === undefined || ResultPath === '$' ? rest : { ...rest, ResultPath },
    );
  }
  switch (state.Type) {
    case 'Task':
      // Without a limit of its own the engine would stop a task after a minute.
      prepared.TimeoutSeconds ??= state.TimeoutSecondsPath === undefined ? LONGEST_SECONDS : undefined;
      prepared.Parameters = {
        ...(state.Parameters === undefined ? { 'payload.$': '$' } : { payload: state.Parameters }),
        // By this very object the handler knows which item of a Map it runs for.
        'run.$': '$$.Execution.Input',
      };
      return prepared;
    case 'Choice':
      return { ...prepared, Choices: Array.isArray(state.Choices) ? state.Choices.map(prepareChoice) : [] };
    case 'Map': {
      const key = state.ItemProcessor === undefined ? 'Iterator' : 'ItemProcessor';
      const processor = state[key];
      const container: Container = { name, kind: 'Map', branch: 0 };
      return isObject(processor) ? { ...prepared, [key]: prepareMachine(processor, container, facts) } : prepared;
    }
    case 'Parallel': {
      const branches: readonly unknown[] = Array.isArray(state.Branches) ? state.Branches : [];
      const prepareBranch = (branch: unknown, index: number) =>
        isObject(branch) ? prepareMachine(branch, { name, kind: 'Parallel', branch: index }, facts) : branch;
      return { ...prepared, Branches: branches.map(prepareBranch) };
    }
    default:
      return prepared;
  }
};

const TYPE_TESTS = ['IsPresent', 'IsNull', 'IsNumeric', 'IsString', 'IsBoolean', 'IsTimestamp'] as const;

/** The engine never matches `"IsPresent": false` and its kin: it gets `Not` of the affirmative. */
const prepareChoice = (choice: unknown): unknown => {
  if (!isObject(choice)) return choice;
  const { Next, And, Or, Not, ...test } = choice;
  const negative = TYPE_TESTS.find((name) => test[name] === false);
  const inner =
    negative === undefined
      ? {
          ...test,
          ...(Array.isArray(And) ? { And: And.map(prepareChoice) } : {}),
          ...(Array.isArray(Or) ? { Or: Or.map(prepareChoice) } : {}),
          ...(Not === undefined ? {} : { Not: prepareChoice(Not) }),
        }
      : { Not: { ...test, [negative]: true } };
  return { ...inner, ...(Next === undefined ? {} : { Next }) };
};

const clamped = (json: Json, field: string): Json => {
  const value = json[field];
  return typeof value === 'number' ? { [field]: Math.min(value, LONGEST_SECONDS) } : {};
};
