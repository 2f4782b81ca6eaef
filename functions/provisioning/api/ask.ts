/** Asking for something: a new grant, a change, an extension. Nothing is written of what can't be had. */
import {
  advance,
  begin,
  collision,
  type EventOf,
  type Grant,
  type GrantEvent,
  type GrantWish,
  grantIdOf,
  identitiesOf,
  newestOf,
  type Person,
  readWish,
} from '../../grants/index.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { Doing } from './doing.ts';
import { eventId } from './env.ts';
import { Refused } from './problems.ts';
import { carried, invalid } from './requests.ts';
import type { VerdictView } from './schemas.ts';
import { type Judged, judgeVersion } from './verdict.ts';
import type { Kept } from './views.ts';

/** Checks a wish against the configuration. @throws Refused wish-invalid */
export const soundWish = ({ config, now }: Doing, given: GrantWish): GrantWish => {
  const read = readWish(given, now().toISOString(), config);
  if ('problems' in read) throw invalid('wish-invalid', read.problems);
  return read.wish;
};

/** A grant that is not there yet. */
export const drafted = ({ config, now }: Doing, wish: GrantWish, by: Person, key: string): Grant =>
  begin(
    { id: grantIdOf({ subject: by.subject, key }), eventId: 'requested', wish, by },
    now().toISOString(),
    config.grants,
  );

/** What the wish means beside the grants that its identities have or had. */
export const beside = async ({ store }: Doing, wish: GrantWish, changes?: string) => {
  const pages = await inBatches(identitiesOf(wish), 10, (identity) => store.grants.ofIdentity(identity));
  const others = new Map(pages.flatMap(({ grants }) => grants).map(({ grant }) => [grant.id, grant]));
  return collision(wish, [...others.values()], changes);
};

/** @throws Refused identity-taken, guardrails-refuse, plan-blocked, unavailable */
export const askAnew = async (doing: Doing, wish: GrantWish, by: Person, key: string): Promise<Kept> => {
  const grant = drafted(doing, wish, by, key);
  const there = await doing.store.grants.get(grant.id);
  // The same request again, after a crash or without an answer kept: on with what it has begun.
  if (there !== undefined && there.grant.state !== 'requested') return there;
  if (there === undefined) {
    const clash = await beside(doing, wish);
    if (clash.outcome === 'refused') throw new Refused('identity-taken', clash.because);
    if (clash.outcome === 'change') throw asChange(clash.grantId);
  }
  const judged = await judgedFit(doing, grant, 1);
  const opened = await doing.open(grant);
  if ('refused' in opened) throw new Refused('identity-taken', opened.refused);
  return decide(doing, carried(grant.id, opened), 1, judged.verdict);
};

const asChange = (id: string): Refused =>
  new Refused('identity-taken', `The service account is of grant ${id}: ask for a change of it, PUT /grants/${id}.`, {
    grant: id,
  });

/** Asks for a new version of a grant. @throws Refused conflict, changed-since, guardrails-refuse, plan-blocked, unavailable */
export const askForVersion = async (doing: Doing, kept: Kept, event: GrantEvent, strict: boolean): Promise<Kept> => {
  const { grant, version } = asIf(doing, kept.grant, event);
  const judged = await judgedFit(doing, grant, version);
  const asked = await doing.carryOut(kept.grant.id, event, strict ? kept.revision : undefined);
  return decide(doing, carried(kept.grant.id, asked), version, judged.verdict);
};

/** The grant as it would be after the event. @throws Refused conflict */
export const asIf = (
  { config, now }: Doing,
  grant: Grant,
  event: GrantEvent,
): { readonly grant: Grant; readonly version: number } => {
  const advanced = advance(grant, event, now().toISOString(), config.grants);
  if ('refused' in advanced) throw new Refused('conflict', advanced.refused, { grant: grant.id });
  return { grant: advanced.grant, version: newestOf(advanced.grant).version };
};

export const changeEvent = (
  kept: Kept,
  wish: GrantWish,
  by: Person,
  key: string,
): EventOf<'change-requested'> & { readonly kind: 'change-requested' } => ({
  kind: 'change-requested',
  id: eventId('change', by.subject, key),
  basedOn: newestOf(kept.grant).version,
  by,
  wish,
});

/** What blocks a plan only because nobody has looked. */
const NOT_READ = new Set(['RoleNotRead', 'ClusterNotRead']);

/** Judges a version; only one that could be carried out comes back. @throws Refused unavailable, guardrails-refuse, plan-blocked */
const judgedFit = async (doing: Doing, grant: Grant, version: number): Promise<Judged> => {
  const judged = await judgeVersion(doing, grant, version);
  assertRead(judged);
  if (judged.verdict.verdict === 'denied') throw denied(judged.verdict);
  const blockers = judged.plan.blockers.filter(({ reason }) => doing.survey !== undefined || !NOT_READ.has(reason));
  if (blockers.length > 0) {
    throw invalid(
      'plan-blocked',
      blockers.map(({ sentence }) => ({ path: '$', problem: sentence })),
    );
  }
  return judged;
};

/** @throws Refused unavailable when somebody who should have answered did not */
export const assertRead = ({ looked }: Pick<Judged, 'looked'>): void => {
  const [remark] = looked.unread;
  if (!looked.temporary || remark === undefined) return;
  throw new Refused('unavailable', `${remark.sentence} Ask again.`, { headers: { 'Retry-After': '10' } });
};

export const denied = ({ because }: Pick<VerdictView, 'because'>): Refused =>
  new Refused('guardrails-refuse', [...new Set(because.map(({ reason }) => reason))].join(' '), { because });

/** Records what the guardrails say of a version; when it has gone on in the meantime, that stands. */
export const decide = async (doing: Doing, kept: Kept, version: number, said: VerdictView): Promise<Kept> => {
  const { id, approvals } = kept.grant;
  const count = approvals.filter((each) => each.version === version).length;
  const done = await doing.carryOut(id, {
    kind: 'decided',
    // The same verdict on the same approvals is the same event.
    id: `decided-v${version}-a${count}-${said.verdict}`,
    version,
    verdict: said.verdict,
    needs: said.missing.map(({ id: policy, reason, about, teams = [] }) => ({
      id: policy,
      sentence: `${reason}: ${about}${teams.length > 0 ? ` (${teams.join(', ')})` : ''}`,
    })),
    because: said.verdict === 'denied' ? said.because.map(({ reason }) => reason) : [],
  });
  return 'grant' in done ? done : ((await doing.store.grants.get(id)) ?? kept);
};
