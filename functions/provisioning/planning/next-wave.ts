/** Which wave comes next, from what the record says of the last one. */
import type { Grant, ResolvedGrant } from '../../grants/index.ts';
import type { ProvisionWork } from '../contract.ts';
import { workName } from '../contract.ts';
import { type BackWave, backItems, leftOut } from './back.ts';
import { BACK, FORWARD, type Item, type Next, type Run, type Wave } from './contract.ts';
import { type ForwardWave, forwardItems } from './forward.ts';
import { actsOf, type Hub, planOf, whyNotMake } from './machine.ts';
import { type Act, type Thing, thingsOf } from './made.ts';
import { whyOf } from './outcome.ts';
import { restartItems } from './restarts.ts';
import type { Revocations } from './revocations.ts';

/** What the waves are made of. */
type Ground = {
  readonly work: ProvisionWork;
  readonly config: Hub['config'];
  readonly acts: readonly Act[];
  /** Absent while it goes back. */
  readonly plan?: ResolvedGrant;
  readonly things: readonly Thing[];
};

/** @throws NotFound for an execution without a grant or a plan */
export const nextWave = async (
  hub: Hub,
  { work, run: told }: { readonly work: ProvisionWork; readonly run: Run },
  grant: Grant,
  revocations: Revocations,
): Promise<Next> => {
  // Every item carries it: an error's Cause can have 32 kB.
  const run = { ...told, because: shortened(told.because) };
  const acts = await actsOf(hub, work);
  if (run.mode !== 'provision')
    return goOn({ work, config: hub.config, acts, things: scopeOf(acts, work, run) }, run, revocations);
  const off = whyNotMake(grant, work);
  const plan = await planOf(hub, work);
  const ground = {
    work,
    config: hub.config,
    acts,
    plan,
    things: thingsOf(acts).filter(({ object }) => leftOut(plan).has(object)),
  };
  const because = off ?? failureOf(ground, run.wave);
  if (because === undefined) return goOn(ground, run, revocations);
  const back: Run = { mode: 'undo', wave: null, waits: 0, because: shortened(because) };
  return goOn({ work, config: hub.config, acts, things: scopeOf(acts, work, back) }, back, revocations);
};

/** What goes back: of a version what was written for it, of a grant that ends everything. */
export const scopeOf = (acts: readonly Act[], { version }: ProvisionWork, { mode }: Run): readonly Thing[] => {
  const things = thingsOf(acts);
  if (mode === 'revoke') return things;
  const touched = new Set(acts.filter(({ intent }) => intent.version === version).map(({ object }) => object));
  const ofVersion = thingsOf(acts.filter(({ intent }) => intent.version === version));
  return ofVersion.filter(({ object }) => touched.has(object));
};

const goOn = async (ground: Ground, run: Run, revocations: Revocations): Promise<Next> => {
  const order: readonly Wave[] = run.mode === 'provision' ? FORWARD : BACK;
  const from = run.wave === null ? 0 : order.indexOf(run.wave) + (run.wave === 'revocations' ? 0 : 1);
  for (const wave of order.slice(from)) {
    if (wave === 'revocations') {
      const wait = run.mode === 'revoke' ? await revocations(ground.things, run) : undefined;
      if (wait !== undefined) return wait;
      continue;
    }
    const items = itemsOf(ground, wave).filter((item) => !isDone(ground, wave, item));
    if (items.length === 0) continue;
    return {
      next: 'act',
      run: { ...run, wave, waits: 0 },
      waitSeconds: 1,
      surveys: [],
      items: [...items],
      told: `${wave}: ${items.length} to do.`,
    };
  }
  return { next: 'end', run, waitSeconds: 1, surveys: [], items: [], told: 'Nothing is left to do.' };
};

const itemsOf = ({ plan, things, config }: Ground, wave: Exclude<Wave, 'revocations'>): readonly Item[] => {
  if (wave === 'restarts') return plan === undefined ? [] : restartItems(plan);
  if (plan === undefined || wave === 'removals' || wave === 'releases') {
    return isForward(wave) ? [] : backItems(things, wave, config);
  }
  return isForward(wave) ? forwardItems(plan, wave, config) : [];
};

const isForward = (wave: Exclude<Wave, 'revocations'>): wave is ForwardWave => wave !== 'restarts' && !isBack(wave);

const isBack = (wave: Exclude<Wave, 'revocations'>): wave is BackWave =>
  wave === 'removals' || wave === 'releases' || wave.startsWith('undo-');

const actOf = ({ acts, work }: Ground, wave: Wave, { object }: Item): Act | undefined =>
  acts.findLast((act) => act.work === workName(work) && act.intent.wave === wave && act.object === object);

/** An execution that is told the same again goes on where it was. */
const isDone = (ground: Ground, wave: Wave, item: Item): boolean => actOf(ground, wave, item)?.came?.done === true;

/** Why the wave that was run last has failed; what a change leaves behind is no reason to take the change back, nor are pods that wait for their restart. */
const failureOf = (ground: Ground, wave: Wave | null): string | undefined => {
  if (wave === null || wave === 'revocations' || !isForward(wave)) return undefined;
  const failed = itemsOf(ground, wave).filter((item) => !isDone(ground, wave, item));
  if (failed.length === 0) return undefined;
  const told = failed.slice(0, TOLD).map((item) => {
    const because = actOf(ground, wave, item)?.came?.because ?? 'nobody knows what came of it';
    return `${item.object}: ${because}`;
  });
  return [...told, ...(failed.length > TOLD ? [`and ${failed.length - TOLD} more`] : [])].join('; ');
};

const TOLD = 5;
const MOST_CHARACTERS = 2_000;

const shortened = (because: Run['because']): string | null =>
  because === null ? null : (typeof because === 'string' ? because : whyOf(because)).slice(0, MOST_CHARACTERS);
