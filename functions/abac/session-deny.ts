/** The one policy that a spoke may write: a deny for the sessions that one identity holds of one role. */

import { createHash } from 'node:crypto';
import * as z from 'zod';
import { clusterArn, identityKey, type WorkloadIdentity } from '../identity.ts';
import { jsonOf } from '../json.ts';
import { parseArn } from '../partition.ts';
import type { DenyForm } from '../revocation.ts';
import { identityProblem, isClusterName } from './legal-names.ts';
import { principalTag } from './session-tags.ts';

/** What decides the deny's text: a revocation's cut, or the row of a deny that is in force. */
export type DenyOf = {
  readonly identity: WorkloadIdentity;
  readonly roleArn: string;
  readonly form: DenyForm;
  /** Only sessions issued before this instant are denied; required for the forms other than `tags`. */
  readonly issuedBefore?: string | undefined;
};

/** Everything that a deny of ours can say. Two that say the same are the same text. */
export type DenyTerms =
  | {
      readonly form: 'tags';
      readonly clusterArn: string;
      readonly namespace: string;
      readonly serviceAccount: string;
      /** `2026-11-21T09:00:00Z`: only sessions issued before; without it, all. */
      readonly issuedBefore?: string;
    }
  /** The cluster's name cut to 10 characters, as EKS does in session names: other clusters can have the same. */
  | { readonly form: 'session-name'; readonly clusterStart: string; readonly issuedBefore: string }
  | { readonly form: 'whole-role'; readonly issuedBefore: string };

/** How many characters of the cluster's name a session's name has (`eks-<cluster>-<pod>-<uuid>`). */
export const CLUSTER_CHARACTERS = 10;

/**
 * The deny's JSON, which IAM stores as it is.
 * @throws TypeError when a name isn't one that AWS or Kubernetes allows, or a form that needs a time has none: ask
 * `denyProblem` first.
 */
export const renderDeny = (deny: DenyOf): string => renderTerms(termsOf(deny));

/** Why no deny can be rendered, as a sentence; undefined when one can. A `$` or `*` in a name would widen it. */
export const denyProblem = ({ identity, form, issuedBefore }: DenyOf): string | undefined => {
  const problem = identityProblem(identity);
  if (problem !== undefined) return problem;
  if (issuedBefore !== undefined && Number.isNaN(Date.parse(issuedBefore))) return `${issuedBefore} is no time`;
  if (form !== 'tags' && issuedBefore === undefined) {
    return `the form ${form} can't tell this identity's sessions from others: without a time it would end the role for good`;
  }
  return undefined;
};

/** The inline policy's name: one for each identity, role and form, so that revocations on one role don't overwrite each other. */
export const denyName = ({ identity, roleArn, form }: Pick<DenyOf, 'identity' | 'roleArn' | 'form'>): string => {
  const hash = createHash('sha256')
    .update([identityKey(identity), roleArn, form].join('\n'))
    .digest('hex');
  return `podid-deny-${hash.slice(0, 20)}`;
};

/** Whether the text is one that `renderDeny` can render, to the letter. */
export const isOurDeny = (document: string): boolean => readDeny(document) !== undefined;

/** What a deny of ours says; undefined for every other text. */
export const readDeny = (document: string): DenyTerms | undefined => {
  const terms = termsIn(document);
  return terms !== undefined && isRenderable(terms) && renderTerms(terms) === document ? terms : undefined;
};

/**
 * Whether a deny that stands already ends every session that the wanted one would.
 *
 * No time ends all sessions, a later time more than an earlier one. A standing deny is replaced only when the wanted
 * one ends sessions that it doesn't, or when the wanted one has a time and the standing one none: that is the
 * explicit wish to let the identity's new sessions through.
 */
export const isCutAlready = (standing: DenyTerms, wanted: DenyTerms): boolean => {
  if (renderTerms({ ...standing, ...ANY_TIME }) !== renderTerms({ ...wanted, ...ANY_TIME })) return false;
  if (standing.issuedBefore === undefined || wanted.issuedBefore === undefined) {
    return standing.issuedBefore === wanted.issuedBefore;
  }
  return Date.parse(standing.issuedBefore) >= Date.parse(wanted.issuedBefore);
};

/** The terms of a cut. @throws TypeError as `renderDeny` does. */
export const termsOf = (deny: DenyOf): DenyTerms => {
  const problem = denyProblem(deny);
  if (problem !== undefined) throw new TypeError(`No deny can be rendered: ${problem}.`);
  const { identity, form, issuedBefore } = deny;
  if (form === 'tags') {
    return {
      form,
      clusterArn: clusterArn(identity),
      namespace: identity.namespace,
      serviceAccount: identity.serviceAccount,
      // Rounded down: a session that was issued in the second of the new association must pass.
      ...(issuedBefore !== undefined && { issuedBefore: wholeSecond(issuedBefore, Math.floor) }),
    };
  }
  // Rounded up: with nothing but its age to tell it by, a session of that very second must not survive.
  const before = wholeSecond(issuedBefore ?? '', Math.ceil);
  return form === 'session-name'
    ? { form, clusterStart: identity.cluster.slice(0, CLUSTER_CHARACTERS), issuedBefore: before }
    : { form, issuedBefore: before };
};

/** The tags that tell an identity's sessions from others. */
const CLUSTER_TAG = principalTag('eks-cluster-arn');
const NAMESPACE_TAG = principalTag('kubernetes-namespace');
const SERVICE_ACCOUNT_TAG = principalTag('kubernetes-service-account');

const ANY_TIME = { issuedBefore: '1970-01-01T00:00:00Z' };

const renderTerms = (terms: DenyTerms): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: 'PodidSessionDeny', Effect: 'Deny', Action: '*', Resource: '*', Condition: conditionOf(terms) }],
  });

const conditionOf = (terms: DenyTerms) => ({
  ...(terms.form === 'tags' && {
    StringEquals: {
      [CLUSTER_TAG]: terms.clusterArn,
      [NAMESPACE_TAG]: terms.namespace,
      [SERVICE_ACCOUNT_TAG]: terms.serviceAccount,
    },
  }),
  // aws:userid of a session is `<role's unique id>:<session name>`.
  ...(terms.form === 'session-name' && { StringLike: { 'aws:userid': `*:eks-${terms.clusterStart}-*` } }),
  ...(terms.issuedBefore !== undefined && { DateLessThan: { 'aws:TokenIssueTime': terms.issuedBefore } }),
});

/** IAM compares times by the second; fractions only make two texts of one bound. */
const wholeSecond = (time: string, round: (seconds: number) => number): string =>
  new Date(round(Date.parse(time) / 1000) * 1000).toISOString().replace('.000Z', 'Z');

/** The way back from a text to its terms; whether the text is exactly theirs is seen by rendering them again. */
const Rendered = z.object({
  Statement: z.tuple([
    z.object({
      Condition: z.object({
        StringEquals: z
          .object({
            [CLUSTER_TAG]: z.string(),
            [NAMESPACE_TAG]: z.string(),
            [SERVICE_ACCOUNT_TAG]: z.string(),
          })
          .optional(),
        StringLike: z.object({ 'aws:userid': z.string() }).optional(),
        DateLessThan: z.object({ 'aws:TokenIssueTime': z.string() }).optional(),
      }),
    }),
  ]),
});

const termsIn = (document: string): DenyTerms | undefined => {
  const parsed = Rendered.safeParse(jsonOf(document));
  if (!parsed.success) return undefined;
  const { StringEquals: tags, StringLike: like, DateLessThan: bound } = parsed.data.Statement[0].Condition;
  const issuedBefore = bound?.['aws:TokenIssueTime'];
  if (tags !== undefined) {
    return {
      form: 'tags',
      clusterArn: tags[CLUSTER_TAG],
      namespace: tags[NAMESPACE_TAG],
      serviceAccount: tags[SERVICE_ACCOUNT_TAG],
      ...(issuedBefore !== undefined && { issuedBefore }),
    };
  }
  if (issuedBefore === undefined) return undefined;
  if (like === undefined) return { form: 'whole-role', issuedBefore };
  const clusterStart = /^\*:eks-(.+)-\*$/.exec(like['aws:userid'])?.[1];
  return clusterStart === undefined ? undefined : { form: 'session-name', clusterStart, issuedBefore };
};

const isRenderable = (terms: DenyTerms): boolean => {
  const { issuedBefore } = terms;
  if (issuedBefore !== undefined) {
    if (Number.isNaN(Date.parse(issuedBefore)) || wholeSecond(issuedBefore, Math.floor) !== issuedBefore) return false;
  }
  if (terms.form === 'whole-role') return true;
  if (terms.form === 'session-name') {
    return isClusterName(terms.clusterStart) && terms.clusterStart.length <= CLUSTER_CHARACTERS;
  }
  const identity = identityOf(terms);
  return (
    identity !== undefined &&
    denyProblem({ identity, roleArn: '', form: 'tags' }) === undefined &&
    clusterArn(identity) === terms.clusterArn
  );
};

const identityOf = (terms: DenyTerms & { form: 'tags' }): WorkloadIdentity | undefined => {
  const arn = parseArn(terms.clusterArn);
  const cluster = arn === undefined ? undefined : /^cluster\/(.+)$/.exec(arn.resource)?.[1];
  if (arn === undefined || cluster === undefined) return undefined;
  const { namespace, serviceAccount } = terms;
  return { account: arn.account, region: arn.region, cluster, namespace, serviceAccount };
};
