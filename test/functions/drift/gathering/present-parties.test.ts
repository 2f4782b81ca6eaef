/** Whom a shared role's trust must admit now, whatever was so when the plan was made. */
import { describe, expect, test } from '@jest/globals';
import { withPresentParties } from '../../../../functions/drift/gathering/present-parties.ts';
import type { Grant, ResolvedRole } from '../../../../functions/grants/index.ts';
import { active, config, ID, wishOf } from '../../grants/samples.ts';
import { API, planFor, SHARED } from './plans.ts';

const OTHER = 'g-00000000000000aa';
const wish = (serviceAccount: string, change: object = {}) =>
  wishOf({ source: { role: SHARED }, targets: [], serviceAccount, ...change });
const grant = active(wish('api'));
const identity = (serviceAccount: string) => ({ ...API, serviceAccount });
const planned = (...serviceAccounts: readonly string[]): ResolvedRole => {
  const [role] = planFor(ID, 1, wish('api')).roles;
  if (role === undefined) throw new Error('no role');
  return { ...role, trust: { ...role.trust, parties: [{ tagged: serviceAccounts.map(identity), untagged: [] }] } };
};
const admitted = (role: ResolvedRole, ...others: readonly Grant[]) =>
  withPresentParties(role, { grant, version: 1, grants: [grant, ...others], config }).trust.parties.map(
    ({ tagged, untagged }) => [tagged, untagged].map((each) => each.map(({ serviceAccount }) => serviceAccount)),
  );

describe('a role that others share admits', () => {
  test('grants that came after the plan', () => {
    expect(admitted(planned('api'), active(wish('later'), OTHER))).toEqual([[['api', 'later'], []]]);
    expect(admitted(planned('api'), active(wish('later', { sessionTags: false }), OTHER))).toEqual([
      [['api'], ['later']],
    ]);
  });
  test('no grants that have gone since, or are going', () => {
    for (const state of ['revoked', 'revoking'] as const) {
      const { inForce: _was, ...gone } = active(wish('gone'), OTHER);
      const other = state === 'revoked' ? { ...gone, state } : { ...active(wish('gone'), OTHER), state };
      expect(admitted(planned('api', 'gone'), other)).toEqual([[['api'], []]]);
    }
  });
  test('whoever had it without a grant when it was planned', () => {
    expect(admitted(planned('api', 'foreign'))).toEqual([[['api', 'foreign'], []]]);
  });
  test('and a role that podid made, whom its plan says', () => {
    const [made] = planFor(ID, 1, wishOf()).roles;
    if (made === undefined) throw new Error('no role');
    expect(withPresentParties(made, { grant, version: 1, grants: [grant], config })).toBe(made);
  });
});
