/** What a look has found, as findings are kept: with who did it, and why it is left as it is. Pure. */
import type { Cause, Found } from '../../store/finding-row.ts';
import type { DriftFinding, Hold, SeenChange } from '../contract.ts';
import type { Fights } from '../reconcile/index.ts';

/** The facet's hold stands for all of its findings. */
export const foundOf = (findings: readonly DriftFinding[], holds: readonly Hold[]): readonly Found[] => {
  const held = new Map(holds.map((hold) => [hold.facet, hold.sentence]));
  return findings.map(({ reason, severity, subject, sentence, witness, remedy, facet, attribution }) => {
    const why = held.get(facet);
    return {
      reason,
      severity,
      subject,
      sentence: attribution === undefined ? sentence : `${sentence} ${attribution.sentence}`,
      ...(witness !== undefined && { witness }),
      ...(remedy !== undefined && { remedy }),
      ...(why !== undefined && { held: why }),
    };
  });
};

/** What a finding that is gone was mended by. */
export const MENDED = 'DriftMended';
/** Nobody told of a change: somebody looked. */
export const LOOKED = 'Looked';

/**
 * What led to it: the change behind the worst of the new findings, or the last one that was told; our own last write, where nothing is new and that
 * came after.
 * @param news Those that were not open before
 */
export const causeOf = (
  news: readonly DriftFinding[],
  changes: readonly SeenChange[],
  fights: Fights,
  isOurs: (change: SeenChange) => boolean,
): Cause => {
  const blamed = news.find(({ attribution }) => attribution?.eventId !== undefined)?.attribution;
  const last = changes.findLast(({ eventId }) => blamed === undefined || eventId === blamed.eventId);
  const wrote = Math.max(0, ...Object.values(fights).map((fight) => fight.wrote?.at ?? 0));
  const isMended = wrote > 0 && (last === undefined || isOurs(last) || Date.parse(last.at) < wrote);
  if (news.length === 0 && isMended) return { kind: MENDED };
  return last === undefined ? { kind: LOOKED } : { kind: last.kind, actor: last.actor };
};
