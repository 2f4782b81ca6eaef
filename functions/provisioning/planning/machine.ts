/** What the hub's functions of `provision` work on: one execution, its grant, and the record. They hand in the store. */

import * as z from 'zod';
import type { Config } from '../../config.ts';
import { claimsOf, type Grant, isFinal, phaseOf, ResolvedGrant, type Seen, versionOf } from '../../grants/index.ts';
import type { Asked } from '../../grants/parties.ts';
import { namespaceKey } from '../../identity.ts';
import { Failure } from '../../runtime/errors.ts';
import type { grants as grantsOf } from '../../store/grants.ts';
import type { Store } from '../../store/index.ts';
import { type ProvisionWork, SurveyOutput, workName } from '../contract.ts';
import { placeKey } from '../places.ts';
import { Survey } from './contract.ts';
import { type Act, actsFrom } from './made.ts';
import { existingRolesOf, seenIn } from './surveys.ts';

export type Grants = ReturnType<typeof grantsOf<Grant>>;

export type Hub = {
  readonly store: Store;
  readonly grants: Grants;
  readonly config: Config;
  readonly now: () => Date;
};

/** The grant of an execution. @throws NotFound */
export const grantOf = async ({ grants }: Pick<Hub, 'grants'>, { grantId }: ProvisionWork): Promise<Grant> => {
  const kept = await grants.get(grantId);
  if (kept === undefined) throw new Failure('NotFound', `there is no grant ${grantId}`);
  return kept.grant;
};

/** Why a version is not to be made any more, as a sentence; undefined while it is. */
export const whyNotMake = (grant: Grant, { version }: ProvisionWork): string | undefined => {
  const { pending } = grant;
  if (grant.state !== 'revoking' && pending?.version === version && pending.stage === 'provisioning') return undefined;
  return `Version ${version} is not to be made any more: the grant is ${phaseOf(grant)}.`;
};

/** What executions have done for a grant, oldest first. */
export const actsOf = async ({ store }: Pick<Hub, 'store'>, { grantId }: ProvisionWork): Promise<readonly Act[]> =>
  actsFrom(await store.made.of(grantId));

export { leaseOf } from '../../grants/acts.ts';

/** Longer than the machine may run, so that it need not be renewed (a test compares them). */
export const GRANT_LEASE_SECONDS = 3_900;

/** The plan that an execution carries out. @throws NotFound */
export const planOf = async ({ store }: Pick<Hub, 'store'>, work: ProvisionWork): Promise<ResolvedGrant> => {
  const name = workName(work);
  const known = lastPlans.get(store);
  if (known?.name === name) return known.plan;
  const plan = await store.plans(ResolvedGrant).get(work);
  if (plan === undefined) throw new Failure('NotFound', `there is no plan of ${name}`);
  lastPlans.set(store, { name, plan });
  return plan;
};

/** A plan is written once, and every item of a wave needs it: with 40 targets it is 150 kB to read and check. */
const lastPlans = new WeakMap<Store, { readonly name: string; readonly plan: ResolvedGrant }>();

const Ref = { grantId: z.string(), version: z.int() };
const SurveysAsked = z.strictObject({ ...Ref, surveys: z.array(Survey) });
const SurveyKept = z.strictObject({ ...Ref, survey: SurveyOutput });

/** What the spokes are asked to read for a plan, and what they answer: as texts beside the plan, since they may be long. */
export const surveysOf = ({ store }: Pick<Hub, 'store'>, work: ProvisionWork) => {
  const { grantId, version, attempt } = work;
  const asked = store.plans(SurveysAsked);
  const kept = store.plans(SurveyKept);
  const askedAs = (round: number): string => `asked-${round}`;
  const keptAs = ({ account, region, round }: Pick<Survey, 'account' | 'region' | 'round'>): string =>
    `read-${round}-${placeKey({ account, region })}`;
  const rounds = async (): Promise<readonly Survey[]> => {
    const all: Survey[] = [];
    for (let round = 0; ; round += 1) {
      const one = await asked.get({ grantId, version, attempt, do: askedAs(round) });
      if (one === undefined) return all;
      all.push(...one.surveys);
    }
  };
  return {
    ask: async (round: number, surveys: readonly Survey[]): Promise<readonly Survey[]> =>
      (await asked.keep({ attempt, do: askedAs(round) }, { grantId, version, surveys: [...surveys] })).surveys,
    /** Of all rounds. */
    asked: rounds,
    keep: (place: Pick<Survey, 'account' | 'region' | 'round'>, survey: SurveyOutput) =>
      kept.keep({ attempt, do: keptAs(place) }, { grantId, version, survey }),
    /** What has been answered; of a place that could not be read there is nothing. */
    read: async (): Promise<readonly SurveyOutput[]> => {
      const answers = await Promise.all(
        (await rounds()).map((survey) => kept.get({ grantId, version, attempt, do: keptAs(survey) })),
      );
      return answers.flatMap((answer) => (answer === undefined ? [] : [answer.survey]));
    },
  };
};

export type Facts = Asked & { readonly version: number; readonly documents: Readonly<Record<string, string>> };

/** What a version is resolved from, as it is known now: what was surveyed, the inventory, and who shares its existing roles. */
export const factsFor = async (hub: Hub, work: ProvisionWork, grant: Grant, version: number): Promise<Facts> => {
  const { store, grants, config } = hub;
  const wish = versionOf(grant, version)?.wish;
  if (wish === undefined) throw new Failure('NotFound', `grant ${grant.id} has no version ${version}`);
  const existing = existingRolesOf(wish);
  const [surveys, made, sharers, neighbours] = await Promise.all([
    surveysOf(hub, work).read(),
    store.made.standing(grant.id),
    Promise.all(existing.map((role) => allOf((cursor) => grants.ofRole(role, cursor)))),
    Promise.all(existing.map((role) => store.associations.ofRole(role))),
  ]);
  const known: Pick<Seen, 'associations' | 'made'> = {
    associations: neighbours.flat().map(({ identity, state }) => ({ identity, state, tags: {} })),
    made,
  };
  const others = new Map(sharers.flat().map((each) => [each.id, each]));
  return {
    ...seenIn(surveys, known),
    grantId: grant.id,
    version,
    wish,
    config,
    grants: [...others.values()].filter(({ id }) => id !== grant.id),
  };
};

/** How many other grants stand or are under way: of the team, and, whosever they are, in each of the wish's namespaces. */
export const countsFor = async (
  { grants }: Pick<Hub, 'grants'>,
  { wish, grantId }: Pick<Facts, 'wish' | 'grantId'>,
) => {
  const standing = ({ id, state }: Grant): boolean => id !== grantId && !isFinal(state);
  const [ofTeam, ...inSpaces] = await Promise.all([
    allOf((cursor) => grants.ofTeam(wish.team, cursor)),
    ...wish.clusters.map((cluster) => allOf((cursor) => grants.inNamespace({ ...cluster, ...wish }, cursor))),
  ]);
  const spaces = wish.clusters.map((cluster, at) => {
    const key = namespaceKey({ ...cluster, namespace: wish.namespace });
    const holdsOne = (grant: Grant): boolean => claimsOf(grant).some((identity) => identity.startsWith(`${key}/`));
    const there = (inSpaces[at] ?? []).filter((grant) => standing(grant) && holdsOne(grant));
    return [key, there.length] as const;
  });
  return { team: ofTeam.filter(standing).length, namespaces: Object.fromEntries(spaces) };
};

/** All pages of a list of grants. */
export const allOf = async (
  page: (paging: {
    cursor?: string;
  }) => Promise<{ readonly grants: readonly { grant: Grant }[]; readonly next?: string }>,
): Promise<readonly Grant[]> => {
  const all: Grant[] = [];
  let cursor: string | undefined;
  do {
    const { grants, next } = await page(cursor === undefined ? {} : { cursor });
    all.push(...grants.map(({ grant }) => grant));
    cursor = next;
  } while (cursor !== undefined);
  return all;
};
