/** A CloudTrail record in EventBridge's envelope: what all kinds of change have in common. */
import * as z from 'zod';
import type { Actor } from '../actor.ts';
import { readActor } from './actors.ts';
import { EventMalformed } from './event-malformed.ts';
import { readInstant } from './instants.ts';

export const DETAIL_TYPE = 'AWS API Call via CloudTrail';

/** EventBridge delivers no event over 256 KB: a larger one did not come from there. */
const MOST_CHARACTERS = 256 * 1024;

/** What decides whether an event is about a change at all. */
export type Head = {
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly envelope: Readonly<Record<string, unknown>>;
};

/** A record of a call that changed something. */
export type ChangeRecord = {
  readonly account: string;
  readonly region: string;
  /** `eventTime`, as ISO text. */
  readonly at: string;
  readonly eventId: string;
  readonly actor: Actor;
  readonly request: Readonly<Record<string, unknown>>;
  readonly response: Readonly<Record<string, unknown>>;
};

const Fields = z.record(z.string(), z.unknown());
const HeadFields = z.looseObject({ source: z.string(), 'detail-type': z.string(), detail: Fields });
const RecordFields = z.object({
  account: z.string().regex(/^\d{12}$/, 'an account id of 12 digits was expected'),
  // Loose: published records bear made-up regions, and no part of AWS's own names is promised.
  region: z.string().regex(/^[a-z]+(-[a-z0-9]+)+$/, 'a region was expected'),
  detail: z.object({
    requestParameters: Fields.nullish(),
    responseElements: Fields.nullish(),
  }),
});

/** @throws EventMalformed when it is not even an event */
export const readHead = (event: unknown): Head => {
  if (sizeOf(event) > MOST_CHARACTERS)
    throw new EventMalformed('event', 'it is larger than EventBridge delivers (256 KB)');
  const envelope = parsed(HeadFields, event, 'event');
  return { source: envelope.source, detailType: envelope['detail-type'], detail: envelope.detail, envelope };
};

/** @throws EventMalformed naming the field that a record of a change must have */
export const readRecord = ({ detail, envelope }: Head): ChangeRecord => {
  const fields = parsed(RecordFields, envelope, 'event');
  const at = readInstant(detail.eventTime) ?? readInstant(envelope.time);
  if (at === undefined) throw new EventMalformed('detail.eventTime', 'a time was expected');
  const eventId = [detail.eventID, envelope.id].find((id) => typeof id === 'string' && id !== '');
  if (typeof eventId !== 'string') throw new EventMalformed('detail.eventID', 'an id was expected');
  return {
    account: fields.account,
    region: fields.region,
    at,
    eventId: eventId.slice(0, 128),
    actor: readActor(detail, eventId.slice(0, 128)),
    request: fields.detail.requestParameters ?? {},
    response: fields.detail.responseElements ?? {},
  };
};

/** Parses, or throws EventMalformed with the path of the first wrong field below `root`. */
export const parsed = <Schema extends z.ZodType>(schema: Schema, value: unknown, root: string): z.output<Schema> => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.map(String) ?? [];
  const field = root === 'event' && path.length > 0 ? path.join('.') : [root, ...path].join('.');
  throw new EventMalformed(field, issue?.message ?? 'unreadable', { cause: result.error });
};

const sizeOf = (event: unknown): number => {
  try {
    return JSON.stringify(event)?.length ?? 0;
  } catch (cause) {
    throw new EventMalformed('event', 'it is no JSON value', { cause });
  }
};
