/** Decisions of the hub made again: their snapshots and baselines from the hub, the rest from this machine. Nothing is written. */
import type { Config } from '../functions/config.ts';
import type { DriftMode, SeenChange } from '../functions/drift/contract.ts';
import { OBJECT_SCHEMAS } from '../functions/drift/kept.ts';
import { Decision, type DecisionRedone, redo, World } from '../functions/drift/replay/index.ts';
import { type ClusterRef, clusterArn } from '../functions/identity.ts';
import { problems } from '../functions/runtime/problems.ts';
import type { Store } from '../functions/store/index.ts';
import { readGuardrails } from './guardrails-files.ts';
import { isRefused, refusalLines, standingGrants } from './guardrails-grants.ts';

/** With the changes that its snapshot tells of; or why it can't be made again. */
export type Redo = (
  decision: Decision,
) => Promise<(DecisionRedone & { readonly changes: readonly SeenChange[] }) | { readonly unreadable: string }>;

/** @param guardrails A directory whose guardrails are asked about every grant in force, once */
export const redoing = async (
  store: Store,
  config: Config,
  { guardrails, mode }: { readonly guardrails?: string; readonly mode?: DriftMode },
): Promise<Redo> => {
  const refused = guardrails === undefined ? undefined : await refusedBy(store, config, guardrails);
  const isAccepted = baselines(store);
  return async (decision) => {
    const text = await store.decisions(Decision).snapshot(decision);
    const world = World.safeParse(JSON.parse(text ?? 'null'));
    if (!world.success) {
      const why = text === undefined ? 'is not kept any more' : `is not of this version: ${problems(world.error)}`;
      return { unreadable: `The snapshot of the decision ${decision.id} ${why}.` };
    }
    const unaccepted = new Set<string>();
    for (const cluster of world.data.concerned) {
      if (!(await isAccepted(cluster))) unaccepted.add(clusterArn(cluster));
    }
    const today = { config, unaccepted, ...(refused && { refused }), ...(mode && { mode }) };
    return { decision, redone: redo(decision, world.data, today), changes: world.data.snapshot.changes };
  };
};

const refusedBy = async (store: Store, config: Config, directory: string): Promise<ReadonlyMap<string, string>> => {
  const standing = await standingGrants(store, readGuardrails(directory), config);
  return new Map(
    standing.filter(isRefused).map((each) => [
      each.grant.id,
      refusalLines(each)
        .slice(1)
        .map((line) => line.trim())
        .join('; '),
    ]),
  );
};

/** Whether a cluster's baseline is accepted: each is asked for once. */
const baselines = (store: Store) => {
  const known = new Map<string, Promise<boolean>>();
  const objects = store.objects(OBJECT_SCHEMAS);
  return (cluster: ClusterRef): Promise<boolean> => {
    const arn = clusterArn(cluster);
    const before = known.get(arn) ?? objects.baseline(arn).then((baseline) => baseline !== undefined);
    known.set(arn, before);
    return before;
  };
};
