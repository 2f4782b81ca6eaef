/** What follows from a judgement that was kept: nothing, a reason in the journal, or a tightening. */
import type { Config } from '../../config.ts';
import type { Kept } from '../../store/findings.ts';
import type { Store } from '../../store/index.ts';
import type { RoleToJudge } from '../contract.ts';
import type { RoleUse } from '../findings/facts.ts';
import { type Asking, askToTighten } from './ask-to-tighten.ts';
import type { Look, Next } from './contract.ts';
import { isTooBroad } from './may-tighten.ts';
import { done, waitFor } from './next.ts';
import { heldNote } from './notes.ts';
import { spokeOf } from './uses.ts';

export type Judgement = {
  readonly store: Pick<Store, 'journal' | 'leases'>;
  readonly config: Config;
  readonly role: RoleToJudge;
  readonly look: Look;
  /** The role as it was read; undefined when it is gone or could not be read. */
  readonly read: Asking['read'] | undefined;
  readonly uses: readonly RoleUse[];
  readonly kept: Kept;
  /** Why nothing may be narrowed now. */
  readonly held: string | undefined;
  readonly now: Date;
};

export const nextAfter = async (judgement: Judgement): Promise<Next> => {
  const { store, config, role, look, read, uses, kept, held, now } = judgement;
  if (kept.superseded) return done(look, 'A newer judgement of this role was kept before this one.');
  const standing = [...kept.opened, ...kept.still];
  const broad = standing.filter(isTooBroad);
  const open = standing.length;
  if (broad.length === 0)
    return { ...done(look, 'Its trust is no broader than its associations, as far as we know.'), open };
  const spoke = spokeOf(role.roleArn, config);
  if (held !== undefined || read === undefined || spoke === undefined) {
    const because = held ?? 'Its account has no spoke.';
    await store.journal.append([heldNote(read?.roleArn ?? role.roleArn, because, broad, now.toISOString())]);
    return { ...done(look, because), open };
  }
  const { propagationSeconds, settleSeconds } = config.revocation;
  const unsettled = Date.parse(role.cause.at) / 1000 + settleSeconds - now.getTime() / 1000;
  if (unsettled > 0) {
    return { ...(waitFor(look, UNSETTLED, Math.min(unsettled, settleSeconds)) ?? done(look, UNSETTLED)), open };
  }
  return { ...(await askToTighten({ store, role, look, read, uses, spoke, broad, propagationSeconds, now })), open };
};

/** Whoever is at it may not have finished: a moment later there may be associations that the new policy is for. */
const UNSETTLED = 'Its trust policy was written a moment ago: narrowed when that has settled.';
