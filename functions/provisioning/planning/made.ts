/** What executions have written, as it is read back from the record. Pure. */
import * as z from 'zod';
import { AssociationState, Identity } from '../../association.ts';
import { Standing } from '../../grants/index.ts';
import type { WorkloadIdentity } from '../../identity.ts';
import type { Act as KeptAct } from '../../store/made.ts';
import { Wave } from './contract.ts';
import { PodsAsked, Progress } from './pods.ts';

/** Written before each act. */
export const Intent = z.strictObject({
  what: z.enum(['role', 'association', 'place', 'pods']),
  account: z.string(),
  region: z.string(),
  version: z.int(),
  wave: Wave,
  /** Roles: as what. */
  as: z.enum(['source', 'target']).optional(),
  standing: Standing.optional(),
  /** Roles: the names of the inline policies that are written. */
  inline: z.array(z.string()).optional(),
  identity: Identity.optional(),
  /** What somebody else's association was, of one that is adopted or taken over. */
  before: z.strictObject({ state: AssociationState, tags: z.record(z.string(), z.string()) }).optional(),
  pods: PodsAsked.optional(),
});
export type Intent = z.infer<typeof Intent>;

/** Written after it. `done`: it is as it was wanted. */
export const Came = z.strictObject({
  status: z.string(),
  done: z.boolean(),
  because: z.string().optional(),
  /** What a person would run, of what could not be undone. */
  command: z.string().optional(),
  associationId: z.string().optional(),
  pods: Progress.optional(),
});
export type Came = z.infer<typeof Came>;

/** One act: its intent, and what came of it; without that, nobody knows. */
export type Act = {
  /** The execution's name. */
  readonly work: string;
  readonly object: string;
  readonly intent: Intent;
  readonly came?: Came;
};

/** The acts of a grant as the record has them, oldest first. @throws z.ZodError for one that this version can't read */
export const actsFrom = (kept: readonly KeptAct[]): readonly Act[] =>
  kept.toReversed().map(({ execution, object, details, answers }) => {
    const last = answers.at(-1);
    return {
      work: execution,
      object,
      intent: Intent.parse(details),
      ...(last && { came: Came.parse(last.details) }),
    };
  });

/** Something that a grant has, or may have, written: of all acts on one object, what is needed to take it back. */
export type Thing = {
  readonly what: 'role' | 'association';
  readonly object: string;
  readonly account: string;
  readonly region: string;
  readonly as?: 'source' | 'target';
  /** An act of this grant created it, or may have. */
  readonly created: boolean;
  readonly inline: readonly string[];
  readonly identity?: WorkloadIdentity;
  readonly associationId?: string;
  readonly before?: NonNullable<Intent['before']>;
};

const NOTHING_WRITTEN: ReadonlySet<string> = new Set(['differs', 'refused']);

/** The things that these acts may have left behind; what the spokes say that they have not written, isn't. */
export const thingsOf = (acts: readonly Act[]): readonly Thing[] => {
  const forward = acts.filter(({ intent, came }) => isWrite(intent) && !isUntouched(came));
  return [...Map.groupBy(forward, ({ object }) => object).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { what, account, region, as, identity } = first.intent;
    if (what === 'place' || what === 'pods') return [];
    const associationId = acts.findLast(({ object, came }) => object === first.object && came?.associationId)?.came
      ?.associationId;
    const before = same.find(({ intent }) => intent.before !== undefined)?.intent.before;
    return [
      {
        what,
        object: first.object,
        account,
        region,
        created: same.some(({ intent }) => intent.standing === 'create'),
        inline: [...new Set(same.flatMap(({ intent }) => intent.inline ?? []))],
        ...(as && { as }),
        ...(identity && { identity }),
        ...(associationId !== undefined && { associationId }),
        ...(before && { before }),
      },
    ];
  });
};

const isWrite = ({ wave, what }: Intent): boolean =>
  what !== 'place' && ['sources', 'targets', 'permissions', 'associations'].includes(wave);

/** An adopted thing is ours, though nothing had to be written; of one that was created a second act may have kept all. */
const isUntouched = (came: Came | undefined): boolean => came !== undefined && NOTHING_WRITTEN.has(came.status);
