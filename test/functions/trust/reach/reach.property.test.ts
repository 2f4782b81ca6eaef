import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clusterArn, type WorkloadIdentity } from '../../../../functions/identity.ts';
import { contextOf, evaluate, type PolicyDocument, parsePolicy } from '../../../../functions/policy/index.ts';
import { admits, difference, has, podIdentity, reach, witness } from '../../../../functions/trust/reach/index.ts';
import { ACCOUNT, facts, hidden, identities, podIdentityPolicies } from './random.ts';

type Hidden = Readonly<Record<string, string | undefined>>;

/** The request as EKS makes it, every key with a value: what the policy engine decides needs no reach. */
const isAdmitted = (
  policy: PolicyDocument,
  identity: WorkloadIdentity,
  others: Hidden,
  tagsDisabled: boolean,
): boolean => {
  const tags = {
    'aws:RequestTag/eks-cluster-arn': clusterArn(identity),
    'aws:RequestTag/eks-cluster-name': identity.cluster,
    'aws:RequestTag/kubernetes-namespace': identity.namespace,
    'aws:RequestTag/kubernetes-service-account': identity.serviceAccount,
    'aws:TagKeys': [
      'eks-cluster-arn',
      'eks-cluster-name',
      'kubernetes-namespace',
      'kubernetes-service-account',
      'kubernetes-pod-name',
      'kubernetes-pod-uid',
    ],
  };
  const hiddenNow = Object.entries(others).filter(([key]) => !tagsDisabled || !key.startsWith('aws:RequestTag'));
  const context = contextOf({
    ...(tagsDisabled ? {} : tags),
    'aws:SourceArn': clusterArn(identity),
    'aws:SourceAccount': ACCOUNT,
    'aws:RequestedRegion': identity.region,
    'sts:DurationSeconds': '21600',
    ...Object.fromEntries(hiddenNow),
  });
  const principal = { kind: 'service', service: 'pods.eks.amazonaws.com' } as const;
  const actions = tagsDisabled ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession'];
  return actions.every(
    (action) =>
      evaluate([{ name: 'trust', document: policy }], { action, resource: '*', principal, context }).effect === 'allow',
  );
};

const seen = { yes: 0, no: 0, open: 0, admittedInOpen: 0, refusedInOpen: 0 };

describe('reach', () => {
  it('agrees with the policy engine about each identity, whatever the keys hold that nobody gave', () => {
    fc.assert(
      fc.property(
        podIdentityPolicies,
        fc.array(identities, { minLength: 5, maxLength: 5 }),
        fc.array(hidden, { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        (written, asked, others, tagsDisabled) => {
          const policy = parsePolicy(written);
          const request = podIdentity({ ...facts, tagsDisabled });
          const { may, must, hangsOn } = reach(policy, request);
          const witnesses = [witness(may), witness(must), witness(difference(may, must))];
          // Where the sets differ, there is somebody; and only there something is named.
          expect(hangsOn.length > 0).toBe(witnesses[2] !== undefined);
          for (const identity of [...asked, ...witnesses.filter((each) => each !== undefined)]) {
            const [inMay, inMust] = [has(may, identity), has(must, identity)];
            const { admitted } = admits(policy, request, identity);
            const answers = others.map((each) => isAdmitted(policy, identity, each, tagsDisabled));
            if (answers.includes(true)) expect([inMay, admitted !== false]).toEqual([true, true]);
            if (answers.includes(false)) expect([inMust, admitted !== true]).toEqual([false, true]);
            // One identity can be decided where a whole set is left open, never the other way round.
            if (admitted === 'undecided') expect([inMay, inMust]).toEqual([true, false]);
            if (inMay !== inMust) {
              seen.open += 1;
              seen.admittedInOpen += Number(answers.includes(true));
              seen.refusedInOpen += Number(answers.includes(false));
            } else if (inMay) seen.yes += 1;
            else seen.no += 1;
          }
        },
      ),
      { numRuns: 10_000, seed: 4 },
    );
    // The sample is no sham: all three answers are common, and most of what is left open does go both ways.
    expect(Math.min(seen.yes, seen.no, seen.open)).toBeGreaterThan(500);
    expect(Math.min(seen.admittedInOpen, seen.refusedInOpen)).toBeGreaterThan(seen.open / 3);
  });

  it('leaves nothing open that the values of a key decide', () => {
    const simple = podIdentityPolicies.filter(
      (policy) =>
        !/\$\{|Numeric|IpAddress|DateEq/.test(JSON.stringify(policy)) && /Org|pod-name/.test(JSON.stringify(policy)),
    );
    let open = 0;
    fc.assert(
      fc.property(simple, fc.array(identities, { minLength: 3, maxLength: 3 }), (written, asked) => {
        const policy = parsePolicy(written);
        const { may, must } = reach(policy, podIdentity(facts));
        for (const identity of asked) {
          // Every combination of what the patterns in the sample can tell apart.
          const all = ['api-0', 'api-1', 'x-0', 'x'].flatMap((pod) =>
            [undefined, 'o-aaaaaaaaaa', 'o-bbbbbbbbbb', 'o-cccccccccc'].flatMap((org) =>
              ['2025-01-01', '2026-01-01', '2026-02-01', '2026-06-01', '2027-01-01'].map((time) => ({
                'aws:RequestTag/kubernetes-pod-name': pod,
                'aws:RequestTag/kubernetes-pod-uid': '0cda7f85-c1f9-4dee-b6e9-a0b50c8f3012',
                'aws:SourceOrgID': org,
                'aws:CurrentTime': time,
              })),
            ),
          );
          const answers = all.map((each) => isAdmitted(policy, identity, each, false));
          expect([has(may, identity), has(must, identity)]).toEqual([answers.includes(true), !answers.includes(false)]);
          open += Number(answers.includes(true) && answers.includes(false));
        }
      }),
      { numRuns: 300, seed: 5 },
    );
    expect(open).toBeGreaterThan(20);
  });
});
