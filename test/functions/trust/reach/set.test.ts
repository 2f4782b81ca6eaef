import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WorkloadIdentity } from '../../../../functions/identity.ts';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import {
  difference,
  everyone,
  has,
  identityUniverse,
  intersection,
  isEmpty,
  isSame,
  isSubset,
  type MemberSet,
  nobody,
  podIdentity,
  reach,
  setOf,
  toJson,
  toSentences,
  union,
  witness,
} from '../../../../functions/trust/reach/index.ts';
import type { ShownNames } from '../../../../functions/trust/reach/show.ts';
import { ACCOUNT, clusterArn, facts, identities, podIdentityPolicies } from './random.ts';

const universe = identityUniverse('aws', ACCOUNT);
const all = everyone(universe);
const none = nobody(universe);

/** Sets as they come: of identities, and of what policies admit. */
const sets: fc.Arbitrary<MemberSet<WorkloadIdentity>> = fc.oneof(
  fc.array(identities, { maxLength: 12 }).map((members) => setOf(universe, members)),
  podIdentityPolicies.map((written) => reach(parsePolicy(written), podIdentity(facts)).may),
);

const api: WorkloadIdentity = {
  account: ACCOUNT,
  region: 'eu-west-1',
  cluster: 'payments',
  namespace: 'pay',
  serviceAccount: 'api',
};

describe('sets', () => {
  it('obey the laws of sets', () => {
    fc.assert(
      fc.property(sets, sets, sets, (a, b, c) => {
        const not = (set: MemberSet<WorkloadIdentity>) => difference(all, set);
        expect(isSame(difference(a, b), intersection(a, not(b)))).toBe(true);
        expect(isSame(not(union(a, b)), intersection(not(a), not(b)))).toBe(true);
        expect(isSame(union(intersection(a, b), difference(a, b)), a)).toBe(true);
        expect(isSame(intersection(a, union(b, c)), union(intersection(a, b), intersection(a, c)))).toBe(true);
        expect(isSame(difference(difference(a, b), c), difference(a, union(b, c)))).toBe(true);
        expect(isEmpty(difference(a, a))).toBe(true);
        expect(isSame(not(not(a)), a)).toBe(true);
        expect([
          isSubset(none, a),
          isSubset(a, all),
          isSubset(intersection(a, b), a),
          isSubset(a, union(a, b)),
        ]).toEqual([true, true, true, true]);
        // Of two sets, one is in the other exactly when nobody shows otherwise.
        const stranger = witness(difference(a, b));
        expect(isSubset(a, b)).toBe(stranger === undefined);
        if (stranger !== undefined) expect([has(a, stranger), has(b, stranger)]).toEqual([true, false]);
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  it('hold the members that they are made of, and nobody else', () => {
    fc.assert(
      fc.property(fc.array(identities, { maxLength: 20 }), identities, (members, other) => {
        const set = setOf(universe, members);
        for (const member of members) expect(has(set, member)).toBe(true);
        const isMember = members.some((member) => JSON.stringify(member) === JSON.stringify(other));
        expect(has(set, other)).toBe(isMember);
        expect(isSame(set, setOf(universe, members.toReversed()))).toBe(true);
        expect(isSubset(setOf(universe, [other]), set)).toBe(isMember);
      }),
      { numRuns: 500 },
    );
  });

  it('have a witness that is valid, also where every short name is taken', () => {
    const short = [...'abcdefghijklmnopqrstuvwxyz0123456789', 'other', 'another'];
    const taken = [...short, ...Array.from({ length: 300 }, (_, index) => `service-${index}`)].map(
      (serviceAccount) => ({
        ...api,
        serviceAccount,
      }),
    );
    expect(witness(difference(reach(inPay(), podIdentity(facts)).may, setOf(universe, taken)))).toEqual({
      ...api,
      serviceAccount: 'aa',
    });
    const one = reach(
      inPay({ StringLike: { 'aws:RequestTag/kubernetes-service-account': '?' } }),
      podIdentity(facts),
    ).may;
    expect(isEmpty(difference(one, setOf(universe, taken)))).toBe(true);
    expect(witness(difference(one, setOf(universe, taken.slice(1))))).toEqual({ ...api, serviceAccount: 'a' });
  });

  it('are told by box, exactly', () => {
    fc.assert(
      fc.property(sets, fc.array(identities, { minLength: 8, maxLength: 8 }), (set, asked) => {
        const boxes = toJson(set);
        expect(toSentences(set)).toHaveLength(boxes.length);
        expect(boxes.length === 0).toBe(isEmpty(set));
        const someone = witness(set);
        for (const identity of someone === undefined ? asked : [...asked, someone]) {
          const inside = boxes.filter(
            (box) =>
              holds(box.cluster, clusterArn(identity.cluster, identity.region)) &&
              holds(box.namespace, identity.namespace) &&
              holds(box['service account'], identity.serviceAccount),
          );
          expect(inside).toHaveLength(has(set, identity) ? 1 : 0);
        }
      }),
      { numRuns: 600, seed: 7 },
    );
  });

  it('refuse members of other accounts, impossible names, and sets of another universe', () => {
    const stranger = { ...api, account: '444455556666' };
    expect(() => setOf(universe, [stranger])).toThrow(expect.objectContaining({ name: 'OtherUniverse' }));
    expect(() => has(all, { ...api, namespace: 'Pay' })).toThrow(expect.objectContaining({ name: 'OtherUniverse' }));
    const elsewhere = everyone(identityUniverse('aws', '444455556666'));
    expect(() => isSubset(all, elsewhere)).toThrow(expect.objectContaining({ name: 'OtherUniverse' }));
  });

  it('are decided for five thousand service accounts', () => {
    const members = Array.from({ length: 5000 }, (_, index) => ({
      ...api,
      namespace: `n${index % 900}`,
      serviceAccount: `s${index}`,
    }));
    const set = setOf(universe, members);
    expect(isSame(set, setOf(universe, members.toReversed()))).toBe(true);
    expect(witness(difference(set, setOf(universe, members.slice(1))))).toEqual(members[0]);
  });
});

/** One namespace of one cluster, and further conditions. */
const inPay = (conditions: object = {}) =>
  parsePolicy({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'pods.eks.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Condition: {
        StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'pay', 'aws:SourceArn': clusterArn('payments') },
        ...conditions,
      },
    },
  });

/** As a reader of the JSON would check it, with regular expressions. */
const holds = (names: ShownNames | undefined, name: string): boolean => {
  const matches = ({ pattern, ignoreCase }: { pattern: string; ignoreCase?: true }): boolean =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
      ignoreCase ? 'i' : '',
    ).test(name);
  return (
    names === 'any' ||
    names?.some((term) =>
      'is' in term ? term.is === name : term.like.every(matches) && !term.unlike.some(matches),
    ) === true
  );
};
