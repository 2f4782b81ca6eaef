/** What the hub keeps of an object between two looks at it, and what its owner has accepted. Pure. */
import * as z from 'zod';
import { Instant } from '../association.ts';
import { parseArn } from '../partition.ts';
import type { ObjectPlace } from '../store/objects.ts';
import { Facet, Facets, ObjectRef, OpenIntent, SeenChange } from './contract.ts';
import { objectKey } from './object.ts';

/** Instants of the parts below are epoch milliseconds, as in `reconcile/`. */
const Changing = z.object({ digest: z.string(), changedAt: z.number(), ahead: z.int() });

const Fight = z.object({
  wrote: z.object({ at: z.number(), to: z.string().nullable() }).optional(),
  rounds: z.array(z.object({ since: z.number(), at: z.number(), who: z.string() })),
  latched: z.object({ at: z.number(), sentence: z.string() }).optional(),
});

export const ObjectState = z.object({
  ref: ObjectRef,
  /** Of the last complete read. */
  facets: Facets.optional(),
  readAt: Instant.optional(),
  changing: Changing.optional(),
  fights: z.record(Facet, Fight),
  /** When it is due to be looked at though nothing happens. */
  again: Instant.optional(),
});
export type ObjectState = z.infer<typeof ObjectState>;

/** What was there when somebody said: so it shall be. */
export const Baseline = z.object({
  acceptedAt: Instant,
  by: z.string(),
  facets: Facets,
  /** Kinds of facets of which there may be none but these. */
  closed: z.array(z.string()),
});
export type Baseline = z.infer<typeof Baseline>;

/** For `store.objects(OBJECT_SCHEMAS)`. */
export const OBJECT_SCHEMAS = {
  state: ObjectState,
  // A row has its keys and its expiry beside them.
  change: SeenChange.strip(),
  intent: OpenIntent.strip(),
  baseline: Baseline,
};

/** Under what it is kept. */
export const placeOf = (ref: ObjectRef): ObjectPlace => ({
  key: objectKey(ref),
  kind: ref.object,
  account: accountOf(ref),
});

const accountOf = (ref: ObjectRef): string => {
  if (ref.object === 'role') return parseArn(ref.roleArn)?.account ?? '';
  return ref.object === 'association' ? ref.identity.account : ref.cluster.account;
};
