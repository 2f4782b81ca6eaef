/** What the sweep's hub functions hand to what they run: the store, the way to the spokes and to `hint`, the clock. */
import type * as z from 'zod';
import type { Config } from '../../config.ts';
import type { SPOKE_FUNCTIONS } from '../../runtime/spoke-call.ts';
import type { Store } from '../../store/index.ts';
import { type SweepSettings as Settings, SweepSettings } from '../../sweep-settings.ts';
import type { ObjectRef, SeenChange } from '../contract.ts';
import type { Hinted, Objects } from '../hints.ts';

type Place = { readonly account: string; readonly region: string };

export type Sweeping = {
  readonly store: Pick<Store, 'associations' | 'clusters' | 'denies' | 'roles' | 'sweeps'>;
  readonly objects: Objects;
  readonly config: Config;
  readonly hint: (ref: ObjectRef, change?: SeenChange) => Promise<Hinted>;
  /** Asks the function of a spoke; what it answers its schema has to read. */
  readonly ask: (called: (typeof SPOKE_FUNCTIONS)[number], place: Place, input: unknown) => Promise<unknown>;
  readonly now: () => Date;
  /** Whether there is time for one more question to a spoke. */
  readonly hasTime: () => boolean;
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
