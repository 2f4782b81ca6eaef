/** Before an act: is it still wanted, is nobody else at it; its intent on record; and what the spoke is told. */

import type { Grant, ResolvedGrant } from '../../grants/index.ts';
import { isManaged, resolve } from '../../grants/index.ts';
import { identityKey } from '../../identity.ts';
import { LEASE_SECONDS } from '../../trust/judging/ask-to-tighten.ts';
import { type ProvisionWork, workName } from '../contract.ts';
import { backCall, othersOf } from './back.ts';
import type { Intended, Item, Run, Wave } from './contract.ts';
import { type ForwardWave, forwardCall } from './forward.ts';
import { actsOf, type Facts, factsFor, type Hub, leaseOf, planOf, whyNotMake } from './machine.ts';
import { type Act, type Intent, type Thing, thingsOf } from './made.ts';
import { toldOfPods } from './pods-record.ts';

export type Asked = {
  readonly work: ProvisionWork;
  readonly run: Run;
  readonly item: Item;
  readonly tries: number;
};
export type Told = { readonly call: NonNullable<Intended['call']>; readonly intent: Intent };

const WAIT_SECONDS = 5;

export const intend = async (hub: Hub, asked: Asked, grant: Grant): Promise<Intended> => {
  const { work, run, item, tries } = asked;
  const asker = workName(work);
  const wave = run.wave;
  if (wave === null) return skip(tries, 'No wave is under way.');
  const off = run.mode === 'provision' ? whyNotMake(grant, work) : undefined;
  if (off !== undefined) return skip(tries, off);
  // Forward, the plan says it all; and the next wave leaves out what has been done.
  const acts = goesForward(run.mode, wave) ? [] : await actsOf(hub, work);
  const before = acts.findLast((act) => act.work === asker && act.intent.wave === wave && act.object === item.object);
  if (before?.came !== undefined) return skip(tries, `It has been done: ${before.came.status}.`);
  const shared = item.what === 'role' && isShared(grant, item.object);
  if (shared) {
    // In the grant's name: what goes back after a stop must not wait for what was stopped. Its executions don't overlap.
    const lease = await hub.store.leases.acquire(item.object, leaseOf(work.grantId), hub.now(), LEASE_SECONDS);
    if (lease.outcome === 'held') {
      const told = `${lease.by} is at work on this role until ${lease.until}.`;
      return { next: 'wait', waitSeconds: WAIT_SECONDS, tries, told };
    }
  }
  const told =
    wave === 'restarts'
      ? await toldOfPods(hub, asked, before)
      : await toldFor(hub, asked, grant, { acts, wave, shared });
  if (told === undefined) return skip(tries, 'There is nothing to do about it.');
  const { call, intent } = told;
  await hub.store.made.intend(
    { grantId: work.grantId, execution: asker, step: wave, what: item.what, object: item.object },
    { at: hub.now().toISOString(), by: 'intend', text: `${call.function} for ${asker}.`, details: intent },
  );
  return { next: 'call', waitSeconds: 1, tries, call, told: `${call.function} in ${call.account}.` };
};

type Known = { readonly acts: readonly Act[]; readonly wave: Wave; readonly shared: boolean };

const toldFor = async (hub: Hub, { work, run, item }: Asked, grant: Grant, known: Known): Promise<Told | undefined> => {
  const { acts, wave, shared } = known;
  const asker = workName(work);
  if (goesForward(run.mode, wave)) {
    const plan = await planOf(hub, work);
    const isOthers = ({ roleArn }: { readonly roleArn: string }): boolean => isShared(grant, roleArn);
    const admits = shared || (wave === 'verification' && plan.roles.some(isOthers));
    const facts = admits || isTaken(plan, item) ? await factsFor(hub, work, grant, work.version) : undefined;
    const fresh = admits && facts ? freshParties(plan, facts, plan.roles.filter(isOthers)) : plan;
    const seen = facts?.seen ?? NOTHING_SEEN;
    return forwardCall(fresh, wave, item, { asker, config: hub.config, seen });
  }
  const thing = thingFor(acts, item, work, run);
  if (thing === undefined) return undefined;
  // A change's leftovers go from what the change has; an undone change goes to the version before; what ends goes to nothing.
  const stays = run.mode === 'revoke' ? undefined : run.mode === 'provision' ? work.version : grant.inForce;
  const version = stays ?? work.version;
  const facts = stays === undefined && !shared ? undefined : await factsFor(hub, work, grant, version);
  return backCall(
    thing,
    { wave, version: work.version },
    {
      asker,
      grantId: work.grantId,
      restore: run.mode === 'undo',
      back: stays === undefined || facts === undefined ? undefined : resolve(facts),
      others: shared && facts ? othersOf(facts, facts.seen, item.object) : [],
    },
  );
};

/** Of somebody else's association what it was goes on record; for the others nothing but the plan is needed. */
const isTaken = ({ associations }: ResolvedGrant, { what, object }: Item): boolean =>
  what === 'association' &&
  associations.some(
    ({ identity, standing }) => identityKey(identity) === object && (standing === 'adopt' || standing === 'take-over'),
  );

/** Whom an existing role admits hangs on the other grants as they are now, not as they were when the plan was made. */
const freshParties = (
  plan: ResolvedGrant,
  facts: Facts,
  existing: readonly { readonly roleArn: string }[],
): ResolvedGrant => {
  const asNow = resolve(facts).roles.filter(({ roleArn }) => existing.some((role) => role.roleArn === roleArn));
  const trusts = new Map(asNow.map(({ roleArn, trust }) => [roleArn, trust]));
  return { ...plan, roles: plan.roles.map((role) => ({ ...role, trust: trusts.get(role.roleArn) ?? role.trust })) };
};

const thingFor = (
  acts: readonly Act[],
  { object }: Item,
  { version }: ProvisionWork,
  { mode }: Run,
): Thing | undefined => {
  const own = mode === 'undo' ? acts.filter(({ intent }) => intent.version === version) : acts;
  return thingsOf(own).find((thing) => thing.object === object);
};

const isShared = ({ versions }: Grant, roleArn: string): boolean =>
  versions.some(({ wish }) => [wish.source, ...wish.targets].some(({ role }) => !isManaged(role) && role === roleArn));

const goesForward = (mode: Run['mode'], wave: Wave): wave is ForwardWave =>
  mode === 'provision' && FORWARD_WAVES.has(wave);

const FORWARD_WAVES: ReadonlySet<Wave> = new Set(['sources', 'targets', 'permissions', 'associations', 'verification']);

const skip = (tries: number, told: string): Intended => ({ next: 'skip', waitSeconds: 1, tries, told });

const NOTHING_SEEN = { roles: [], associations: [], clusters: [], made: [] };
