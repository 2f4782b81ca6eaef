import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allOf } from '../../../functions/abac/conditions.ts';
import { AbacRefused, identityTags, pinsOf, requestTag, trustConditions } from '../../../functions/abac/index.ts';
import { contextOf, evaluate, parsePolicy } from '../../../functions/policy/index.ts';
import { API, EVERYBODY, isOneOf } from './sessions.ts';

describe('pins', () => {
  it('hold the service accounts of one namespace together, sorted', () => {
    const other = { ...API, serviceAccount: 'aaa' };
    const clusterArn = 'arn:aws:eks:eu-west-1:111111111111:cluster/pay';
    expect(pinsOf([API, other, API])).toEqual([{ clusterArn, namespace: 'checkout', serviceAccounts: ['aaa', 'api'] }]);
  });

  it('as conditions of a trust policy admit exactly these identities', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...EVERYBODY), { minLength: 1, maxLength: 8 }), (asked) => {
        const document = parsePolicy(
          {
            Version: '2012-10-17',
            Statement: pinsOf(asked).map((pin) => ({
              Effect: 'Allow',
              Principal: { Service: 'pods.eks.amazonaws.com' },
              Action: ['sts:AssumeRole', 'sts:TagSession'],
              Condition: trustConditions(pin),
            })),
          },
          { kind: 'trust' },
        );
        for (const identity of EVERYBODY) {
          const tags = Object.entries(identityTags(identity)).map(([tag, value]) => [requestTag(tag), value] as const);
          const { effect } = evaluate([{ name: 'trust', document }], {
            action: 'sts:TagSession',
            resource: 'arn:aws:iam::111111111111:role/r',
            principal: { kind: 'service', service: 'pods.eks.amazonaws.com' },
            context: contextOf(Object.fromEntries(tags)),
          });
          expect(effect).toBe(isOneOf(identity, asked) ? 'allow' : 'implicitDeny');
        }
      }),
      { numRuns: 50 },
    );
  });

  it('refuse names that would be patterns or variables', () => {
    for (const serviceAccount of ['*', `\${aws:username}`, 'a?', 'A', '']) {
      expect(() => pinsOf([{ ...API, serviceAccount }])).toThrow(AbacRefused);
    }
  });
});

describe('allOf', () => {
  it('puts conditions side by side, and loses none', () => {
    expect(allOf({ StringEquals: { 'a:b': '1' } }, { StringEquals: { 'a:c': '2' }, Null: { 'a:b': 'false' } })).toEqual(
      {
        StringEquals: { 'a:b': '1', 'a:c': '2' },
        Null: { 'a:b': 'false' },
      },
    );
    expect(() => allOf({ StringEquals: { 'a:b': '1' } }, { StringEquals: { 'a:b': '2' } })).toThrow(AbacRefused);
  });
});
