import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import { changeOf } from '../../../../functions/trust/compare/change.ts';
import { compareTrust, type TrustDifference } from '../../../../functions/trust/compare/index.ts';
import { has, podIdentity, witness } from '../../../../functions/trust/reach/index.ts';
import { facts, hidden, identities, podIdentityPolicies } from '../reach/random.ts';
import { getsRole } from './engine.ts';

type Row = {
  readonly why: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly role?: object;
  readonly differences: readonly Expected[];
};

/** `gains` and `loses` are sentences; both are certain unless something is named. */
type Expected = {
  readonly way: string;
  readonly gains?: readonly string[];
  readonly loses?: readonly string[];
  readonly certain?: boolean;
  readonly hangsOn?: readonly string[];
  readonly sourceAccount?: string;
  readonly others?: boolean;
};

const rows: readonly Row[] = JSON.parse(readFileSync(new URL('./compare.json', import.meta.url), 'utf8'));

const expected = ({ gains, loses, hangsOn = [], certain = hangsOn.length === 0, ...rest }: Expected) => {
  const side = (sentences: readonly string[]) => ({ sentences, witness: expect.anything(), certain, hangsOn });
  return { ...rest, ...(gains && { gains: side(gains) }), ...(loses && { loses: side(loses) }) };
};

/** The same differences, seen from the other policy. */
const turned = (differences: readonly TrustDifference[]): readonly object[] =>
  differences.map(({ gains, loses, ...rest }) => ({
    ...rest,
    ...(loses && { gains: loses }),
    ...(gains && { loses: gains }),
  }));

describe('compareTrust', () => {
  it.each(rows)('$why', ({ before, after, role, differences }) => {
    const [old, now] = [parsePolicy(before), parsePolicy(after)];
    const found = compareTrust(old, now, { ...facts, ...role });
    expect(found).toEqual(differences.map(expected));
    expect(compareTrust(now, old, { ...facts, ...role })).toEqual(turned(found));
  });

  it('has a witness who changes for certain, where there is one', () => {
    const allow = (conditions: object) => ({
      Effect: 'Allow',
      Principal: { Service: 'pods.eks.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Condition: { StringEquals: conditions },
    });
    const inNamespace = (namespace: string) => ({ 'aws:RequestTag/kubernetes-namespace': namespace });
    const policyOf = (...Statement: readonly object[]) => parsePolicy({ Version: '2012-10-17', Statement });
    const [anybodyOf, sure] = [allow({ 'aws:SourceOrgID': 'o-aaaaaaaaaa' }), allow(inNamespace('sure'))];
    expect(compareTrust(policyOf(allow(inNamespace('c'))), policyOf(anybodyOf, sure), facts)[0]).toMatchObject({
      gains: { witness: { namespace: 'sure' }, certain: false, hangsOn: ['aws:sourceorgid'] },
      loses: { witness: { namespace: 'c' }, certain: false, hangsOn: ['aws:sourceorgid'] },
    });
  });

  it('is antisymmetric, and finds nothing between a policy and itself', () => {
    fc.assert(
      fc.property(podIdentityPolicies, podIdentityPolicies, (a, b) => {
        const [old, now] = [parsePolicy(a), parsePolicy(b)];
        expect(compareTrust(now, old, facts)).toEqual(turned(compareTrust(old, now, facts)));
        expect(compareTrust(old, parsePolicy(a), facts)).toEqual([]);
      }),
      { numRuns: 150, seed: 11 },
    );
  });

  it('agrees with the policy engine about each identity, whatever the keys hold that nobody gave', () => {
    const seen = { certain: 0, open: 0, same: 0 };
    fc.assert(
      fc.property(
        podIdentityPolicies,
        podIdentityPolicies,
        fc.array(identities, { minLength: 4, maxLength: 4 }),
        fc.array(hidden, { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        (a, b, asked, others, tagsDisabled) => {
          const [old, now] = [parsePolicy(a), parsePolicy(b)];
          const { gains, loses } = changeOf(old, now, podIdentity({ ...facts, tagsDisabled }));
          const witnesses = [witness(gains.may), witness(loses.must)].filter((each) => each !== undefined);
          for (const identity of [...asked, ...witnesses]) {
            for (const values of others) {
              const was = getsRole(old, identity, values, tagsDisabled);
              const is = getsRole(now, identity, values, tagsDisabled);
              for (const [{ must, may }, happens] of [
                [gains, is && !was],
                [loses, was && !is],
              ] as const) {
                if (happens) expect(has(may, identity)).toBe(true);
                if (!happens) expect(has(must, identity)).toBe(false);
                seen[has(must, identity) ? 'certain' : has(may, identity) ? 'open' : 'same'] += 1;
              }
            }
          }
        },
      ),
      { numRuns: 600, seed: 12 },
    );
    expect(Math.min(seen.certain, seen.open, seen.same)).toBeGreaterThan(500);
  });
});
