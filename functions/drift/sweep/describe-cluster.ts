/** Associations of a cluster described by id: those that are there are kept, those that are not are proven to be gone. What differs is hinted. */
import type { AssociationState } from '../../association.ts';
import type { ClusterRef } from '../../identity.ts';
import { inBatches } from '../../runtime/batches.ts';
import { seenOf } from '../../store/association-row.ts';
import type { Neighbour } from '../../store/associations.ts';
import { asked, HINTS_AT_ONCE, type Sweeping, settingsOf } from './asking.ts';
import {
  type DescribeAssociationsOutput as Answer,
  DescribeAssociationsOutput,
  type DescribedAssociation,
  MOST_DESCRIBED,
} from './contract.ts';
import { givesTheSame, wasTold } from './told-of.ts';
import { wake } from './wake.ts';

/** How long one question to a spoke may take at the pace that it is told: its function has a minute. */
const SECONDS_A_QUESTION = 30;

/** `through`: how many, in their order; the rest had no time. `silent`: what no event had told. */
export type Described = { readonly through: number; readonly hinted: number; readonly silent: number };

export type Describing = {
  readonly known: ReadonlyMap<string, AssociationState>;
  /** False at the first listing of a cluster: what nobody has told then is not lost. */
  readonly counted: boolean;
  /** Past it nothing more is begun. */
  readonly until: string;
  /** When an object that nobody knew is to be looked at: undefined is now. */
  readonly later: () => string | undefined;
};

type Sight = { readonly differs: boolean; readonly isSilent: boolean };
const SAME: Sight = { differs: false, isSilent: false };

/** Keeps what these ids give. One that was deleted since it was listed is nobody's: the next listing misses it. */
export const describeAll = (
  around: Sweeping,
  cluster: ClusterRef,
  ids: readonly string[],
  describing: Describing,
): Promise<Described> =>
  inChunks(
    around,
    cluster,
    ids,
    (id) => id,
    describing,
    async ({ associations, readAt }) => {
      const kept = await inBatches(associations, HINTS_AT_ONCE, (one) => keepOne(around, one, readAt, describing));
      const roles = new Set(associations.flatMap(({ state }) => [state.roleArn, state.targetRoleArn ?? state.roleArn]));
      await inBatches([...roles], HINTS_AT_ONCE, (roleArn) => around.store.roles.keep(roleArn));
      return kept;
    },
  );

/** Of these, which no complete listing has: those that can't be read by id, either, are gone. */
export const proveGone = (
  around: Sweeping,
  cluster: ClusterRef,
  missing: readonly Neighbour[],
  describing: Describing,
): Promise<Described> =>
  inChunks(
    around,
    cluster,
    missing,
    ({ state }) => state.associationId,
    describing,
    ({ associations, readAt }, some) => {
      const there = new Set(associations.map(({ state }) => state.associationId));
      const gone = some.filter(({ state }) => !there.has(state.associationId));
      return inBatches(gone, HINTS_AT_ONCE, (one) => loseOne(around, one, readAt, describing));
    },
  );

/** The cluster itself isn't there any more, and nothing of it can be asked for. */
export const allGone = async (
  around: Sweeping,
  missing: readonly Neighbour[],
  describing: Describing,
): Promise<Described> => {
  const readAt = around.now().toISOString();
  const sights = await inBatches(missing, HINTS_AT_ONCE, (one) => loseOne(around, one, readAt, describing));
  return { through: missing.length, ...countsOf(sights) };
};

const inChunks = async <Thing>(
  around: Sweeping,
  cluster: ClusterRef,
  things: readonly Thing[],
  idOf: (thing: Thing) => string,
  { until }: Describing,
  run: (answer: Answer, some: readonly Thing[]) => Promise<readonly Sight[]>,
): Promise<Described> => {
  const { describesPerSecond: perSecond } = settingsOf(around.config);
  const most = Math.min(MOST_DESCRIBED, perSecond * SECONDS_A_QUESTION);
  let so = { through: 0, hinted: 0, silent: 0 };
  // One question at least: else a function that is short of time would never come to an end.
  const goesOn = (): boolean =>
    so.through < things.length && around.now().toISOString() < until && (so.through === 0 || around.hasTime());
  while (goesOn()) {
    const some = things.slice(so.through, so.through + most);
    const input = { ...cluster, ids: some.map(idOf), perSecond };
    const answer = await asked(around, DescribeAssociationsOutput, 'describe-associations', cluster, input);
    const { hinted, silent } = countsOf(await run(answer, some));
    so = { through: so.through + some.length, hinted: so.hinted + hinted, silent: so.silent + silent };
  }
  return so;
};

const countsOf = (sights: readonly Sight[]) => ({
  hinted: sights.filter(({ differs }) => differs).length,
  silent: sights.filter(({ isSilent }) => isSilent).length,
});

const keepOne = async (
  around: Sweeping,
  { identity, state }: DescribedAssociation,
  readAt: string,
  { known, counted, later }: Describing,
): Promise<Sight> => {
  const before = known.get(state.associationId);
  const row = await around.store.associations.keep(identity, seenOf(state, readAt));
  if (before !== undefined && givesTheSame(before, state)) return SAME;
  const ref = { object: 'association' as const, identity };
  await (before === undefined ? wake(around, ref, later) : around.hint(ref));
  return { differs: true, isSilent: counted && !wasTold(row, state) };
};

const loseOne = async (
  { store, hint }: Sweeping,
  { identity, state }: Neighbour,
  readAt: string,
  { counted }: Describing,
): Promise<Sight> => {
  const row = await store.associations.lastKnown(identity, state.associationId);
  // An event has told it meanwhile.
  if (row?.gone !== undefined) return SAME;
  // First the hint: a crash in between leaves it known, and the next sweep misses it again.
  await hint({ object: 'association', identity });
  await store.associations.markGone(identity, seenOf(state, readAt), readAt);
  return { differs: true, isSilent: counted };
};
