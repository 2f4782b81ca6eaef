import { describe, expect, it } from '@jest/globals';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import { admits, chaining, irsa, podIdentity } from '../../../../functions/trust/reach/index.ts';
import { ACCOUNT, facts } from './random.ts';

const api = { account: ACCOUNT, region: 'eu-west-1', cluster: 'payments', namespace: 'pay', serviceAccount: 'api' };
const SOURCE = `arn:aws:iam::${ACCOUNT}:role/source`;

const trust = (...statements: readonly object[]) =>
  parsePolicy(
    {
      Version: '2012-10-17',
      Statement: statements.map((statement) => ({
        Effect: 'Allow',
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        ...statement,
      })),
    },
    { kind: 'trust' },
  );

const inNamespace = (namespace: string) => ({
  Condition: { StringEquals: { 'aws:RequestTag/kubernetes-namespace': namespace } },
});

describe('admits', () => {
  it('names the statement that decides', () => {
    expect(
      admits(
        trust({ Sid: 'Others', ...inNamespace('x') }, { Sid: 'Pay', ...inNamespace('pay') }),
        podIdentity(facts),
        api,
      ),
    ).toEqual({
      admitted: true,
      because: 'sts:TagSession: allowed by statement Pay (1) of the trust policy',
      decidedBy: { policy: 'the trust policy', sid: 'Pay', statement: 1 },
    });
    const denied = admits(trust({}, { Sid: 'No', Effect: 'Deny', ...inNamespace('pay') }), podIdentity(facts), api);
    expect(denied).toMatchObject({ admitted: false, decidedBy: { sid: 'No', statement: 1 } });
  });

  it('takes for "any other" value only what the key can hold', () => {
    // `other` is no organization's id: as an example of one, it made this Deny hold for every value.
    const asked = { StringEqualsIfExists: { 'aws:SourceOrgID': `$\{aws:RequestTag/kubernetes-namespace}` } };
    const policy = trust({}, { Effect: 'Deny', Condition: asked });
    expect(admits(policy, podIdentity(facts), { ...api, namespace: 'other' }).admitted).toBe('undecided');
  });

  it('says which action is missing', () => {
    const { admitted, because } = admits(trust({ Action: 'sts:AssumeRole' }), podIdentity(facts), api);
    expect([admitted, because]).toEqual([false, 'sts:TagSession: no policy allows sts:TagSession on *']);
  });

  it('is undecided only where a key that nobody gave makes a difference', () => {
    const inOrg = (operator: string) => ({ Condition: { [operator]: { 'aws:SourceOrgID': 'o-aaaaaaaaaa' } } });
    expect(admits(trust(inOrg('StringEquals')), podIdentity(facts), api)).toEqual({
      admitted: 'undecided',
      because: 'it hangs on aws:sourceorgid, which nobody gave',
      hangsOn: ['aws:sourceorgid'],
    });
    const both = trust(inOrg('StringEquals'), inOrg('StringNotEquals'));
    expect(admits(both, podIdentity(facts), api).admitted).toBe(true);
    expect(
      admits(trust({ ...inOrg('StringEquals'), Principal: { Service: 'ec2.amazonaws.com' } }), podIdentity(facts), api)
        .admitted,
    ).toBe(false);
    const given = podIdentity({ ...facts, context: { 'AWS:SourceOrgID': 'o-aaaaaaaaaa' } });
    expect(admits(trust(inOrg('StringEquals')), given, api).admitted).toBe(true);
    const inNone = podIdentity({ ...facts, context: { 'aws:SourceOrgID': undefined } });
    expect(admits(trust(inOrg('StringEquals')), inNone, api).admitted).toBe(false);
  });

  it('decides what ties two names together', () => {
    const tied = trust({
      Condition: {
        StringEquals: { 'aws:RequestTag/kubernetes-service-account': `$\{aws:RequestTag/kubernetes-namespace}` },
      },
    });
    expect(admits(tied, podIdentity(facts), api).admitted).toBe(false);
    expect(admits(tied, podIdentity(facts), { ...api, serviceAccount: 'pay' }).admitted).toBe(true);
  });

  it('does not judge the names', () => {
    expect(
      admits(trust(inNamespace('No Namespace!')), podIdentity(facts), { ...api, namespace: 'No Namespace!' }).admitted,
    ).toBe(true);
  });

  it('answers for tokens and for chains', () => {
    const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
    const federated = trust({
      Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:pay:api', [`${issuer}:aud`]: 'sts.amazonaws.com' },
      },
    });
    const token = { issuer, namespace: 'pay', serviceAccount: 'api' };
    expect(admits(federated, irsa(facts), token).admitted).toBe(true);
    expect(admits(federated, irsa({ ...facts, audience: 'vault' }), token).admitted).toBe(false);
    expect(admits(federated, irsa(facts), { ...token, serviceAccount: 'web' }).admitted).toBe(false);
    const chained = trust({ Principal: { AWS: SOURCE }, ...inNamespace('pay') });
    expect(admits(chained, chaining(facts), { ...api, sourceRoleArn: SOURCE }).admitted).toBe(true);
    expect(admits(chained, chaining(facts), { ...api, sourceRoleArn: `${SOURCE}2` }).admitted).toBe(false);
    expect(
      admits(chained, chaining({ ...facts, tagsDisabled: true }), { ...api, sourceRoleArn: SOURCE }).admitted,
    ).toBe(false);
  });
});
