/** The one table of changes: every CloudTrail event that means something to us, and the reason why any other does not. */
import { accessEntryChanged } from './access-entry-changed.ts';
import { addOnChanged } from './add-on-changed.ts';
import { associationCreated } from './association-created.ts';
import { associationDeleted } from './association-deleted.ts';
import { associationUpdated } from './association-updated.ts';
import type { ChangeIn, NoChange } from './change-kind.ts';
import { clusterConfigChanged } from './cluster-config-changed.ts';
import { clusterCreated } from './cluster-created.ts';
import { clusterDeleted } from './cluster-deleted.ts';
import { managedPolicyChanged } from './managed-policy-changed.ts';
import { DETAIL_TYPE, type Head, readHead, readRecord } from './record.ts';
import { roleAcquired } from './role-acquired.ts';
import { roleBoundaryChanged } from './role-boundary-changed.ts';
import { roleCreated } from './role-created.ts';
import { roleDeleted } from './role-deleted.ts';
import { rolePolicyChanged } from './role-policy-changed.ts';
import { roleTagsChanged } from './role-tags-changed.ts';
import { roleTrustChanged } from './role-trust-changed.ts';
import { roleUpdated } from './role-updated.ts';

export type { AccessEntryFacts } from './access-entry-changed.ts';
export type { AddOnFacts } from './add-on-changed.ts';
export type { NoChange } from './change-kind.ts';
export { EventMalformed } from './event-malformed.ts';
export type { RoleFacts, RoleRef } from './role-fields.ts';

const TABLE = [
  associationCreated,
  associationUpdated,
  associationDeleted,
  roleTrustChanged,
  roleCreated,
  roleAcquired,
  roleDeleted,
  roleTagsChanged,
  rolePolicyChanged,
  roleBoundaryChanged,
  roleUpdated,
  managedPolicyChanged,
  addOnChanged,
  clusterCreated,
  clusterDeleted,
  clusterConfigChanged,
  accessEntryChanged,
] as const;

/** A small typed fact: something changed, when, and who did it. */
export type Change = ChangeIn<(typeof TABLE)[number]>;
export type ChangeOf<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;

/** Every kind that there is. */
export const CHANGE_KINDS: readonly Change['kind'][] = TABLE.map(({ kind }) => kind);

/** The calls that tell of changes of these kinds, by their `eventName`, in the table's order: for the rules that ask for them. */
export const eventNamesOf = (...kinds: readonly Change['kind'][]): string[] =>
  TABLE.filter(({ kind }) => kinds.includes(kind)).flatMap(({ events }) => [...events.keys()]);

/** The calls of one service that tell of any change: those of `eks` for `eks.amazonaws.com`. */
export const eventNamesFrom = (service: 'eks' | 'iam'): string[] => [
  ...new Set(
    TABLE.filter(({ eventSource }) => eventSource === `${service}.amazonaws.com`).flatMap(({ events }) => [
      ...events.keys(),
    ]),
  ),
];

/**
 * What an event from EventBridge tells.
 * @throws EventMalformed when it is of a kind in the table and can't be read, or is no event at all
 */
export const changeOf = (event: unknown): Change | NoChange => {
  const head = readHead(event);
  const read = readerOf(head);
  const because = reasonForNone(head, read !== undefined);
  return read === undefined || because !== undefined
    ? { kind: 'NoChange', because: because ?? 'no kind of ours' }
    : read(readRecord(head));
};

const readerOf = ({ detail: { eventSource, eventName } }: Head) =>
  typeof eventName === 'string'
    ? TABLE.find((line) => line.eventSource === eventSource && line.events.has(eventName))?.events.get(eventName)
    : undefined;

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
