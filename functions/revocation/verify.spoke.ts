/** Looks whether a pod from before still lives, and what the living ones use. */
import { openCluster } from '../kubernetes/client.ts';
import { podsOf } from '../kubernetes/pods.ts';
import { entry } from '../runtime/entry.ts';
import { VerifyInput, type VerifyOutput } from './contract.ts';
import { podsInQuestion } from './pods-in-question.ts';

/** Examples for a person; the numbers are whole. */
const EXAMPLES = 10;

export const handler = entry(VerifyInput, async (input, around): Promise<VerifyOutput> => {
  const { namespace, serviceAccount } = input.identity;
  const cluster = await openCluster(input.identity, around);
  const pods = await podsOf(cluster, namespace, serviceAccount);
  const before = podsInQuestion(pods, input);
  const alive = Map.groupBy(
    pods.filter(({ finished }) => !finished),
    ({ identity }) => identity,
  );
  const verifiedAt = around.now();
  return {
    before: before.length,
    examples: before.slice(0, EXAMPLES).map(({ name }) => name),
    now: {
      none: alive.get('none')?.length ?? 0,
      irsa: alive.get('irsa')?.length ?? 0,
      podIdentity: alive.get('pod-identity')?.length ?? 0,
    },
    deadlinePassed: verifiedAt.getTime() >= Date.parse(input.deadline),
    verifiedAt: verifiedAt.toISOString(),
  };
});
