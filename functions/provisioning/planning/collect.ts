/** Looks whether a grant has left something behind, and has it taken back: the record is put right, then an execution does the rest. */
import type { Config } from '../../config.ts';
import type { Grant } from '../../grants/index.ts';
import { identityKey } from '../../identity.ts';
import { inBatches } from '../../runtime/batches.ts';
import { findingEvents } from '../../store/finding-events.ts';
import type { Store } from '../../store/index.ts';
import type { Came as KeptCame } from '../../store/made.ts';
import { type ProvisionWork, SurveyOutput, workName } from '../contract.ts';
import { type Place, placeKey, placeOfRole } from '../places.ts';
import { MACHINE, type Transitions } from '../transitions.ts';
import { type Grants, leaseOf } from './machine.ts';
import { type Act, actsFrom, type Came } from './made.ts';
import { collectionOf, heldBy, isAtRest, type Marked, type Orphan, orphansOf } from './orphans.ts';

export type Collecting = Pick<Transitions, 'now' | 'start' | 'tell'> & {
  readonly grants: Pick<Grants, 'get'>;
  readonly store: Pick<Store, 'findings' | 'leases' | 'made'>;
  readonly config: Config;
  /** Asks a function of a spoke. */
  readonly ask: (called: 'list-made' | 'survey', place: Place, input: object) => Promise<unknown>;
};

/** @returns The execution that was started; none when nothing was left behind. */
export const collect = async (around: Collecting, grantId: string): Promise<readonly string[]> => {
  const { grants, store, config, now, start } = around;
  const grant = (await grants.get(grantId))?.grant;
  if (grant === undefined || !isAtRest(grant, now())) return [];
  if ((await store.leases.holder(leaseOf(grantId), now())) !== undefined) return [];
  const acts = actsFrom(await store.made.of(grantId));
  const there = await lookedUp(around, acts, heldBy(grant, config));
  const orphans = orphansOf(grant, acts, there, { config, now: now() });
  if (orphans.length === 0) return [];
  const work = collectionOf(grant, acts, orphans);
  if (work === undefined) {
    await tellOf(around, grant, orphans);
    return [];
  }
  await putRight(around, grantId, acts, orphans);
  // False: one of this name has closed without an act. The next sweep counts it no less: then the name after it is due.
  for (let { attempt } = work; attempt < work.attempt + NAMES; attempt += 1) {
    const next: ProvisionWork = { ...work, attempt };
    if (await start(MACHINE, workName(next), next)) return [workName(next)];
  }
  return [];
};

/** Executions that found nothing to do have left no act by which their names are known to be used up. */
const NAMES = 5;
/** Four calls each, and more for its policies: twenty stay within a function's minute. */
const ROLES_AT_ONCE = 20;
const PLACES_AT_ONCE = 4;

/** What bears anybody's mark of all that the grant's executions meant to write, and the grant does not hold. */
const lookedUp = async (
  around: Collecting,
  acts: readonly Act[],
  held: ReadonlySet<string>,
): Promise<readonly Marked[]> => {
  const places = new Map<
    string,
    Place & { roleArns: string[]; identities: NonNullable<Act['intent']['identity']>[] }
  >();
  const at = (place: Place) => {
    const known = places.get(placeKey(place)) ?? { ...place, roleArns: [], identities: [] };
    places.set(placeKey(place), known);
    return known;
  };
  const objects = new Map(acts.filter(({ object }) => !held.has(object)).map((act) => [act.object, act.intent]));
  for (const [object, { what, identity }] of objects) {
    const place = what === 'role' ? placeOfRole(object, around.config) : identity;
    if (place === undefined) continue;
    if (what === 'role') at(place).roleArns.push(object);
    if (what === 'association' && identity !== undefined) at(place).identities.push(identity);
  }
  const surveys = [...places.values()].flatMap(({ account, region, roleArns, identities }) =>
    chunks(roleArns, identities).map((input) => ({ place: { account, region }, input })),
  );
  const answers = await inBatches(surveys, PLACES_AT_ONCE, async ({ place, input }) =>
    SurveyOutput.parse(await around.ask('survey', place, input)),
  );
  return answers.flatMap(markedIn);
};

/** What a survey has shown, with its tags. */
export const markedIn = ({ roles, associations }: SurveyOutput): readonly Marked[] => [
  ...roles.flatMap((role) => (role.present ? [{ what: 'role' as const, object: role.roleArn, tags: role.tags }] : [])),
  ...associations.map(({ identity, state, tags }) => ({
    what: 'association' as const,
    object: identityKey(identity),
    tags,
    associationId: state.associationId,
  })),
];

/** Inputs of `survey` that end in time. */
export const chunks = <Identity>(roleArns: readonly string[], identities: readonly Identity[]) => {
  const number = Math.ceil(Math.max(roleArns.length, identities.length) / ROLES_AT_ONCE);
  const part = <Each>(all: readonly Each[], index: number): Each[] =>
    all.slice(index * ROLES_AT_ONCE, (index + 1) * ROLES_AT_ONCE);
  return Array.from({ length: number }, (_, index) => ({
    roleArns: part(roleArns, index),
    policyArns: [],
    identities: part(identities, index),
  }));
};

/** The record says what is there: what was thought never to have been written, and of which association nobody knew the id. */
const putRight = async (
  { store, now }: Collecting,
  grantId: string,
  acts: readonly Act[],
  orphans: readonly Orphan[],
): Promise<void> => {
  const note = (act: Act, came: Came, kept: KeptCame): Promise<void> =>
    store.made.came(
      { grantId, execution: act.work, step: act.intent.wave, what: act.intent.what, object: act.object },
      {
        at: now().toISOString(),
        by: 'sweep-grants',
        text: came.because ?? 'Found by the sweep, though nobody holds it.',
        details: came,
        came: kept,
        ...(came.associationId !== undefined && { id: came.associationId }),
      },
    );
  const found = new Map(orphans.map((orphan) => [orphan.object, orphan]));
  await inBatches(orphans, PLACES_AT_ONCE, ({ act, associationId }) =>
    // Another word than the execution's own: what it has told of an earlier one stays on record beside it.
    note(act, { status: 'created', done: false, ...(associationId !== undefined && { associationId }) }, 'adopted'),
  );
  // Of the others nobody need look for an association again: the one that is there may be another grant's by now.
  const unknown = acts.filter(
    ({ intent, came, object }) =>
      intent.wave === 'associations' && !found.has(object) && came?.associationId === undefined,
  );
  const because = 'The sweep has not found it.';
  await inBatches(unknown, PLACES_AT_ONCE, (act) => note(act, { status: 'refused', done: false, because }, 'refused'));
};

/** It was begun often enough: a person has to look. */
const tellOf = async ({ store, now, tell }: Collecting, grant: Grant, orphans: readonly Orphan[]): Promise<void> => {
  const found = orphans.map(({ what, object, act }) => ({
    reason: 'GrantLeftover',
    severity: 'error' as const,
    subject: object,
    sentence: `The ${what} ${object} bears the mark of the execution ${act.work}, which is over; grant ${grant.id} does not hold it, and collecting it has failed time and again.`,
    witness: object,
    remedy: 'Look at the last executions of this grant, and remove it by hand.',
  }));
  const judgement = { at: now().toISOString(), cause: { kind: 'GrantsSwept' }, complete: false };
  await tell(findingEvents(await store.findings.keep(grant.id, found, judgement)));
};
