/**
 * Grants on the real ASL, the real functions of hub and spokes, the local IAM and EKS, in one process: what a person does to a grant, and everything
 * that follows from it until nothing is under way. No wait takes any time.
 */
import { begin, type Grant, type GrantEvent, type GrantWish } from '../../../functions/grants/index.ts';
import { ProvisionWork, workName } from '../../../functions/provisioning/contract.ts';
import { type CarriedOut, carryOut, openGrant } from '../../../functions/provisioning/transitions.ts';
import { ARCHIVE, ann, DATA, nextId, PAYMENTS, READ_ORDERS, settings, wishOf } from '../../functions/grants/samples.ts';
import { run, startWorld, stopped, type World } from '../../statemachines/provision-world.ts';
import { FOR_NODES, FOR_PODS, policy, REGION } from './fleets.ts';
import { HANDLERS, pictureOf, type Spokes, startSpokes } from './provisioning-spokes.ts';

const ACCOUNTS = [PAYMENTS, DATA, ARCHIVE];
const CLUSTERS = [{ account: PAYMENTS, name: 'payments' }];
/** A role that its owner has opted in, and several grants have as their source. */
export const SHARED = `arn:aws:iam::${PAYMENTS}:role/shared/crowd`;
export const MANAGED_POLICY = `arn:aws:iam::${PAYMENTS}:policy/reads-orders`;
/** Of no grant; opted in, or nobody could put back what it was taken from. */
export const SOMEBODY = `arn:aws:iam::${PAYMENTS}:role/shared/somebody`;

export type Picture = ReturnType<typeof pictureOf>;
export type Stage = {
  readonly world: World;
  readonly spokes: Spokes;
  readonly picture: () => Picture;
  readonly call: (service: 'iam' | 'eks', operation: string, input: object) => Promise<unknown>;
  /** Asks for a grant; what it came to, and its id. */
  readonly ask: (wish: GrantWish) => Promise<{ readonly id: string; readonly carried: CarriedOut }>;
  readonly allow: (id: string, version?: number) => Promise<CarriedOut>;
  readonly happen: (id: string, event: GrantEvent) => Promise<CarriedOut>;
  readonly revoke: (id: string) => Promise<CarriedOut>;
  /** Asks for another version, and allows it. */
  readonly change: (id: string, wish: GrantWish) => Promise<void>;
  /** Begins what was started and isn't under way, beside what is. */
  readonly launch: () => void;
  /** Until nothing is under way; what ends without a result is told as EventBridge would. The executions' names, and the states that they visited. */
  readonly settle: () => Promise<ReadonlyMap<string, readonly string[]>>;
  readonly grant: (id: string) => Promise<Grant>;
  /** Asks, allows and settles. */
  readonly give: (wish: GrantWish) => Promise<{ readonly id: string; readonly grant: Grant }>;
  /** Does something once, before the nth call of a function. True when it was done. */
  readonly before: (file: string, nth: number, act: () => Promise<void>) => () => boolean;
  /** Runs instead of a function; `run` is the function itself. */
  readonly instead: (file: string, behind: (payload: unknown, run: () => unknown) => unknown) => void;
  /** Every function is itself again. */
  readonly undisturbed: () => void;
  readonly close: () => Promise<void>;
};

export const allowed = (version = 1): GrantEvent => ({
  ...{ kind: 'decided', id: nextId(), version, verdict: 'allowed' },
  ...{ needs: [], because: [] },
});
export const revokeAsked = (): GrantEvent => ({ kind: 'revoke-asked', id: nextId(), by: ann, why: '' });

/** Of our own role with one chained target, or of the shared role; for a service account. */
export const wishFor = (serviceAccount: string, change: object = {}): GrantWish =>
  wishOf({
    serviceAccount,
    source: { role: 'managed', permissions: { inline: READ_ORDERS, managedPolicyArns: [MANAGED_POLICY] } },
    ...change,
  });
export const sharing = { source: { role: SHARED } };

export const startStage = async (): Promise<Stage> => {
  const world = await startWorld();
  const spokes = startSpokes(ACCOUNTS, CLUSTERS);
  Object.assign(process.env, {
    PODID_EXCLUDED_ROLES: '[]',
    PODID_MANAGED_ROLES: '["shared/*"]',
    PODID_GRANTS: '{"rolePath":"/podid/","boundaryName":"podid-boundary","trustCharacters":2048}',
  });
  const plain = (file: string) =>
    HANDLERS[file] === undefined
      ? () => undefined
      : (payload: unknown, account: string) => spokes.run(file, payload, account);
  const undisturbed = (): void => {
    world.before.clear();
    for (const file of Object.keys(HANDLERS)) world.before.set(file, plain(file));
  };
  undisturbed();
  const as = (account: string) => ({ caller: spokes.cloud.administrator(account).caller, region: REGION });
  for (const account of ACCOUNTS) await spokes.cloud.call('iam', 'CreatePolicy', BOUNDARY, as(account));
  const call: Stage['call'] = (service, operation, input) => spokes.cloud.call(service, operation, input, as(PAYMENTS));
  await call('iam', 'CreatePolicy', { PolicyName: 'reads-orders', PolicyDocument: JSON.stringify(READ_ORDERS) });
  const AssumeRolePolicyDocument = JSON.stringify(FOR_NODES);
  await call('iam', 'CreateRole', { RoleName: 'crowd', Path: '/shared/', AssumeRolePolicyDocument });
  await call('iam', 'CreateRole', {
    RoleName: 'somebody',
    Path: '/shared/',
    AssumeRolePolicyDocument: JSON.stringify(FOR_PODS),
  });

  let counted = 0;
  const happen: Stage['happen'] = (id, event) => carryOut(world.transitions, id, event);
  const grant: Stage['grant'] = async (id) => {
    const kept = await world.grants.get(id);
    if (kept === undefined) throw new Error(`there is no grant ${id}`);
    return kept.grant;
  };
  const ask: Stage['ask'] = async (wish) => {
    counted += 1;
    const id = `g-${counted.toString(16).padStart(16, '0')}`;
    const asked = { id, eventId: nextId(), wish, by: ann };
    return { id, carried: await openGrant(world.transitions, begin(asked, new Date().toISOString(), settings)) };
  };
  const allow: Stage['allow'] = (id, version = 1) => happen(id, allowed(version));

  const ended = new Map<string, readonly string[]>();
  const underWay = new Map<string, Promise<void>>();
  const carry = async (work: ProvisionWork): Promise<void> => {
    const name = workName(work);
    const { error, visited } = await run(world, work);
    ended.set(name, visited);
    if (error !== undefined) await stopped(name, work, 'FAILED');
    underWay.delete(name);
  };
  const launch = (): void => {
    const works = world.works().flatMap((input) => ProvisionWork.safeParse(input).data ?? []);
    world.forget();
    for (const work of works) {
      const name = workName(work);
      // As Step Functions does with a name that it has had.
      if (!ended.has(name) && !underWay.has(name)) underWay.set(name, carry(work));
    }
  };
  const settle: Stage['settle'] = async () => {
    const before = new Set(ended.keys());
    for (launch(); underWay.size > 0; launch()) await Promise.race(underWay.values());
    const news = new Map([...ended].filter(([name]) => !before.has(name)));
    // Ten minutes go by: the lease of an act without an answer runs out.
    const holder = await world.store.leases.holder(SHARED, new Date());
    if (holder !== undefined) await world.store.leases.release(SHARED, holder);
    return news;
  };
  return {
    ...{ world, spokes, call, ask, allow, happen, launch, settle, grant },
    picture: () => pictureOf(spokes, ACCOUNTS, CLUSTERS),
    revoke: (id) => happen(id, revokeAsked()),
    change: async (id, wish) => {
      const basedOn = (await grant(id)).versions.length;
      await happen(id, { kind: 'change-requested', id: nextId(), basedOn, by: ann, wish });
      await allow(id, basedOn + 1);
    },
    give: async (wish) => {
      const { id } = await ask(wish);
      await allow(id);
      await settle();
      return { id, grant: await grant(id) };
    },
    before: (file, nth, act) => {
      let calls = 0;
      world.before.set(file, async (payload, account) => {
        calls += 1;
        if (calls === nth) await act();
        return plain(file)(payload, account);
      });
      return () => calls >= nth;
    },
    instead: (file, behind) => {
      world.before.set(file, (payload, account) => behind(payload, () => plain(file)(payload, account)));
    },
    undisturbed,
    close: async () => {
      await spokes.close();
      await world.close();
    },
  };
};

const BOUNDARY = {
  PolicyName: 'podid-boundary',
  PolicyDocument: JSON.stringify(policy({ Effect: 'Allow', Action: '*', Resource: '*' })),
};
