/** The one table of changes: every CloudTrail event that means something to us, and the reason why any other does not. */
import { associationCreated } from './association-created.ts';
import { associationDeleted } from './association-deleted.ts';
import { associationUpdated } from './association-updated.ts';
import { DETAIL_TYPE, type Head, readHead, readRecord } from './record.ts';

export { EventMalformed } from './event-malformed.ts';

const TABLE = [associationCreated, associationUpdated, associationDeleted] as const;

/** A small typed fact: something changed, when, and who did it. */
export type Change = ReturnType<(typeof TABLE)[number]['read']>;
export type ChangeOf<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;

/** The event tells of no change; `because` is a sentence for a person. */
export type NoChange = { readonly kind: 'NoChange'; readonly because: string };

/**
 * What an event from EventBridge tells.
 * @throws EventMalformed when it is of a kind in the table and can't be read, or is no event at all
 */
export const changeOf = (event: unknown): Change | NoChange => {
  const head = readHead(event);
  const kind = TABLE.find(
    ({ eventName, eventSource }) => head.detail.eventName === eventName && head.detail.eventSource === eventSource,
  );
  const because = reasonForNone(head, kind !== undefined);
  return kind === undefined || because !== undefined
    ? { kind: 'NoChange', because: because ?? 'no kind of ours' }
    : kind.read(readRecord(head));
};

const reasonForNone = ({ source, detailType, detail }: Head, known: boolean): string | undefined => {
  if (detailType !== DETAIL_TYPE) return `a "${brief(detailType)}" is no API call`;
  if (!known)
    return `${brief(detail.eventName)} of ${brief(detail.eventSource ?? source)} is no kind of change that we know`;
  if (isTold(detail.errorCode)) return `the call failed (${brief(detail.errorCode)}) and changed nothing`;
  if (detail.readOnly === true || detail.readOnly === 'true') return 'the call only read';
  return undefined;
};

const isTold = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

// It goes into logs: short, and on one line.
const brief = (value: unknown): string =>
  typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').slice(0, 80) : 'something unnamed';
