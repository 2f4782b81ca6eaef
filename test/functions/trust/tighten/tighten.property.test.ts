import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { identityKey, type WorkloadIdentity } from '../../../../functions/identity.ts';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import { DoesNotFit } from '../../../../functions/trust/author/index.ts';
import { compareTrust } from '../../../../functions/trust/compare/index.ts';
import { admits, isSubset, podIdentity, reach, setOf, witness } from '../../../../functions/trust/reach/index.ts';
import { NothingLeft, type Tightened, tighten } from '../../../../functions/trust/tighten/index.ts';
import { getsRole } from '../compare/engine.ts';
import { facts, hidden, identities, podIdentityPolicies } from '../reach/random.ts';

const request = podIdentity(facts);

/** `{"AWS": "*"}` says the same as `"*"`, which IAM does not take in a trust policy. */
const policies = podIdentityPolicies.map(({ Version, Statement }) => ({
  Version,
  Statement: Statement.map((statement) => ({
    ...statement,
    ...('Principal' in statement && statement.Principal === '*' && { Principal: { AWS: '*' } }),
  })),
}));

/** Some at random, and some that the policy admits, so that there is something to narrow to. */
const wishFor = (policy: object, random: readonly WorkloadIdentity[]): readonly WorkloadIdentity[] => {
  const someone = witness(reach(parsePolicy(policy), request).may);
  return someone === undefined ? random : [...random, someone, { ...someone, serviceAccount: 'zz' }];
};

const statementsOf = ({ Statement }: { Statement: readonly object[] }): ReadonlyArray<Record<string, unknown>> =>
  JSON.parse(JSON.stringify(Statement));

/** Undefined where it is refused for a good reason. */
const tightened = (policy: object, wish: readonly WorkloadIdentity[]): Tightened | undefined => {
  try {
    return tighten(policy, wish, { ...facts, quota: 8192 });
  } catch (error) {
    if (error instanceof NothingLeft || error instanceof DoesNotFit) return undefined;
    throw error;
  }
};

describe('tighten', () => {
  it('admits whom the policy admits of the wish and nobody else, whatever the keys hold that nobody gave', () => {
    const seen = { changed: 0, unchanged: 0, refused: 0, in: 0, out: 0 };
    fc.assert(
      fc.property(
        policies,
        fc.array(identities, { maxLength: 4 }),
        fc.array(identities, { minLength: 3, maxLength: 3 }),
        fc.array(hidden, { minLength: 3, maxLength: 3 }),
        (policy, random, others, values) => {
          const wish = wishFor(policy, random);
          const result = tightened(policy, wish);
          seen[result === undefined ? 'refused' : result.changed ? 'changed' : 'unchanged'] += 1;
          if (result === undefined) return;
          const [before, after] = [parsePolicy(policy), parsePolicy(result.text, { kind: 'trust' })];
          const wanted = new Set(wish.map(identityKey));
          const stranger = witness(reach(before, request).may);
          for (const identity of [...wish, ...others, ...(stranger ? [stranger] : [])]) {
            for (const each of values) {
              const expected = wanted.has(identityKey(identity)) && getsRole(before, identity, each);
              expect(getsRole(after, identity, each)).toBe(expected);
              expect(getsRole(after, identity, each, true)).toBe(false);
              seen[expected ? 'in' : 'out'] += 1;
            }
          }
          for (const identity of result.admits) expect(admits(after, request, identity).admitted).not.toBe(false);
          for (const identity of result.notAdmitted) expect(admits(before, request, identity).admitted).toBe(false);
        },
      ),
      { numRuns: 150, seed: 13 },
    );
    expect(Math.min(seen.changed, seen.in, seen.out)).toBeGreaterThan(40);
    expect(seen.refused).toBeLessThan(50);
  });

  it('leaves no stranger, by reach too, keeps what others may, and changes nothing the second time', () => {
    // Of names that variables tie together, two policies know different ones: the engine is asked about those above.
    const simple = policies.filter((policy) => !/\$\{|Numeric|IpAddress/.test(JSON.stringify(policy)));
    let changed = 0;
    fc.assert(
      fc.property(simple, fc.array(identities, { maxLength: 4 }), (policy, random) => {
        const wish = wishFor(policy, random);
        const result = tightened(policy, wish);
        if (result === undefined) return;
        const [before, after] = [parsePolicy(policy), parsePolicy(result.text, { kind: 'trust' })];
        expect(isSubset(reach(after, request).may, setOf(request.universe, wish))).toBe(true);
        for (const { way, gains } of compareTrust(before, after, facts)) {
          expect([way.startsWith('pod-identity'), gains]).toEqual([true, undefined]);
        }
        const again = tighten(result.text, wish, { ...facts, quota: 8192 });
        expect([again.changed, again.text]).toEqual([false, result.text]);
        changed += Number(result.changed);
      }),
      { numRuns: 120, seed: 14 },
    );
    expect(changed).toBeGreaterThan(25);
  });

  it('keeps by value every statement that says nothing to pods, and touches no other part of the policy', () => {
    fc.assert(
      fc.property(policies, fc.array(identities, { maxLength: 3 }), (policy, random) => {
        const written = { ...policy, Id: 'mine' };
        const result = tightened(written, wishFor(written, random));
        if (result === undefined) return;
        const { Statement: _, ...rest } = result.document;
        expect(rest).toEqual({ Version: policy.Version, Id: 'mine' });
        const foreign = statementsOf(policy).filter(
          ({ Effect, Principal }) => Effect === 'Deny' || !/pods\.eks|"\*"/.test(JSON.stringify(Principal)),
        );
        const texts = new Set(foreign.map((statement) => JSON.stringify(statement)));
        expect(statementsOf(result.document).filter((statement) => texts.has(JSON.stringify(statement)))).toEqual(
          foreign,
        );
      }),
      { numRuns: 100, seed: 15 },
    );
  });
});
