/** How a rule tells what differs: severity and remedy from its documented reason, the place from the difference. */
import type { Severity } from '../../finding.ts';
import { showIdentity } from '../../identity.ts';
import { parseArn } from '../../partition.ts';
import type { DriftFinding, ObjectRef, Wanted, WantedBy } from '../contract.ts';
import type { Difference } from './question.ts';
import { DRIFT_REASONS, type DriftReasonName } from './reasons.ts';

export type Told = {
  readonly reason: DriftReasonName;
  readonly sentence: string;
  readonly witness?: string;
  /** Where this case is worse or milder than the reason usually is. */
  readonly severity?: Severity;
  /** Where there is nothing to write, what is: nobody sets anything back then. */
  readonly shouldBe?: string | null;
};

export const tell = (
  ref: ObjectRef,
  { facet, is, shouldBe: wanted }: Pick<Difference, 'facet' | 'is' | 'shouldBe'>,
  { reason, sentence, witness, severity, shouldBe = wanted }: Told,
): DriftFinding => ({
  reason,
  severity: severity ?? DRIFT_REASONS[reason].severity,
  ref,
  facet,
  subject: facet,
  sentence,
  ...(witness !== undefined && { witness }),
  remedy: DRIFT_REASONS[reason].remedy,
  is,
  shouldBe,
});

/** At the beginning of a sentence. */
export const nameOfObject = (ref: ObjectRef): string => {
  if (ref.object === 'role') {
    return `Role ${ref.roleArn.split('/').at(-1)} of account ${parseArn(ref.roleArn)?.account ?? 'unknown'}`;
  }
  if (ref.object === 'association') return `The association of ${showIdentity(ref.identity)}`;
  return `Cluster ${ref.cluster.cluster} (${ref.cluster.account}, ${ref.cluster.region})`;
};

/** `grant g-1 (version 2) and the accepted baseline`. */
export const wishers = (wanted: Wanted | undefined): string =>
  wanted === undefined ? 'nobody' : [...new Set(wanted.by.map(wisher))].toSorted().join(' and ');

/** A value inside of a sentence; documents are too long for one. */
export const show = (value: string | null): string => {
  if (value === null) return 'none';
  return value.startsWith('{') ? 'another document' : value;
};

const wisher = (by: WantedBy): string => {
  switch (by.kind) {
    case 'grant':
      return `grant ${by.id} (version ${by.version})`;
    case 'deny':
      return `revocation ${by.revocation}`;
    case 'baseline':
      return 'the accepted baseline';
    case 'setup':
      return 'podid’s own set-up';
  }
};
