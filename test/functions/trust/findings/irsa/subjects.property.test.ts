import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { admits, irsa } from '../../../../../functions/trust/reach/index.ts';
import { ACCOUNT, facts } from '../../reach/random.ts';
import { factsOf, judge } from '../linters/judge.ts';

const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const oneOf = fc.constantFrom;

const subjects = fc
  .tuple(oneOf('pay', 'web', 'pay-*', '*', 'p?y'), oneOf('api', 'job', '*', 'a*'))
  .map(([namespace, name]) => `system:serviceaccount:${namespace}:${name}`);

const conditions = fc.dictionary(
  oneOf('StringEquals', 'StringLike', 'StringNotLike', 'StringNotEquals'),
  fc.array(subjects, { minLength: 1, maxLength: 3 }).map((values) => ({ [`${ISSUER}:sub`]: values })),
  { maxKeys: 3 },
);

const policies = fc.array(fc.record({ Effect: oneOf('Allow', 'Allow', 'Deny'), Condition: conditions }), {
  minLength: 1,
  maxLength: 3,
});

/** `service account NAME in namespace NAMESPACE of ISSUER` */
const parsed = (witness = ''): { namespace: string; serviceAccount: string } => {
  const [, serviceAccount = '', namespace = ''] = /^service account (\S+) in namespace (\S+) of /.exec(witness) ?? [];
  return { namespace, serviceAccount };
};

describe('the subjects of tokens', () => {
  it('have a witness that is admitted, and that no condition names', () => {
    let told = 0;
    fc.assert(
      fc.property(policies, (written) => {
        const given = factsOf({
          statements: written.map((statement) => ({
            ...statement,
            Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
            Action: 'sts:AssumeRoleWithWebIdentity',
          })),
        });
        for (const { reason, witness } of judge(given)) {
          if (reason !== 'IrsaSubjectMissing' && reason !== 'IrsaWildcardSubject') continue;
          told += 1;
          const { namespace, serviceAccount } = parsed(witness);
          expect(admits(given.policy, irsa(facts), { issuer: ISSUER, namespace, serviceAccount }).admitted).toBe(true);
          expect(JSON.stringify(written)).not.toContain(`:${namespace}:${serviceAccount}"`);
        }
      }),
      { numRuns: 100 },
    );
    expect(told).toBeGreaterThan(20);
  });
});
