import { describe, expect, it } from '@jest/globals';
import { factsOf, judge } from './judge.ts';

const ACCOUNT = '111122223333';
const arn = (partition: string, account: string, resource = 'cluster/payments'): string =>
  `arn:${partition}:eks:eu-west-1:${account}:${resource}`;
const tag = (name: string): string => `aws:RequestTag/${name}`;

const causeOf = (Condition: object): string => {
  const statement = {
    Sid: 'Pods',
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition,
  };
  const findings = judge(factsOf({ why: '', statements: [statement], findings: [] }));
  const { sentence = '', remedy = '' } = findings.find(({ reason }) => reason === 'ConditionNeverMatches') ?? {};
  return `${sentence.replace(/^.* because /, '')} ${remedy.replace(/: `aws iam .*$/, '.')}`;
};

describe('ConditionNeverMatches says why, and what was meant', () => {
  it.each([
    ['aws:PrincipalTag/kubernetes-namespace', `Use ${tag('kubernetes-namespace')}.`],
    ['aws:RequestTags/kubernetes-namespace', `Use ${tag('kubernetes-namespace')}.`],
    [tag('kubernetes-namspace'), `no kubernetes-namspace. Use ${tag('kubernetes-namespace')}.`],
    [tag('kubernetes_service_account'), `Use ${tag('kubernetes-service-account')}.`],
    [tag('namespace'), `Use ${tag('kubernetes-namespace')}.`],
    [tag('cluster-arn'), `Use ${tag('eks-cluster-arn')}.`],
    [tag('team'), 'Use one of eks-cluster-arn, eks-cluster-name,'],
    ['aws:SourceAcount', 'Use aws:SourceAccount.'],
    ['aws:PrincipalOrgID', 'Use aws:SourceOrgID or aws:SourceOrgPaths.'],
    ['aws:PrincipalAccount', 'Use aws:SourceAccount.'],
    ['sts:ExternalId', 'EKS passes an external id to target roles only. Use the session tags.'],
    ['oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub', 'it is a claim of a token, which only IRSA brings.'],
    ['aws:Nonsense', 'requests of EKS never have this key. Use keys that EKS sends'],
  ])('of the key %s', (key, said) => {
    expect(causeOf({ StringEquals: { [key]: 'x' } })).toContain(said);
  });

  it.each([
    ['StringEquals', 'kubernetes-namespace', 'pay-*', 'takes `*` and `?` to the letter. Use StringLike.'],
    ['StringNotEquals', 'kubernetes-namespace', 'pay-*', 'Use StringNotLike, or remove the value.'],
    ['StringLike', 'kubernetes-namespace', 'Pay-*', 'it is in lower case. Write `pay-*`.'],
    ['StringEquals', 'kubernetes-namespace', 'pay/api', `${tag('kubernetes-service-account')} \`api\`.`],
    [
      'StringEquals',
      'kubernetes-service-account',
      'system:serviceaccount:pay:api',
      'namespace and service account have a tag each',
    ],
    ['StringEquals', 'kubernetes-namespace', '_*', 'EKS and Kubernetes allow no such value.'],
    ['StringEquals', 'kubernetes-namespace', '-', 'EKS and Kubernetes allow no such value.'],
    [
      'StringEquals',
      'eks-cluster-name',
      arn('aws', ACCOUNT),
      `it is a name and no ARN. Use ${tag('eks-cluster-arn')}.`,
    ],
    ['ArnLike', 'eks-cluster-arn', 'payments', `Write \`arn:aws:eks:REGION:${ACCOUNT}:cluster/payments\`.`],
    ['ArnLike', 'eks-cluster-arn', arn('aws', '999999999999'), 'it is a cluster of account 999999999999'],
    ['ArnLike', 'eks-cluster-arn', arn('aws-cn', ACCOUNT), 'the role is in the partition aws, not aws-cn.'],
    ['ArnLike', 'eks-cluster-arn', arn('aws', ACCOUNT, 'nodegroup/x'), `eu-west-1:${ACCOUNT}:cluster/NAME\`.`],
  ])('of the value: %s %s %s', (operator, name, value, said) => {
    expect(causeOf({ [operator]: { [tag(name)]: value } })).toContain(said);
  });

  it.each([
    [{ NumericLessThan: { 'sts:DurationSeconds': '3600' } }, 'it is always `21600`.'],
    [{ Null: { 'aws:SourceArn': 'true' } }, 'every request of EKS has the key. Leave the condition out.'],
    [{ StringEquals: { 'aws:SourceAccount': '999999999999' } }, `Write \`${ACCOUNT}\`.`],
  ])('of %j', (condition, said) => {
    expect(causeOf(condition)).toContain(said);
  });
});
