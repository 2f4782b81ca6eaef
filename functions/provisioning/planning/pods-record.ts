/** The wave `restarts` on the record: before each call what is asked of the pods, after it how far it has come. */
import * as z from 'zod';
import { identityKey, sameIdentity, type WorkloadIdentity } from '../../identity.ts';
import { type ProvisionWork, workName } from '../contract.ts';
import type { KeepOutcomeInput } from './contract.ts';
import type { Asked, Told } from './intend.ts';
import { actsOf, grantOf, type Hub, planOf, surveysOf } from './machine.ts';
import type { Act } from './made.ts';
import type { Meaning } from './outcome.ts';
import { type PodsAsked, Progress } from './pods.ts';
import { askPods, cameOfPods, hearOfPods, podsCall } from './restarts.ts';

const WAVE = 'restarts';

/** What the spoke is told of an identity's pods; undefined for one that the plan doesn't have. `before`: the act that an earlier try has begun. */
export const toldOfPods = async (
  hub: Hub,
  { work, item, tries }: Asked,
  before: Act | undefined,
): Promise<Told | undefined> => {
  const plan = await planOf(hub, work);
  const identity = plan.associations.find((each) => identityKey(each.identity) === item.object)?.identity;
  if (identity === undefined) return undefined;
  const asked = before?.intent.pods ?? (await firstAsked(hub, work, identity));
  const call = podsCall({
    asker: workName(work),
    identity,
    asked,
    progress: await progressRows(hub, work, item.object).after(tries - 1),
    settings: hub.config.revocation,
    held: await heldBy(hub),
    now: hub.now(),
  });
  const { account, region } = item;
  return { call, intent: { what: 'pods', account, region, wave: WAVE, version: work.version, identity, pods: asked } };
};

/** What an answer about pods means for the item. */
export const podsMeaning = async (hub: Hub, input: z.infer<typeof KeepOutcomeInput>): Promise<Meaning> => {
  const { work, item, tries, outcome } = input;
  const rows = progressRows(hub, work, item.object);
  const asked = podsAct(await actsOf(hub, work), work, item.object)?.intent.pods;
  if (asked === undefined)
    throw new RangeError(`the record of ${workName(work)} has no intent for the pods of ${item.object}`);
  const { progress, waitSeconds } = hearOfPods({
    asked,
    progress: await rows.after(tries - 1),
    called: input.function,
    outcome,
    held: asked.deadline === undefined ? undefined : await heldBy(hub),
    tries,
    now: hub.now(),
  });
  if (waitSeconds === undefined) return { came: cameOfPods(progress) };
  await rows.keep(tries, progress);
  return { again: 'Not all of its pods are replaced yet.', waitSeconds };
};

/** How far an execution has come with an identity's pods at its end; undefined where nothing came of it. */
export const progressOf = (
  acts: readonly Act[],
  work: ProvisionWork,
  identity: WorkloadIdentity,
): Progress | undefined => podsAct(acts, work, identityKey(identity))?.came?.pods;

const podsAct = (acts: readonly Act[], work: ProvisionWork, object: string): Act | undefined =>
  acts.findLast((act) => act.work === workName(work) && act.intent.wave === WAVE && act.object === object);

/** The wish says whether, and the survey whether it would help. */
const firstAsked = async (hub: Hub, work: ProvisionWork, identity: WorkloadIdentity): Promise<PodsAsked> => {
  const [grant, surveys] = await Promise.all([grantOf(hub, work), surveysOf(hub, work).read()]);
  const restart = grant.versions.find(({ version }) => version === work.version)?.wish.restartPods === true;
  const cluster = surveys
    .flatMap(({ clusters }) => clusters)
    .find((seen) => sameIdentity({ ...identity, ...pick(seen) }, identity));
  return askPods({ restart, fargate: cluster?.fargate === 'all' }, hub.config.revocation, hub.now());
};

const pick = ({ account, region, cluster }: Pick<WorkloadIdentity, 'account' | 'region' | 'cluster'>) => ({
  account,
  region,
  cluster,
});

/** The switch that stops every write stops restarts, too. */
const heldBy = async ({ store }: Hub): Promise<string | undefined> => {
  const killSwitch = await store.brakes.killSwitch();
  if (killSwitch?.on !== true) return undefined;
  return `The kill switch is on since ${killSwitch.at}, set by ${killSwitch.by}: ${killSwitch.why}`;
};

const ProgressKept = z.strictObject({ grantId: z.string(), version: z.int(), progress: Progress });

/** Beside the plan, one a call: a hundred workloads would crowd the machine's state. The same call kept twice is kept once. */
const progressRows = ({ store }: Hub, { grantId, version, attempt }: ProvisionWork, object: string) => {
  const rows = store.plans(ProgressKept);
  const as = (tries: number): string => `pods-${tries}-${object}`;
  return {
    after: async (tries: number): Promise<Progress | undefined> =>
      tries < 0 ? undefined : (await rows.get({ grantId, version, attempt, do: as(tries) }))?.progress,
    keep: (tries: number, progress: Progress) => rows.keep({ attempt, do: as(tries) }, { grantId, version, progress }),
  };
};
