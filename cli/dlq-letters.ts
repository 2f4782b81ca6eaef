/** A dead letter read: what it was about, why nobody could handle it, and to whom it would go again. Pure. */
import { jsonOf } from '../functions/json.ts';
import { parseArn } from '../functions/partition.ts';
import type { DeadLetterQueue, Message } from './dlq-queues.ts';

export type Letter = {
  readonly id: string;
  readonly queue: string;
  readonly account: string;
  readonly region: string;
  /** When it was put there. ISO 8601. */
  readonly at: string;
  /** Which function failed, or which rule could not deliver. */
  readonly by: { readonly kind: 'function' | 'rule' | 'unknown'; readonly name: string };
  readonly cause: { readonly code: string; readonly message: string; readonly attempts?: number };
  /** What it was about, as far as it tells: `DeletePodIdentityAssociation`. */
  readonly eventName?: string;
  readonly eventId?: string;
  readonly event: unknown;
  /** To whom it goes again; or why nobody knows. */
  readonly to:
    | { readonly kind: 'function' | 'machine' | 'bus'; readonly arn: string }
    | { readonly kind: 'nobody'; readonly because: string };
};

/** Lambda's record of an event that its function failed on, or the event itself, with EventBridge's attributes. */
export const letterOf = (message: Message, { name, place }: Pick<DeadLetterQueue, 'name' | 'place'>): Letter => {
  const body = jsonOf(message.Body);
  const head = {
    id: message.MessageId,
    queue: name,
    account: place.account.name,
    region: place.region,
    at: new Date(Number(message.Attributes.SentTimestamp ?? 0)).toISOString(),
  };
  return { ...head, ...(ofFunction(body) ?? ofRule(message, body)) };
};

type Told = Pick<Letter, 'by' | 'cause' | 'event' | 'eventId' | 'eventName' | 'to'>;

/** Lambda guide, "Capturing records of Lambda asynchronous invocations". */
const ofFunction = (body: unknown): Told | undefined => {
  const context = at(body, 'requestContext');
  const named = textAt(context, 'functionArn');
  if (named === undefined) return undefined;
  const arn = unqualified(named);
  const failure = at(body, 'responsePayload');
  const condition = textAt(context, 'condition') ?? 'unknown';
  const attempts = Number(at(context, 'approximateInvokeCount'));
  const event = at(body, 'requestPayload');
  return {
    by: { kind: 'function', name: lastPart(arn) },
    cause: {
      code: textAt(failure, 'errorType') ?? condition,
      message: textAt(failure, 'errorMessage') ?? `${condition}; Lambda tells no more`,
      ...(Number.isFinite(attempts) && { attempts }),
    },
    ...aboutOf(event),
    event,
    to: { kind: 'function', arn },
  };
};

/** EventBridge guide, "Using dead-letter queues to process undelivered events". */
const ofRule = ({ MessageAttributes, Body }: Message, body: unknown): Told => {
  const attribute = (name: string): string | undefined => MessageAttributes[name]?.StringValue;
  const rule = attribute('RULE_ARN');
  const attempts = Number(attribute('RETRY_ATTEMPTS') ?? Number.NaN);
  return {
    by: rule === undefined ? { kind: 'unknown', name: '?' } : { kind: 'rule', name: lastPart(rule) },
    cause: {
      code: attribute('ERROR_CODE') ?? 'unknown',
      message: attribute('ERROR_MESSAGE') ?? 'The message does not say why it is here.',
      ...(Number.isFinite(attempts) && { attempts: attempts + 1 }),
    },
    ...aboutOf(body),
    event: body ?? Body,
    to: addressOf(attribute('TARGET_ARN'), body),
  };
};

const addressOf = (target: string | undefined, body: unknown): Letter['to'] => {
  if (body === undefined) return { kind: 'nobody', because: 'its body is no JSON' };
  if (target === undefined) return { kind: 'nobody', because: 'it does not say for whom it was' };
  const { service, resource } = parseArn(target) ?? { service: '', resource: '' };
  if (service === 'lambda') return { kind: 'function', arn: unqualified(target) };
  if (service === 'states') return { kind: 'machine', arn: target };
  if (service === 'events' && resource.startsWith('event-bus/')) return { kind: 'bus', arn: target };
  return { kind: 'nobody', because: `podid sends nothing to ${target}` };
};

const aboutOf = (event: unknown): Pick<Letter, 'eventId' | 'eventName'> => {
  const detail = at(event, 'detail');
  const eventId = textAt(detail, 'eventID') ?? textAt(event, 'id');
  const eventName = textAt(detail, 'eventName') ?? textAt(event, 'detail-type');
  return { ...(eventId !== undefined && { eventId }), ...(eventName !== undefined && { eventName }) };
};

/** Without the version behind the function's name. */
const unqualified = (arn: string): string => arn.split(':').slice(0, 7).join(':');

const lastPart = (arn: string): string => arn.split(/[:/]/).at(-1) ?? arn;

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

const textAt = (value: unknown, key: string): string | undefined => {
  const found = at(value, key);
  return typeof found === 'string' && found !== '' ? found : undefined;
};
