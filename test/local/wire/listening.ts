/** A cloud that listens, with accounts and one cluster, for tests that speak to it through SDK clients. */
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import { createCloud, type LocalCloud } from '../../../local/cloud.ts';
import type { Credentials, TrailEvent } from '../../../local/contract.ts';
import { service as ec2 } from '../../../local/services/ec2/index.ts';
import { addCluster, type Cluster, service as eks } from '../../../local/services/eks/index.ts';
import { service as eksAuth } from '../../../local/services/eks-auth/index.ts';

export const ACCOUNT = '111111111111';
export const OTHER = '222222222222';
export const REGION = 'eu-west-1';
export const CLUSTER_ARN = `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/payments`;

export type Listening = {
  readonly cloud: LocalCloud;
  readonly endpoint: string;
  readonly cluster: Cluster;
  readonly records: TrailEvent[];
  /** What an SDK client of these credentials needs; the administrator of ACCOUNT's when absent. */
  readonly config: (credentials?: Credentials) => {
    endpoint: string;
    region: string;
    credentials: Credentials;
    maxAttempts: number;
  };
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly eks: EKSClient;
};

/** Tokens of the cluster here are `x.NAMESPACE=SERVICEACCOUNT=POD.x`; `expired` in the first part is what it says. */
const reviewToken: Cluster['reviewToken'] = async (token, audience) => {
  const [first, subject = ''] = token.split('.');
  const [namespace = '', serviceAccount = '', pod = ''] = subject.split('=');
  if (first === 'expired') throw Object.assign(new Error('the token has expired'), { name: 'TokenExpired' });
  if (first !== 'x' || audience !== 'pods.eks.amazonaws.com') {
    throw Object.assign(new Error('invalid signature'), { name: 'TokenInvalid' });
  }
  return { namespace, serviceAccount, ...(pod === '' ? {} : { pod: { name: pod, uid: `uid-of-${pod}` } }) };
};

export const startListening = async (options: { now?: () => Date } = {}): Promise<Listening> => {
  const cloud = createCloud(options);
  for (const service of [eks, eksAuth, ec2]) cloud.addService(service);
  cloud.addAccount(ACCOUNT);
  cloud.addAccount(OTHER);
  const records: TrailEvent[] = [];
  cloud.onRecord((event) => records.push(event));
  const cluster = addCluster(cloud, {
    account: ACCOUNT,
    region: REGION,
    name: 'payments',
    endpoint: 'https://127.0.0.1:6443',
    certificateAuthority: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
    issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF',
    reviewToken,
  });
  const endpoint = await cloud.listen();
  const config = (credentials: Credentials = cloud.administrator(ACCOUNT).credentials) => ({
    endpoint,
    region: REGION,
    credentials,
    maxAttempts: 1,
  });
  return {
    cloud,
    endpoint,
    cluster,
    records,
    config,
    iam: new IAMClient(config()),
    sts: new STSClient(config()),
    eks: new EKSClient(config()),
  };
};

/** A trust policy for Pod Identity, without conditions. */
export const PODS_TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'pods.eks.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
    },
  ],
});

/** A trust policy for principals by their ARNs. */
export const trustOf = (...arns: string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: arns }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
  });

export const allow = (action: string | string[], resource = '*', more: object = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource, ...more }],
  });

export const podToken = (namespace: string, serviceAccount: string, pod = 'api-1'): string =>
  `x.${namespace}=${serviceAccount}=${pod}.x`;
