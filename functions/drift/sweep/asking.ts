/** What the sweep's hub functions hand to what they run: the store, the way to the spokes and to `hint`, the clock. */
import type * as z from 'zod';
import type { Config } from '../../config.ts';
import type { AskSpoke } from '../../runtime/ask-spoke.ts';
import type { SPOKE_FUNCTIONS } from '../../runtime/spoke-call.ts';
import type { Store } from '../../store/index.ts';
import { type SweepSettings as Settings, SweepSettings } from '../../sweep-settings.ts';
import type { ObjectRef, SeenChange } from '../contract.ts';
import { type Hinted, type HintHub, hint, type Objects } from '../hints.ts';
import { OBJECT_SCHEMAS } from '../kept.ts';

type Place = { readonly account: string; readonly region: string };

export type Sweeping = {
  readonly store: Pick<Store, 'associations' | 'clusters' | 'denies' | 'roles' | 'serviceAccounts' | 'sweeps'>;
  readonly objects: Objects;
  readonly config: Config;
  readonly hint: (ref: ObjectRef, change?: SeenChange) => Promise<Hinted>;
  /** Asks the function of a spoke; what it answers its schema has to read. */
  readonly ask: (called: (typeof SPOKE_FUNCTIONS)[number], place: Place, input: unknown) => Promise<unknown>;
  readonly now: () => Date;
  /** Whether there is time for one more question to a spoke. */
  readonly hasTime: () => boolean;
};

type Hub = Omit<HintHub, 'objects'> & {
  readonly store: Store;
  readonly ask: AskSpoke;
  readonly hasTime?: () => boolean;
};

/** What all of the sweep's functions work with, from what each of them hands in. */
export const sweepingOver = ({ store, config, now, start, ask, hasTime = () => true }: Hub): Sweeping => {
  const objects = store.objects(OBJECT_SCHEMAS);
  const hub = { objects, config, now, start };
  return {
    ...hub,
    store,
    hint: (ref, change) => hint(hub, ref, change),
    ask: (called, { account, region }, input) => ask({ function: called, account, region, input }),
    hasTime,
  };
};

export const settingsOf = ({ sweep }: Pick<Config, 'sweep'>): Settings => sweep ?? SweepSettings.parse({});

/** A few at a time: each hint is some writes of its own. */
export const HINTS_AT_ONCE = 10;

/** A spoke's answer through its schema. @throws ZodError when hub and spoke are of different versions */
export const asked = async <Schema extends z.ZodType>(
  { ask }: Pick<Sweeping, 'ask'>,
  schema: Schema,
  ...question: Parameters<Sweeping['ask']>
): Promise<z.output<Schema>> => schema.parse(await ask(...question));
