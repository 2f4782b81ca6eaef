/** The queues of dead letters: the hub's, and those of the rules that forward to it from every account. SQS's client is not among our packages. */
import * as z from 'zod';
import { DEAD_LETTERS, ROLES_DEAD_LETTERS, SPOKE_DEAD_LETTERS } from '../functions/names.ts';
import { partitionOf } from '../functions/partition.ts';
import { type Account, type Place, placesOf, withIam } from './fleet-accounts.ts';
import { AwsRefused, endpointOf, signedCall } from './signed-call.ts';

export type DeadLetterQueue = { readonly name: string; readonly url: string; readonly place: Place };

const Message = z.object({
  MessageId: z.string(),
  ReceiptHandle: z.string(),
  Body: z.string().default(''),
  Attributes: z.record(z.string(), z.string()).default({}),
  MessageAttributes: z.record(z.string(), z.object({ StringValue: z.string().optional() })).default({}),
});
export type Message = z.infer<typeof Message>;

/** For so long a message is nobody else's while we look at it, in seconds: it comes back by itself when we are gone. */
export const HELD_SECONDS = 120;
const MOST = 10;

/** All that there could be, the hub's first; accounts that can't be reached are told to `missed`. */
export const queuesOf = async (
  accounts: readonly Account[],
  missed: (line: string) => void,
): Promise<readonly DeadLetterQueue[]> => {
  const places = await placesOf(accounts, missed, withIam);
  return places.flatMap((place) => {
    const { account, region } = place;
    const names = [
      ...(account.role === 'hub' ? [DEAD_LETTERS] : []),
      ...(account.regions.includes(region) ? [SPOKE_DEAD_LETTERS] : []),
      ...(partitionOf(region).iamRegion === region ? [ROLES_DEAD_LETTERS] : []),
    ];
    return names.map((name) => ({ name, place, url: `${endpoint(region)}/${account.id}/${name}` }));
  });
};

/**
 * The messages of a queue, each once, as they come; nothing where there is no such queue. Whoever doesn't delete one gives it back with `release`.
 * @throws AwsRefused
 */
export async function* messagesOf(queue: DeadLetterQueue): AsyncGenerator<Message> {
  const seen = new Set<string>();
  for (;;) {
    const fresh = (await receive(queue)).filter(({ MessageId }) => !seen.has(MessageId));
    // What we hold is shown to nobody: when it is shown again, we have been at it for long, and the rest was seen.
    if (fresh.length === 0) return;
    for (const message of fresh) {
      seen.add(message.MessageId);
      yield message;
    }
  }
}

export const remove = async (queue: DeadLetterQueue, { ReceiptHandle }: Message): Promise<void> => {
  await sqs(queue, 'DeleteMessage', { ReceiptHandle });
};

/** In sight again, for whoever looks next. */
export const release = async (queue: DeadLetterQueue, { ReceiptHandle }: Message): Promise<void> => {
  await sqs(queue, 'ChangeMessageVisibility', { ReceiptHandle, VisibilityTimeout: 0 });
};

const Received = z.object({ Messages: z.array(Message).nullish() });

const receive = async (queue: DeadLetterQueue): Promise<readonly Message[]> => {
  try {
    const answer = await sqs(queue, 'ReceiveMessage', {
      MaxNumberOfMessages: MOST,
      VisibilityTimeout: HELD_SECONDS,
      // A poll that waits asks all of the queue's servers: without, an empty answer would prove nothing.
      WaitTimeSeconds: 1,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    });
    return Received.parse(answer).Messages ?? [];
  } catch (error) {
    // An account without clusters has no spoke's queue, one with a cluster in IAM's region no other.
    if (error instanceof AwsRefused && /QueueDoesNotExist|NonExistentQueue/.test(error.name)) return [];
    throw error;
  }
};

const sqs = ({ url, place }: DeadLetterQueue, operation: string, input: object): Promise<unknown> =>
  signedCall({
    service: 'sqs',
    region: place.region,
    credentials: place.credentials,
    endpoint: endpoint(place.region),
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` },
    body: { QueueUrl: url, ...input },
  });

const endpoint = (region: string): string =>
  endpointOf('sqs', `https://sqs.${region}.${partitionOf(region).dnsSuffix}`);
