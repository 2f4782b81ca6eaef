/** Reads what a cluster itself says: its Pod Identity agent, and what it lets podid do. It writes nothing, and what can't be read is left out. */
import { assertOwnCluster } from '../aws/own-account.ts';
import { agentIn } from '../kubernetes/agent.ts';
import { openCluster } from '../kubernetes/client.ts';
import { setupIn } from '../kubernetes/setup.ts';
import { entry, type Surroundings } from '../runtime/entry.ts';
import { isFailure } from '../runtime/errors.ts';
import { ReadClusterInput, type ReadClusterOutput } from './spoke-contract.ts';

export const handler = entry(ReadClusterInput, async (cluster, around): Promise<ReadClusterOutput> => {
  assertOwnCluster(cluster, around.functionArn);
  const opened = await unlessUnread('its endpoint', around, () => openCluster(cluster, around));
  if (opened === undefined) return {};
  const [agent, rbac] = await Promise.all([
    unlessUnread('its agent', around, () => agentIn(opened)),
    unlessUnread('what podid may do', around, () => setupIn(opened)),
  ]);
  return { ...(agent !== undefined && { agent }), ...(rbac !== undefined && { rbac }) };
});

/** A private endpoint, say: then nothing follows from it, and EKS's own word still counts. Seen in the log and the metrics. */
const unlessUnread = async <Part>(
  what: string,
  { log, count }: Surroundings,
  read: () => Promise<Part>,
): Promise<Part | undefined> => {
  try {
    return await read();
  } catch (error) {
    if (!isFailure(error)) throw error;
    log.warn(`${what} could not be read`, { error });
    count(error.name);
    return undefined;
  }
};
