import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import { admits, admitter, chaining, podIdentity, reach, witness } from '../../../../functions/trust/reach/index.ts';
import { facts, identities, podIdentityPolicies } from './random.ts';

it('admitter answers as admits does', () => {
  const seen = new Map<boolean | 'undecided', number>();
  fc.assert(
    fc.property(
      podIdentityPolicies,
      fc.array(identities, { minLength: 4, maxLength: 4 }),
      fc.boolean(),
      (written, asked, tagsDisabled) => {
        const policy = parsePolicy(written);
        const request = podIdentity({ ...facts, tagsDisabled });
        const someone = witness(reach(policy, request).may);
        const answer = admitter(policy, request);
        for (const identity of someone === undefined ? asked : [...asked, someone]) {
          const { admitted } = admits(policy, request, identity);
          expect(answer(identity)).toBe(admitted);
          seen.set(admitted, (seen.get(admitted) ?? 0) + 1);
        }
        const sources = asked.map((identity) => ({
          ...identity,
          sourceRoleArn: `arn:aws:iam::${facts.account}:role/s`,
        }));
        const chained = admitter(policy, chaining(facts));
        for (const member of sources) expect(chained(member)).toBe(admits(policy, chaining(facts), member).admitted);
      },
    ),
    { numRuns: 600, seed: 16 },
  );
  for (const answer of [true, false, 'undecided'] as const) expect(seen.get(answer)).toBeGreaterThan(100);
});
