/** What a function of ours fails with: one class, a table of names, and to which of three families each name belongs. */

/** Again at once, with jitter; again when something outside has changed; never again. */
export type Family = 'try-again' | 'try-later' | 'give-up';

/** The names are the strings in the machines' Retry and Catch lists: renaming one is changing an interface. */
const FAMILIES = {
  /** An AWS API or Kubernetes said "slow down". */
  Throttled: 'try-again',
  /** An answer of the 5xx kind, or none at all. */
  ServiceUnavailable: 'try-again',
  /** Eventual consistency: what was just written, or must have been, can't be read yet. */
  NotYetVisible: 'try-again',
  /** Somebody else wrote the same row in between, several times in a row. */
  Conflict: 'try-again',

  /** No connection to the cluster's endpoint: DNS, network, timeout. */
  ClusterUnreachable: 'try-later',

  /** A function's input does not fit its schema: a fault of the caller. */
  InputMalformed: 'give-up',
  /** An event of ours that can't be read; its cause goes to the dead letters. */
  EventMalformed: 'give-up',
  /** The configuration is missing or does not fit its schema. */
  ConfigMalformed: 'give-up',
  /** A row in the table does not fit its schema. */
  RowMalformed: 'give-up',
  /** 401: the cluster does not know our token. */
  ClusterUnauthorized: 'give-up',
  /** 403: no access entry, or RBAC or an admission policy says no. */
  ClusterForbidden: 'give-up',
  /** The TLS certificate is not from the CA that EKS names. */
  ClusterUntrusted: 'give-up',
  ClusterGone: 'give-up',
  /** An AWS API said no; the message names the call. */
  AccessDenied: 'give-up',
  /** What the call is for does not exist. */
  NotFound: 'give-up',
  /** A request that AWS will never accept in this form. */
  Refused: 'give-up',
  /** A change whose "before" nobody knows: what it took away can't be told. */
  PriorStateUnknown: 'give-up',
} as const satisfies Record<string, Family>;

export type FailureName = keyof typeof FAMILIES;

/** An error of ours. The message names the thing, the limit and the remedy; `cause` is what was caught. */
export class Failure extends Error {
  override readonly name: FailureName;
  constructor(name: FailureName, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = name;
  }
}

/** Whether it is one of ours, of any of these names when names are given. */
export const isFailure = (error: unknown, ...names: readonly FailureName[]): error is Failure =>
  error instanceof Failure && (names.length === 0 || names.includes(error.name));

/** The names of one family: the tests compare them with the machines' Retry lists. */
export const namesOf = (family: Family): string[] =>
  Object.entries(FAMILIES).flatMap(([name, of]) => (of === family ? [name] : []));
