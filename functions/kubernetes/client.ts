/** A connection to a cluster of this account and region, as this function's role. */
import {
  AdmissionregistrationV1Api,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  createConfiguration,
  HttpMethod,
  KubeConfig,
  PolicyV1Api,
  RbacAuthorizationV1Api,
  RequestContext,
  type SecurityAuthentication,
  ServerConfiguration,
} from '@kubernetes/client-node';
import { describeCluster, eks } from '../aws/eks.ts';
import { eksToken, TOKEN_MILLIS } from '../aws/eks-token.ts';
import { assertOwnCluster } from '../aws/own-account.ts';
import type { ClusterRef } from '../identity.ts';
import { Failure, isFailure } from '../runtime/errors.ts';
import { type Ask, clusterFailure } from './errors.ts';

export type Cluster = {
  readonly name: string;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly policy: PolicyV1Api;
  readonly rbac: RbacAuthorizationV1Api;
  readonly admission: AdmissionregistrationV1Api;
  readonly custom: CustomObjectsApi;
  /** Makes a call and turns what it fails with into one of ours: see `clusterFailure`. */
  readonly ask: <Answer>(ask: Omit<Ask, 'cluster'>, call: () => Promise<Answer>) => Promise<Answer>;
};

/** Whose clusters they are, and the clock. */
export type Around = { readonly functionArn: string; readonly now: () => Date };

export type ClusterLogin = {
  readonly name: string;
  readonly endpoint: string;
  /** PEM in base64, as EKS gives it. */
  readonly certificateAuthority: string;
  readonly token: string;
};

/**
 * The cluster, with its endpoint and CA from EKS and a token of this function's role. Kept for as long as the token is
 * good, and no longer than it works.
 * @throws Failure ClusterGone when EKS doesn't know it, InputMalformed when it is not of this account and region
 */
export const openCluster = async (cluster: ClusterRef, around: Around): Promise<Cluster> => {
  assertOwnCluster(cluster, around.functionArn);
  const { cluster: name } = cluster;
  const now = around.now();
  const kept = open.get(name);
  if (kept !== undefined && now.getTime() < kept.until) return kept.cluster;
  const access = await describeCluster(name);
  if (access === undefined) throw new Failure('ClusterGone', `cluster ${name} does not exist any more`);
  const { config } = eks();
  const token = await eksToken({
    cluster: name,
    region: await config.region(),
    credentials: config.credentials,
    at: now,
    endpoint: process.env.AWS_ENDPOINT_URL_STS ?? process.env.AWS_ENDPOINT_URL,
  });
  const opened = await connect({ name, ...access, token });
  open.set(name, { cluster: opened, until: now.getTime() + TOKEN_MILLIS });
  return opened;
};

/** A connection with a token that one has. */
export const connect = async (login: ClusterLogin): Promise<Cluster> => {
  const { name, endpoint } = login;
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(endpoint, {}),
    authMethods: { default: await authentication(login) },
  });
  return {
    name,
    core: new CoreV1Api(configuration),
    apps: new AppsV1Api(configuration),
    policy: new PolicyV1Api(configuration),
    rbac: new RbacAuthorizationV1Api(configuration),
    admission: new AdmissionregistrationV1Api(configuration),
    custom: new CustomObjectsApi(configuration),
    ask: async (ask, call) => {
      try {
        return await call();
      } catch (error) {
        const failure = clusterFailure({ cluster: name, ...ask }, error);
        // The endpoint, the CA or the access may have changed: ask EKS again the next time.
        if (isFailure(failure, 'ClusterUnauthorized', 'ClusterUnreachable', 'ClusterUntrusted')) open.delete(name);
        throw failure;
      }
    },
  };
};

/** By cluster name: a warm function answers for several revocations. */
const open = new Map<string, { readonly cluster: Cluster; readonly until: number }>();

/** How long one request may take: a list of 500 pods takes well below a second. */
const REQUEST_MILLIS = 10_000;

const authentication = async (login: ClusterLogin): Promise<SecurityAuthentication> => {
  const { name, endpoint, certificateAuthority, token } = login;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name, server: endpoint, caData: certificateAuthority, skipTLSVerify: false },
    { name: 'podid', token },
  );
  // KubeConfig would open new connections for each request: those it makes for this first one serve all.
  const first = new RequestContext(endpoint, HttpMethod.GET);
  await config.applySecurityAuthentication(first);
  const dispatcher = first.getDispatcher();
  return {
    getName: () => 'EKS token',
    applySecurityAuthentication: (request) => {
      request.setHeaderParam('Authorization', `Bearer ${token}`);
      request.setHeaderParam('User-Agent', 'podid');
      if (dispatcher !== undefined) request.setDispatcher(dispatcher);
      request.setSignal(AbortSignal.timeout(REQUEST_MILLIS));
    },
  };
};
