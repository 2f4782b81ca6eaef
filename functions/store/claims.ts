/** Claims: one identity has one association, so it is of one grant at most. Whoever could write its row first has it. */
import * as z from 'zod';
import { Instant } from '../association.ts';
import { inBatches } from '../runtime/batches.ts';
import { Failure } from '../runtime/errors.ts';
import { instant, readRow } from './row.ts';
import type { Table } from './table.ts';

const Claim = z.object({
  /** Absent: it was given back. */
  grantId: z.string().optional(),
  at: Instant,
  /** Raised with each write; guards read-modify-write. */
  version: z.int(),
});
type Claim = z.infer<typeof Claim>;

/** Who has them now; or which one is another grant's, and then this call has taken none. */
export type Claimed =
  | { readonly outcome: 'claimed' }
  | { readonly outcome: 'taken'; readonly identity: string; readonly by: string };

/** Whether a grant holds an identity, by the grant itself: one that is final, or has left the identity out, doesn't. */
export type Holds = (grantId: string, identity: string) => Promise<boolean>;

/**
 * A claim comes before the grant, or the version, that it is for, so at first the grant itself doesn't say that it holds it. This long it
 * is believed without: longer than a function that claims may run.
 */
const BELIEVED_SECONDS = 60;
const ATTEMPTS = 5;
const AT_ONCE = 10;

const key = (identity: string) => ({ pk: `CLAIM#${identity}`, sk: 'STATE' });

export const claims = (table: Table) => {
  const read = async (identity: string): Promise<Claim | undefined> => {
    const stored = await table.get(key(identity));
    return stored && readRow(Claim, stored);
  };
  const write = (identity: string, claim: Omit<Claim, 'version'>, before: Claim | undefined): Promise<boolean> =>
    table.put(
      { ...key(identity), ...claim, version: (before?.version ?? 0) + 1 },
      before === undefined ? 'absent' : { field: 'version', equals: before.version },
    );

  /** Whether it is the grant's by now, and was before; or whose it is. */
  const take = async (identity: string, grantId: string, now: Date, holds: Holds): Promise<Taken> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const claim = await read(identity);
      if (claim?.grantId !== undefined && claim.grantId !== grantId) {
        const believed = Date.parse(claim.at) + BELIEVED_SECONDS * 1000 > now.getTime();
        if (believed || (await holds(claim.grantId, identity))) return { by: claim.grantId };
      }
      // Written even where it is the grant's already: from now on it is believed anew, and nobody else may take it for stale.
      if (await write(identity, { grantId, at: instant(now) }, claim)) return { before: claim?.grantId === grantId };
    }
    throw new Failure(
      'Conflict',
      `the claim of ${identity} was written by others ${ATTEMPTS} times in a row; try again`,
    );
  };

  const release = async (identities: readonly string[], grantId: string, now: Date): Promise<void> => {
    await inBatches(identities, AT_ONCE, async (identity) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const claim = await read(identity);
        if (claim?.grantId !== grantId || (await write(identity, { at: instant(now) }, claim))) return;
      }
      throw new Failure(
        'Conflict',
        `the claim of ${identity} was written by others ${ATTEMPTS} times in a row; try again`,
      );
    });
  };

  return {
    /**
     * Claims identities (by `identityKey`) for a grant, all or none: when one is another grant's, those that this call has taken are given
     * back. In the order of their keys, so that two grants that want the same ones don't end up with half of them each. Claiming
     * again is harmless. A claim that a crash has left to a grant which doesn't hold the identity counts as free, a minute later.
     * @throws Conflict
     */
    claim: async (identities: readonly string[], grantId: string, now: Date, holds: Holds): Promise<Claimed> => {
      const taken: string[] = [];
      for (const identity of [...new Set(identities)].sort()) {
        const one = await take(identity, grantId, now, holds);
        if ('by' in one) {
          await release(taken, grantId, now);
          return { outcome: 'taken', identity, by: one.by };
        }
        if (!one.before) taken.push(identity);
      }
      return { outcome: 'claimed' };
    },

    /** Gives back those that are the grant's; others stay as they are. @throws Conflict */
    release,

    /** The grant that has claimed an identity last and has not given it back: whether it holds it still, the grant says. */
    claimant: async (identity: string): Promise<string | undefined> => (await read(identity))?.grantId,
  };
};

type Taken = { readonly by: string } | { readonly before: boolean };
