/** Everything that the hub knows of one object before it is judged: how it should be, who hangs on it, and what holds us back. */
import type { Config } from '../../config.ts';
import { type Grant, type ResolvedAssociation, ResolvedGrant, type ResolvedRole } from '../../grants/index.ts';
import type { WorkloadIdentity } from '../../identity.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { DenyRow } from '../../store/denies.ts';
import type { grants as grantsOf } from '../../store/grants.ts';
import type { Store } from '../../store/index.ts';
import type { KeptObject } from '../../store/objects.ts';
import {
  ANY_ID,
  type Desired,
  type Facet,
  type Facets,
  type ObjectRef,
  type OpenIntent,
  type SeenChange,
} from '../contract.ts';
import type { OurRoles } from '../detect/index.ts';
import { covers } from '../facets/index.ts';
import type { Objects } from '../hints.ts';
import type { Baseline, ObjectState } from '../kept.ts';
import { objectKey } from '../object.ts';
import { type Concerned, type Rules, rulesOf } from '../remedy/index.ts';
import { adoptedFacets } from './adopted.ts';
import { ownTrust, withOwnWrite } from './baseline-wants.ts';
import { boundsOf, cappedRules, isUnderManagement } from './bounds.ts';
import { clustersOf, identitiesIn, identitiesOn } from './concerned.ts';
import { denyIntents, isInForce } from './deny-wants.ts';
import { desiredFrom, type Standing } from './desired.ts';
import { isDiscovered } from './discovered.ts';
import { executionIntents, type PlanOf } from './execution-intents.ts';
import { partOf } from './grant-facets.ts';
import { knownId } from './known-id.ts';
import { ourRolesOf } from './our-roles.ts';
import { withPresentParties } from './present-parties.ts';
import { setupOf } from './setup.ts';
import { tighteningIntents } from './tightenings.ts';
import { standingWork, worksOf, worksSince, worksToRead } from './works.ts';

export type Grants = ReturnType<typeof grantsOf<Grant>>;

export type DriftHub = {
  readonly store: Store;
  readonly grants: Grants;
  readonly objects: Objects;
  readonly config: Config;
  readonly now: () => Date;
};

/** A grant that is on the object, or is being put there or taken away. */
export type GrantPart = {
  readonly grantId: string;
  /** In force; of one that never was, under way. */
  readonly version: number;
  /** The execution that has made it: the spoke lets a grant's things be written in its name. */
  readonly asker?: string;
  /** As planned; of one that others share, with the parties that its trust must admit now. */
  readonly role?: ResolvedRole;
  readonly association?: ResolvedAssociation;
  /** False: an execution is under way. */
  readonly settled: boolean;
};

export type Gathered = {
  readonly kept: KeptObject<ObjectState, SeenChange, OpenIntent, Baseline>;
  /** The baseline with our own last write in it, where that has moved it: to be kept in the place of the other. */
  readonly moved?: Baseline;
  readonly desired: Desired;
  readonly intents: readonly OpenIntent[];
  readonly concerned: readonly Concerned[];
  /** Whose access hangs on it, by name. None, of a cluster. */
  readonly identities: readonly WorkloadIdentity[];
  /** With the recorded exceptions in force, and the cap at `notify` where no baseline is accepted. */
  readonly rules: Rules;
  readonly killSwitch: boolean;
  readonly tripped?: string;
  readonly notOurs?: string;
  readonly grants: readonly GrantPart[];
  /** What of it is as a version wants it that people were asked to decide about, with the sentence that says which. */
  readonly adopted: ReadonlyMap<Facet, string>;
  /** All on the role, lifted ones too. */
  readonly denies: readonly DenyRow[];
  readonly ours: OurRoles;
  /** The configuration itself puts it under podid's eyes, or the tag for which it looks. */
  readonly management: boolean;
};

/** What was just read of the object; `trust`: of a role, as IAM has it, not its canonical form. */
export type JustRead = { readonly trust?: string | undefined; readonly facets?: Facets };

/** @throws Throttled, ServiceUnavailable, RowMalformed */
export const gather = async (hub: DriftHub, ref: ObjectRef, read: JustRead = {}): Promise<Gathered> => {
  const { store, config } = hub;
  const now = hub.now().toISOString();
  const roleArn = ref.object === 'role' ? ref.roleArn : undefined;
  const [kept, grants, denies, neighbours, recorded, killSwitch, discovered] = await Promise.all([
    hub.objects.read(objectKey(ref)),
    grantsOn(hub, ref),
    roleArn === undefined ? [] : store.denies.onRole(roleArn),
    roleArn === undefined ? [] : store.associations.ofRole(roleArn),
    store.exceptions.inForce(now),
    store.brakes.killSwitch(),
    ref.object === 'cluster' && isDiscovered(hub, ref.cluster),
  ]);
  const since = sinceOf(kept, now);
  const [plans, tightened, lastWritten] = await Promise.all([
    plansOf(hub, grants, since),
    roleArn !== undefined && kept.changes.some(({ facets }) => covers(facets, 'trust'))
      ? store.journal.of(roleArn)
      : [],
    roleArn !== undefined && read.trust !== undefined ? store.leases.lastWritten(roleArn) : undefined,
  ]);
  const touched = [...new Set(kept.changes.flatMap(({ facets }) => facets))];
  const planOf: PlanOf = ({ name }) => plans.get(name);
  const executions = [
    ...kept.intents,
    ...grants.flatMap((grant) => executionIntents(ref, grant, planOf, since, touched)),
    ...tighteningIntents(tightened, read.trust),
  ];
  const parts = partsOf(ref, grants, planOf, { now, config });
  const baseline = withOwnWrite(kept.baseline, read.trust, lastWritten);
  const desired = desiredFrom(ref, {
    now,
    config,
    standing: standingOf(grants, planOf),
    grants,
    denies,
    baseline,
    intents: executions,
    ownTrust: ownTrust(read.trust, lastWritten),
    id: knownId(kept.state, baseline, executions),
    // Of one that was found by its tag nothing is wanted but that it is there.
    setup: ref.object === 'cluster' ? (setupOf(config, ref.cluster) ?? (discovered ? {} : undefined)) : undefined,
  });
  const denied = denies.filter(isInForce);
  const identities = identitiesOn(ref, [
    ...neighbours.map(({ identity }) => identity),
    ...grants.filter(({ id }) => parts.some(({ grantId }) => grantId === id)).flatMap(identitiesIn),
    ...denied.map(({ identity }) => identity),
  ]);
  const concerned = ref.object === 'cluster' ? [ref.cluster] : identities;
  const { accepted, tripped } = await clustersOf(hub, concerned);
  const made = parts.some(({ role }) => role?.managed === true);
  const { notOurs, deniesOnly } = boundsOf(config, ref, { made, denied: denied.length > 0 });
  return {
    kept,
    ...(baseline !== undefined && baseline !== kept.baseline && { moved: baseline }),
    desired: accepted ? desired : withAny(ref, desired),
    intents: [...executions, ...denyIntents(denies, since)],
    concerned,
    identities,
    rules: cappedRules(rulesOf(config, recorded), { accepted, deniesOnly }),
    killSwitch: killSwitch?.on === true,
    ...(tripped !== undefined && { tripped }),
    ...(notOurs !== undefined && { notOurs }),
    grants: parts,
    adopted: adoptedFacets(ref, read.facets ?? {}, grants, config),
    denies,
    ours: ourRolesOf(config),
    management: isUnderManagement(config, ref) || discovered,
  };
};

/** Whether anybody wants anything of it, or the configuration names it: others are nobody's to judge. */
export const isLookedAfter = ({ kept, grants, denies, identities, management }: Gathered): boolean =>
  management || kept.baseline !== undefined || grants.length > 0 || identities.length > 0 || denies.some(isInForce);

/** Before somebody has said what shall be, an association that nobody was granted is no difference: it is in the proposal. */
const withAny = (ref: ObjectRef, desired: Desired): Desired =>
  ref.object === 'association'
    ? { ...desired, also: [...(desired.also ?? []), { facet: 'exists', value: ANY_ID }] }
    : desired;

/** Those that ever named it, or made it: what has become of them explains events. */
const grantsOn = async ({ grants }: Pick<DriftHub, 'grants'>, ref: ObjectRef): Promise<readonly Grant[]> => {
  if (ref.object === 'cluster') return [];
  const found: Grant[] = [];
  let cursor: string | undefined;
  do {
    const paging = cursor === undefined ? {} : { cursor };
    const page = await (ref.object === 'role'
      ? grants.ofRole(ref.roleArn, paging)
      : grants.ofIdentity(ref.identity, paging));
    found.push(...page.grants.map(({ grant }) => grant));
    cursor = page.next;
  } while (cursor !== undefined);
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
};

const AT_ONCE = 10;

const plansOf = async (
  { store }: Pick<DriftHub, 'store'>,
  grants: readonly Grant[],
  since: string,
): Promise<ReadonlyMap<string, ResolvedGrant>> => {
  const works = grants.flatMap((grant) => worksToRead(grant, since));
  const read = await inBatches(works, AT_ONCE, async ({ work, name }) => {
    const plan = await store.plans(ResolvedGrant).get(work);
    return plan === undefined ? [] : [[name, plan] as const];
  });
  return new Map(read.flat());
};

/** An event may be dated a minute off; and whatever ended after the last look is news. */
const SKEW_MILLISECONDS = 60_000;

const sinceOf = ({ changes, state }: Gathered['kept'], now: string): string => {
  const times = [...changes.map(({ at }) => at), state?.readAt ?? now, now].map((at) => Date.parse(at));
  return new Date(Math.min(...times) - SKEW_MILLISECONDS).toISOString();
};

const standingOf = (grants: readonly Grant[], planOf: PlanOf): readonly Standing[] =>
  grants.flatMap((grant) => {
    const work = standingWork(grant);
    const plan = work && planOf(work);
    return plan === undefined || grant.inForce === undefined ? [] : [{ grant, version: grant.inForce, plan }];
  });

const partsOf = (
  ref: ObjectRef,
  grants: readonly Grant[],
  planOf: PlanOf,
  { now, config }: { readonly now: string; readonly config: Config },
): readonly GrantPart[] =>
  grants.flatMap((grant) => {
    const settled = worksSince(grant, now).length === 0;
    // One that is on its way has, or had, something there: what was planned last.
    const last = settled ? undefined : worksOf(grant).findLast((work) => planOf(work) !== undefined);
    const found = [standingWork(grant), last].flatMap((work): readonly GrantPart[] => {
      const plan = work && planOf(work);
      const part = plan && partOf(plan, ref);
      if (work === undefined || part === undefined) return [];
      const { version } = work.work;
      const role = part.role && withPresentParties(part.role, { grant, version, grants, config });
      const named = { grantId: grant.id, version: grant.inForce ?? version, asker: work.name };
      return [{ ...named, ...part, ...(role && { role }), settled }];
    });
    return found.slice(0, 1);
  });
