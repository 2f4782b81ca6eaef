import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { identityKey, showIdentity, type WorkloadIdentity } from '../../../../../functions/identity.ts';
import { parsePolicy } from '../../../../../functions/policy/index.ts';
import type { RoleUse, TrustFacts, TrustFinding } from '../../../../../functions/trust/findings/index.ts';
import { REASONS_A } from '../../../../../functions/trust/findings/reasons.ts';
import { admits, isSame, podIdentity, ReachUndecided, reach } from '../../../../../functions/trust/reach/index.ts';
import { facts, identities, podIdentityPolicies } from '../../reach/random.ts';
import { judge } from './judge.ts';

const uses: fc.Arbitrary<readonly RoleUse[] | undefined> = fc.option(
  fc.array(fc.record({ identity: identities, tagsDisabled: fc.boolean() }), { maxLength: 3 }),
  { nil: undefined },
);
const clusters = fc.option(fc.array(identities, { maxLength: 2 }), { nil: undefined });

const anyFacts: fc.Arbitrary<TrustFacts> = fc
  .tuple(podIdentityPolicies, uses, clusters)
  .map(([policy, associations, known]) => ({
    ...facts,
    policy: parsePolicy(policy),
    characters: 1000,
    ...(associations && { associations }),
    ...(known && { clusters: known }),
  }));

/** As `showIdentity` writes it. */
const read = (text = ''): WorkloadIdentity => {
  const [, namespace = '', serviceAccount = '', cluster = '', account = '', region = ''] =
    /^([^/]+)\/(\S+) in cluster (\S+) \((\d+), (\S+)\)$/.exec(text) ?? [];
  return { account, region, cluster, namespace, serviceAccount };
};

const is = (reason: string) => (finding: TrustFinding) => finding.reason === reason;
const requests = [false, true].map((tagsDisabled) => podIdentity({ ...facts, tagsDisabled }));

const NAMES = /^aws:requesttag\/(?:eks-|kubernetes-(?:namespace|service))/;

/** Whether the policy without these statements admits the same, in both ways; undefined where that can't be said. */
const isSameWithout = ({ policy }: TrustFacts, removed: readonly TrustFinding[]): boolean | undefined => {
  const gone = new Set(removed.map(({ statement }) => statement?.index));
  const rest = { ...policy, statements: policy.statements.filter(({ index }) => !gone.has(index)) };
  try {
    const pairs = requests.map((request) => [reach(policy, request), reach(rest, request)] as const);
    // Where variables tie names, the sets are only bounds, and not the same ones for every policy.
    if (pairs.flat().some(({ hangsOn }) => hangsOn.some((key) => NAMES.test(key)))) return undefined;
    return pairs.every(([before, after]) => isSame(before.may, after.may) && isSame(before.must, after.must));
  } catch (error) {
    if (error instanceof ReachUndecided) return undefined;
    throw error;
  }
};

describe('findings about Pod Identity', () => {
  const seen = new Map<string, number>();

  it('are given for any policy, each once, by a documented reason, and hold what they say', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const findings = judge(given);
        for (const { reason } of findings) seen.set(reason, (seen.get(reason) ?? 0) + 1);
        expect(findings.filter(({ reason }) => !(reason in REASONS_A))).toEqual([]);
        expect(new Set(findings.map(({ reason, subject }) => `${reason} ${subject}`)).size).toBe(findings.length);
        expect(judge(given)).toEqual(findings);

        // A stranger gets in, and is one.
        const associated = (given.associations ?? []).map(({ identity }) => identityKey(identity));
        for (const { witness, severity } of findings.filter(is('TrustTooBroad'))) {
          const stranger = read(witness);
          expect(showIdentity(stranger)).toBe(witness);
          const answers = requests.map((request) => admits(given.policy, request, stranger).admitted);
          expect(answers).toContain(severity === 'error' ? true : 'undecided');
          expect(associated).not.toContain(identityKey(stranger));
        }

        // Who is told to get nothing gets nothing, and nobody else does.
        const told = findings
          .filter(({ reason }) => reason === 'AssociationNotAdmitted' || reason === 'RequestTagsWithTagsDisabled')
          .map(({ subject }) => subject);
        const nothing = (given.associations ?? [])
          .filter(({ identity, tagsDisabled }) => {
            const request = podIdentity({ ...facts, tagsDisabled });
            return admits(given.policy, request, identity).admitted === false;
          })
          .map(({ identity }) => identityKey(identity));
        expect(nothing).toEqual(expect.arrayContaining(told));
        if (!findings.some(({ reason }) => /^(?:TagSession|AssumeRole)Missing$/.test(reason))) {
          expect([...new Set(told)].toSorted()).toEqual([...new Set(nothing)].toSorted());
        }

        // What is said to be dead can go, all at once; so can each statement that lets nobody in.
        const dead = findings.filter(is('DeadStatement'));
        expect(isSameWithout(given, dead)).not.toBe(false);
        for (const idle of findings.filter(({ reason, severity }) =>
          severity === 'error' ? reason === 'ConditionNeverMatches' : reason === 'ShadowedByDeny',
        )) {
          // Beside EKS, the statement may name others; what it is to them isn't looked at here.
          expect(isSameWithout(given, [idle])).not.toBe(false);
        }
      }),
      { numRuns: 600, seed: 20261121 },
    );
    // The random policies reach these rules; the others are held to the table.
    for (const reason of ['TrustTooBroad', 'AssociationNotAdmitted', 'DeadStatement', 'ShadowedByDeny', 'AnyCluster']) {
      expect([reason, (seen.get(reason) ?? 0) > 5]).toEqual([reason, true]);
    }
  });
});
