/** Which pods would need a restart: asked for previews alone, since a cluster takes longer to answer than an account. */
import type * as z from 'zod';
import { type GrantWish, identitiesOf, type Remark, type ResolvedGrant } from '../../grants/index.ts';
import { showIdentity, type WorkloadIdentity } from '../../identity.ts';
import type { AssessInput, AssessOutput } from '../../pod-restarts.ts';
import { workloadKey } from '../../restart-rounds.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { Doing } from './doing.ts';

/** Asks a cluster, by way of its spoke. @throws Failure where nobody answers in time */
export type AskCluster = (asked: {
  readonly account: string;
  readonly region: string;
  readonly input: z.infer<typeof AssessInput>;
}) => Promise<AssessOutput>;

export type RestartsAhead = Pick<ResolvedGrant, 'restarts'> & { readonly unread: readonly Remark[] };

/** Clusters that are asked at the same time. */
const AT_ONCE = 10;

/** The workloads with pods that have no Pod Identity now. Where nobody answers, that is said; it is no reason to refuse a preview. */
export const restartsAhead = async (
  doing: Pick<Doing, 'askCluster' | 'now'>,
  wish: GrantWish,
): Promise<RestartsAhead> => {
  const { askCluster, now } = doing;
  if (askCluster === undefined) return { restarts: [], unread: [] };
  const since = now().toISOString();
  const answers = await inBatches(identitiesOf(wish), AT_ONCE, async (identity): Promise<RestartsAhead> => {
    const { account, region } = identity;
    try {
      const input = { identity, since, associated: true, lacking: true } as const;
      const { workloads } = await askCluster({ account, region, input });
      return {
        restarts: workloads.map(({ workload, pods }) => ({ identity, workload: workloadKey(workload), pods })),
        unread: [],
      };
    } catch (error) {
      return { restarts: [], unread: [notAsked(identity, error)] };
    }
  });
  return {
    restarts: answers.flatMap(({ restarts }) => restarts),
    unread: answers.flatMap(({ unread }) => unread),
  };
};

const notAsked = (identity: WorkloadIdentity, error: unknown): Remark => ({
  reason: 'PodsNotRead',
  sentence: `Nobody could look which pods of ${showIdentity(identity)} would need a restart; the grant says it once it is active. ${error instanceof Error ? error.message : String(error)}`,
});
