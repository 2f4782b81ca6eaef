/** One question to a trust policy: would this request get the role? The fields are taken as they are given. */
import * as z from 'zod';
import { parseArn, partitionOf } from '../../partition.ts';

/** It can't be said what is asked: a field is missing, unknown, or of another type. The message names it. */
export class AskMalformed extends Error {
  override readonly name = 'AskMalformed';
}

/** Further condition keys. `null`, or an empty list, says that the request does not carry the key. */
export type AskContext = Readonly<Record<string, string | readonly string[] | null>>;

type Common = {
  /** The role's account; for Pod Identity also the cluster's, `aws:SourceAccount`. */
  readonly account: string;
  readonly partition: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly context: AskContext;
};

/** EKS asks for a pod with an association. */
export type PodIdentityAsk = Common & {
  readonly kind: 'pod-identity';
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly region: string;
  /** Absent: nobody gave it, and the request carries one. */
  readonly podName?: string;
  readonly podUid?: string;
  readonly tagsDisabled: boolean;
};

/** An SDK asks with a service account's token. */
export type IrsaAsk = Common & {
  readonly kind: 'irsa';
  /** Without `https://`. */
  readonly issuer: string;
  readonly audience: string;
  /** Of the endpoint of STS that is asked; any, when absent. */
  readonly region?: string;
};

export type Ask = PodIdentityAsk | IrsaAsk;

/**
 * Reads an ask. What is absent is taken from the cluster's ARN, where it says it: `clusterName`, `region`, `account`.
 * @throws AskMalformed
 * @example readAsk({ kind: 'irsa', issuer, account: '111122223333', namespace: 'pay', serviceAccount: 'api' })
 */
export const readAsk = (given: unknown): Ask => {
  const read = Written.safeParse(given);
  if (!read.success) throw new AskMalformed(problemOf(read.error));
  const { kind, namespace, serviceAccount, context } = read.data;
  const arn = parseArn(read.data.clusterArn ?? '');
  const region = read.data.region ?? arn?.region;
  const account = needed('account', read.data.account ?? arn?.account);
  const common = { account, namespace, serviceAccount, context: context ?? {} };
  if (kind === 'irsa') {
    const issuer = needed('issuer', read.data.issuer).replace(/^https:\/\//, '');
    return {
      kind,
      ...common,
      partition: arn?.partition ?? partitionOf(region ?? regionOf(issuer)).name,
      issuer,
      audience: read.data.audience ?? 'sts.amazonaws.com',
      ...(region !== undefined && { region }),
    };
  }
  const { podName, podUid, tagsDisabled } = read.data;
  const clusterRegion = needed('region', region);
  return {
    kind,
    ...common,
    partition: arn?.partition ?? partitionOf(clusterRegion).name,
    clusterArn: needed('clusterArn', read.data.clusterArn),
    clusterName: needed('clusterName', read.data.clusterName ?? arn?.resource.replace(/^cluster\//, '')),
    region: clusterRegion,
    ...(typeof podName === 'string' && { podName }),
    ...(typeof podUid === 'string' && { podUid }),
    tagsDisabled: tagsDisabled ?? false,
  };
};

// `null` stands for an absent field: many programs write it so.
const text = z.string().nullish();
// "Quotation marks are optional for numeric and Boolean values" (IAM guide, policy grammar): here too.
const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const Written = z.strictObject({
  kind: z.enum(['pod-identity', 'irsa']),
  clusterArn: text,
  clusterName: text,
  region: text,
  account: text,
  namespace: z.string(),
  serviceAccount: z.string(),
  podName: text,
  podUid: text,
  tagsDisabled: z.boolean().nullish(),
  issuer: text,
  audience: text,
  context: z.record(z.string(), z.union([value, z.array(value), z.null()])).nullish(),
});

const needed = (name: string, given: string | null | undefined): string => {
  if (typeof given === 'string') return given;
  throw new AskMalformed(`the ask has no ${name}`);
};

/** `oidc.eks.cn-north-1.amazonaws.com.cn/id/…` */
const regionOf = (issuer: string): string => /^oidc\.eks\.([^.]+)\./.exec(issuer)?.[1] ?? '';

const problemOf = ({ issues: [issue] }: z.ZodError): string => {
  if (issue === undefined) return 'the ask is malformed';
  const place = ['ask', ...issue.path.map(String)].join('.');
  return issue.code === 'unrecognized_keys'
    ? `${place} has unknown fields: ${issue.keys.join(', ')}`
    : `${place}: ${issue.message}`;
};
