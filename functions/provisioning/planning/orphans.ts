/** What executions that are over have left behind, and no grant holds: an answer that was lost twice, a write that came too late. Pure. */
import type { Config } from '../../config.ts';
import { type Grant, heldVersions, identitiesOf, isFinal, newestOf, phaseOf, rolesToRead } from '../../grants/index.ts';
import { identityKey } from '../../identity.ts';
import { grantOf, isMadeBy } from '../acts/mark.ts';
import { MADE_BY, type ProvisionWork, workName } from '../contract.ts';
import type { Act } from './made.ts';

/** Something that bears a grant's mark, as it was seen just now. */
export type Marked = {
  readonly what: 'role' | 'association';
  /** The role's ARN; the identity's key. */
  readonly object: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly associationId?: string;
};

export type Orphan = Pick<Marked, 'what' | 'object' | 'associationId'> & {
  /** What its execution meant to do, on record before it was written. */
  readonly act: Act;
};

/** A function of ours that was called before the end may write for a minute after it, and AWS shows it minutes later. */
export const GRACE_SECONDS = 900;
/** So often what a version left behind is collected, before a person has to look. */
export const MOST_COLLECTIONS = 12;

/** The roles and identities, by ARN and by key, that the versions of a grant hold. */
export const heldBy = (grant: Grant, config: Config): ReadonlySet<string> =>
  new Set(
    heldVersions(grant).flatMap(({ wish }) => [
      ...rolesToRead({ grantId: grant.id, wish, config }),
      ...identitiesOf(wish).map(identityKey),
    ]),
  );

/** Whether nothing is under way of a grant, and has not been for a while: until then what is there may be on its way. */
export const isAtRest = (grant: Grant, now: Date): boolean => {
  const phase = phaseOf(grant);
  if (phase === 'provisioning' || phase === 'changing/provisioning' || phase === 'revoking') return false;
  const last = Date.parse(grant.history.at(-1)?.at ?? '');
  return last + GRACE_SECONDS * 1000 <= now.getTime();
};

/**
 * Those of the marked things that are to go. A tag alone proves nothing: its execution must have put on record that it would write this
 * very thing. What a person has been told of already, since it could not be taken back, is left to them.
 */
export const orphansOf = (
  grant: Grant,
  acts: readonly Act[],
  there: readonly Marked[],
  { config, now }: { readonly config: Config; readonly now: Date },
): readonly Orphan[] => {
  if (!isAtRest(grant, now)) return [];
  const held = heldBy(grant, config);
  return there.flatMap(({ what, object, tags, associationId }): readonly Orphan[] => {
    if (held.has(object) || !isMadeBy(tags, grant.id)) return [];
    const act = acts.find((each) => each.object === object && isForward(each) && isMarkOf(each, tags));
    if (act === undefined || isTold(acts, object)) return [];
    return [{ what, object, act, ...(associationId !== undefined && { associationId }) }];
  });
};

/** Whether the record knows who made a marked thing: a mark that nobody has announced is somebody else's. */
export const isAnnounced = (grant: Grant | undefined, acts: readonly Act[], { object, tags }: Marked): boolean =>
  grant !== undefined &&
  grantOf(tags) === grant.id &&
  acts.some((each) => each.object === object && isForward(each) && isMarkOf(each, tags));

/**
 * The execution that takes orphans back: for a grant that has ended, the one that removes all that it ever made; else the one that undoes
 * the version which left them, and puts back what the version in force has. Undefined when it was begun often enough.
 */
export const collectionOf = (
  grant: Grant,
  acts: readonly Act[],
  orphans: readonly Orphan[],
): ProvisionWork | undefined => {
  const [first] = orphans;
  if (first === undefined) return undefined;
  const work = isFinal(grant.state)
    ? ({ grantId: grant.id, version: newestOf(grant).version, do: 'revoke' } as const)
    : ({ grantId: grant.id, version: first.act.intent.version, do: 'undo' } as const);
  const attempts = Array.from({ length: MOST_COLLECTIONS }, (_, index) => index + 1);
  const used = new Set(acts.map((act) => act.work));
  const lastUsed = attempts.findLast((attempt) => used.has(workName({ ...work, attempt }))) ?? 0;
  return lastUsed >= MOST_COLLECTIONS ? undefined : { ...work, attempt: lastUsed + 1 };
};

const FORWARD_WRITES: ReadonlySet<string> = new Set(['sources', 'targets', 'permissions', 'associations']);
const isForward = ({ intent }: Act): boolean => FORWARD_WRITES.has(intent.wave);

const isMarkOf = ({ work }: Act, tags: Marked['tags']): boolean => tags[MADE_BY] === work;

const TOLD: ReadonlySet<string> = new Set(['left', 'quarantined', 'refused']);

const isTold = (acts: readonly Act[], object: string): boolean => {
  const last = acts.findLast((act) => act.object === object && !isForward(act))?.came;
  return last?.done === false && TOLD.has(last.status);
};
