/** A kubeconfig context as `podid pod` needs it: the Kubernetes API, the EKS cluster behind it, and whose AWS credentials it logs in with. */
import { STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import {
  AdmissionregistrationV1Api,
  ApiException,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  PolicyV1Api,
  RbacAuthorizationV1Api,
} from '@kubernetes/client-node';
import * as z from 'zod';
import type { Cluster } from '../functions/kubernetes/client.ts';
import { messageOf } from '../functions/kubernetes/errors.ts';
import { parseArn } from '../functions/partition.ts';
import type { Credentials } from './signed-call.ts';
import { Told } from './told.ts';

export type ContextOptions = {
  /** kubectl's `--context`; the current one when absent. */
  readonly context?: string;
  /** Where the kubeconfig doesn't tell them. */
  readonly cluster?: string;
  readonly region?: string;
  readonly profile?: string;
};

export type PodContext = {
  readonly kubernetes: Cluster;
  readonly cluster: { readonly name: string; readonly region: string; readonly credentials: Credentials };
};

/** @throws Told when there is no such context, or it doesn't say which EKS cluster it is */
export const openContext = async (options: ContextOptions): Promise<PodContext> => {
  const config = new KubeConfig();
  config.loadFromDefault();
  const name = options.context ?? config.getCurrentContext();
  const context = config.getContextObject(name);
  if (context === null) {
    const known = config.getContexts().map((each) => each.name);
    throw new Told(
      `There is no context ${name} in the kubeconfig (KUBECONFIG); it has: ${known.join(', ') || 'none'}.`,
    );
  }
  config.setCurrentContext(name);
  const login = loginOf(config.getCurrentUser()?.exec);
  const arn = parseArn(context.cluster);
  const cluster = options.cluster ?? login.cluster ?? arn?.resource.replace(/^cluster\//, '');
  const region = options.region ?? login.region ?? arn?.region;
  if (cluster === undefined || region === undefined) {
    throw new Told(`The context ${name} does not say which EKS cluster it is: give --cluster and --region.`);
  }
  const profile = options.profile ?? login.profile;
  const credentials = profile === undefined ? new STSClient({ region }).config.credentials : fromIni({ profile });
  return { kubernetes: clusterOf(config, cluster), cluster: { name: cluster, region, credentials } };
};

/** The Kubernetes API as the person's own login sees it. @throws Told with the API server's own message */
export const clusterOf = (config: KubeConfig, name: string): Cluster => ({
  name,
  core: config.makeApiClient(CoreV1Api),
  apps: config.makeApiClient(AppsV1Api),
  policy: config.makeApiClient(PolicyV1Api),
  rbac: config.makeApiClient(RbacAuthorizationV1Api),
  admission: config.makeApiClient(AdmissionregistrationV1Api),
  custom: config.makeApiClient(CustomObjectsApi),
  ask: async (_, call) => {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ApiException) throw new Refused(name, error);
      throw new Told(`No answer from the Kubernetes API of ${name}: ${reasonOf(error)}`);
    }
  },
});

/** The API server said no. */
export class Refused extends Told {
  readonly code: number;
  constructor(cluster: string, error: ApiException<unknown>) {
    super(`Cluster ${cluster}: ${messageOf(error)} (${error.code})`);
    this.code = error.code;
  }
}

/** A failed fetch says only that; what failed is its cause. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message.trim() : String(cause);
};

const Exec = z.object({
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
});

/** What `aws eks get-token`, `podid token` and aws-iam-authenticator are told in a kubeconfig. */
const loginOf = (exec: unknown): { cluster?: string; region?: string; profile?: string } => {
  const { args, env } = Exec.catch({}).parse(exec);
  const after = (...flags: string[]): string | undefined => {
    const at = (args ?? []).findIndex((arg) => flags.includes(arg));
    return at < 0 ? undefined : args?.[at + 1];
  };
  const cluster = after('--cluster-name', '--cluster', '-i', '--cluster-id');
  const region = after('--region');
  const profile = after('--profile') ?? env?.find(({ name }) => name === 'AWS_PROFILE')?.value;
  return { ...(cluster && { cluster }), ...(region && { region }), ...(profile && { profile }) };
};
