/** The one way to make a function that answers events: read as a change, and each change acted on once. */
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { type Change, type ChangeOf, changeOf, EventMalformed, type NoChange } from '../changes/index.ts';
import { IDEMPOTENCY_TABLE } from '../names.ts';
import { dynamo } from './dynamo.ts';
import { bareEntry, type Handler, type Surroundings } from './entry.ts';
import { Failure } from './errors.ts';

/** What an answer may be: powertools stores it, and an undefined value would leave the record in progress for ever. */
export type Answer = {
  readonly [field: string]: string | number | boolean | null | Answer | readonly (string | Answer)[];
};

/** The event was none of ours; `ignored` says why. */
export type Ignored = { readonly ignored: string };

/** EventBridge retries for 24 hours and Lambda for 6 more; a copy that comes later still meets the elected row. */
const REMEMBERED_SECONDS = 2 * 24 * 3600;

/**
 * A handler for the changes of a kind, or of several. The same event again (its `eventID`) gets the first answer; an event that is no change,
 * or a change of another kind, is answered with the reason; what fails is retried by Lambda and then put among the dead letters, with its cause.
 *
 * @example export const handler = eventEntry(['RoleCreated', 'RoleAcquired'], async ({ role }) => ({ created: role.name }));
 * @throws EventMalformed when the event is of a kind that we know and can't be read
 */
export const eventEntry = <const Kind extends Change['kind'], Out extends Answer>(
  kinds: Kind | readonly Kind[],
  run: (change: ChangeOf<Kind>, around: Surroundings) => Promise<Out>,
): Handler<Out | Ignored> => {
  const answered: readonly Kind[] = typeof kinds === 'string' ? [kinds] : kinds;
  let store: DynamoDBPersistenceLayer | undefined;
  return bareEntry(async (event, around) => {
    const change = readChange(event);
    if (!isOf(change, answered)) {
      const because =
        change.kind === 'NoChange'
          ? change.because
          : `this function answers ${answered.join(', ')}, not ${change.kind}`;
      around.log.info('ignored', { because });
      return { ignored: because };
    }
    store ??= new DynamoDBPersistenceLayer({ tableName: IDEMPOTENCY_TABLE, awsSdkV3Client: dynamo() });
    // A configuration for each call: it holds the call's remaining time, until which an unfinished record counts.
    const config = new IdempotencyConfig({ expiresAfterSeconds: REMEMBERED_SECONDS, hashFunction: 'sha256' });
    config.registerLambdaContext(around.context);
    const once = makeIdempotent((_eventId: string) => run(change, around), {
      persistenceStore: store,
      config,
      keyPrefix: around.functionName,
    });
    return once(change.actor.eventId);
  });
};

const readChange = (event: unknown): Change | NoChange => {
  try {
    return changeOf(event);
  } catch (error) {
    if (!(error instanceof EventMalformed)) throw error;
    throw new Failure('EventMalformed', error.message, { cause: error });
  }
};

const isOf = <Kind extends Change['kind']>(
  change: Change | NoChange,
  kinds: readonly Kind[],
): change is ChangeOf<Kind> => kinds.some((kind) => kind === change.kind);
