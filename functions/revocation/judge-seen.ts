/** What follows from an association that an event shows, new or updated. Pure. */
import type { ChangeOf } from '../changes/index.ts';
import type { Finding } from '../finding.ts';
import { showIdentity } from '../identity.ts';
import type { AssociationRow, Seen } from '../store/association-row.ts';
import type { DenyRow } from '../store/denies.ts';
import type { Beginning } from './begin.ts';
import { hasPredecessor, losingSteps } from './former-access.ts';

export type Shown = ChangeOf<'AssociationCreated' | 'AssociationUpdated'>;

export type Judgement = {
  /** Access that was lost, each step once: what an update took away, and what a later one did that came before its own "before". */
  readonly losses: readonly Beginning[];
  /** The identity has denies without a time: its new sessions would be caught too. */
  readonly toBound: Beginning | undefined;
  /** `PriorStateUnknown`: nobody can say what the update took away. */
  readonly finding: Finding | undefined;
};

/** @param row the association's row with `seen` already in it */
export const judgeSeen = (change: Shown, row: AssociationRow, seen: Seen, denies: readonly DenyRow[]): Judgement => {
  const { associationId } = change.state;
  const { identity } = row;
  const losses = losingSteps(row, seen).flatMap(({ key: revision, former, current }): Beginning[] => {
    if (current.event === undefined) return [];
    const { at: since, actor } = current.event;
    return [
      {
        cause: 'association-updated',
        identity,
        associationId,
        revision,
        former: former.state,
        current: current.state,
        since,
        actor,
      },
    ];
  });
  // A revocation looks at all the identity's denies anyway; and what is gone again has no new sessions.
  const bound = losses.length === 0 && row.gone === undefined && denies.some(catchesNewSessions);
  return {
    losses,
    toBound: bound
      ? {
          cause: 'association-created',
          identity,
          associationId,
          revision: seen.revision,
          current: change.state,
          since: change.at,
          actor: change.actor,
        }
      : undefined,
    finding: change.kind === 'AssociationUpdated' && !hasPredecessor(row, seen) ? priorStateUnknown(change) : undefined,
  };
};

const catchesNewSessions = ({ status, issuedBefore }: DenyRow): boolean =>
  status === 'in-force' && issuedBefore === undefined;

const priorStateUnknown = ({ identity, state, at }: Shown): Finding => ({
  reason: 'PriorStateUnknown',
  severity: 'warning',
  sentence: `The association of ${showIdentity(identity)} was updated at ${at}, and what it gave before was never seen: sessions of a former role may live on.`,
  witness: state.associationArn,
  remedy:
    'Look for its creation and its updates in CloudTrail; if the role was another one, revoke its sessions of this identity by hand.',
});
