/** Whether a pod reaches its node's role through instance metadata, and where this machine reaches the same. */
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { V1Pod } from '@kubernetes/client-node';
import type { Cluster } from '../functions/kubernetes/client.ts';
import { nodeKind } from '../functions/kubernetes/nodes.ts';
import { fallbackOf, type NodeFacts } from '../functions/revocation/fallback.ts';
import { type Listening, listening } from './pod-agent.ts';
import type { Credentials } from './signed-call.ts';

export type Metadata = {
  readonly reachable: 'yes' | 'no' | 'unknown';
  /** A sentence's part: why. */
  readonly because: string;
  readonly instanceId?: string;
};

/** As a revocation judges it: hop limit, IMDSv1, host network. */
export const metadataOf = async (
  kubernetes: Cluster,
  pod: V1Pod,
  { region, credentials }: { region: string; credentials: Credentials },
): Promise<Metadata> => {
  const name = pod.spec?.nodeName;
  if (name === undefined) return { reachable: 'no', because: 'the pod is on no node yet' };
  const node = await kubernetes.ask({ verb: 'get', resource: 'nodes' }, () => kubernetes.core.readNode({ name }));
  const kind = nodeKind(name, node.spec?.providerID ?? '', node.metadata?.labels ?? {});
  const facts: NodeFacts = {
    ...kind,
    hostNetwork: pod.spec?.hostNetwork ?? false,
    ...(kind.instanceId !== undefined && (await instanceMetadata(kind.instanceId, region, credentials))),
  };
  const [judged = { reachable: 'unknown' as const, because: 'nothing is known of the node' }] = fallbackOf(undefined, [
    facts,
  ]).nodeRoles;
  const { reachable, because } = judged;
  return { reachable, because, ...(kind.instanceId !== undefined && { instanceId: kind.instanceId }) };
};

const instanceMetadata = async (
  instanceId: string,
  region: string,
  credentials: Credentials,
): Promise<Pick<NodeFacts, 'metadata' | 'unread'>> => {
  try {
    const found = await new EC2Client({ region, credentials }).send(
      new DescribeInstancesCommand({ InstanceIds: [instanceId] }),
    );
    const options = found.Reservations?.[0]?.Instances?.[0]?.MetadataOptions;
    if (options === undefined) return {};
    return {
      metadata: {
        endpoint: options.HttpEndpoint !== 'disabled',
        tokensRequired: options.HttpTokens !== 'optional',
        hopLimit: options.HttpPutResponseHopLimit ?? 1,
      },
    };
  } catch (error) {
    return { unread: `EC2 could not be asked (${error instanceof Error ? error.message : String(error)})` };
  }
};

/**
 * A metadata service on this machine that hands every request on to the instance's own: SDKs take only a host and a port from
 * AWS_EC2_METADATA_SERVICE_ENDPOINT. `from` is where that is, `{region}` and `{instance}` filled in.
 */
export const relayMetadata = (from: string): Promise<Listening> =>
  listening(async (request) => {
    const url = `${from.replace(/\/$/, '')}${request.url ?? '/'}`;
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      name.startsWith('x-aws-ec2-metadata-token') && typeof value === 'string'
        ? [[name, value] as [string, string]]
        : [],
    );
    const answer = await fetch(url, { method: request.method ?? 'GET', headers, signal: AbortSignal.timeout(5_000) });
    const ttl = answer.headers.get('x-aws-ec2-metadata-token-ttl-seconds');
    return {
      status: answer.status,
      text: await answer.text(),
      type: answer.headers.get('content-type') ?? 'text/plain',
      headers: ttl === null ? {} : { 'x-aws-ec2-metadata-token-ttl-seconds': ttl },
    };
  });
