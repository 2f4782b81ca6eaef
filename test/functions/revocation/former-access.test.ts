import { describe, expect, it } from '@jest/globals';
import { hasPredecessor, losingSteps, lostAccess } from '../../../functions/revocation/former-access.ts';
import { type AssociationRow, mergeSeen, type Seen, seenOf } from '../../../functions/store/association-row.ts';
import { API, actor, roleArn, state } from '../store/samples.ts';

const [TARGET, OTHER] = [roleArn('target'), roleArn('other-target')];

describe('what a change of an association takes away', () => {
  it.each([
    ['nothing changed', {}, {}, []],
    ['only its dates', {}, { modifiedAt: '2026-03-02T10:00:00.000Z' }, []],
    ['another role', {}, { roleArn: roleArn('new') }, ['role']],
    ['another target role', { targetRoleArn: TARGET }, { targetRoleArn: OTHER }, ['target-role']],
    ['the target role is taken away', { targetRoleArn: TARGET }, {}, ['target-role']],
    ['a target role where there was none: no direct sessions any more', {}, { targetRoleArn: TARGET }, ['target-role']],
    [
      'another role and another target',
      { targetRoleArn: TARGET },
      { roleArn: roleArn('new'), targetRoleArn: OTHER },
      ['role', 'target-role'],
    ],
    ['another session policy', { policy: 'a' }, { policy: 'b' }, ['session-policy']],
    ['a first session policy narrows', {}, { policy: 'b' }, ['session-policy']],
    ['no session policy any more widens', { policy: 'a' }, {}, []],
    ['tags switched off', {}, { disableSessionTags: true }, ['session-tags']],
    ['tags switched on', { disableSessionTags: true }, {}, ['session-tags']],
  ] as const)('%s', (_, former, current, lost) => {
    expect(lostAccess(state(former), state(current)).map(({ what }) => what)).toEqual(lost);
  });

  it('is named for a person', () => {
    const phrases = lostAccess(
      state({ targetRoleArn: TARGET }),
      state({ roleArn: roleArn('new'), disableSessionTags: true, policy: '{}' }),
    );
    expect(phrases.map(({ phrase }) => phrase)).toEqual([
      `the role ${roleArn('orders')}`,
      `the target role ${TARGET}`,
      'sessions without a session policy',
      'sessions with session tags',
    ]);
  });
});

const at = (second: number): string => new Date(Date.UTC(2026, 2, 1, 10, 0, second)).toISOString();
const told = (role: string, second: number): Seen =>
  seenOf(state({ roleArn: roleArn(role), modifiedAt: at(second) }), at(second), actor(`e-${second}`));
const read = (role: string, second: number): Seen =>
  seenOf(state({ roleArn: roleArn(role), modifiedAt: at(second) }), at(59));
const rowOf = (...seen: Seen[]): AssociationRow => ({
  identity: API,
  seen: seen.reduce<Seen[]>((known, one) => mergeSeen(known, one), []),
  version: 1,
});
const steps = (row: AssociationRow, seen: Seen): string[] =>
  losingSteps(row, seen).map(({ former, current }) =>
    [former, current].map((one) => one.state.roleArn.split('/')[1]).join(' > '),
  );

describe('the losing steps around one sight', () => {
  const [a, b, c] = [told('a', 1), told('b', 2), told('c', 3)];

  it('are the one before it, and the one after it when an event told that', () => {
    expect(steps(rowOf(a, b), b)).toEqual(['a > b']);
    expect(steps(rowOf(a, b, c), b)).toEqual(['a > b', 'b > c']);
    expect(steps(rowOf(b, read('c', 3)), b)).toEqual([]); // Its own event is on its way.
    expect(steps(rowOf(a), a)).toEqual([]);
    expect(steps(rowOf(read('a', 1), b), b)).toEqual(['a > b']);
  });

  it('do not take a reading of the same change, seconds before its event, for what was there before', () => {
    const undated = { ...state({ roleArn: roleArn('b') }) };
    delete undated.modifiedAt;
    const late = seenOf(undated, at(9), actor('e-9'));
    const row = rowOf(a, read('b', 8), late);
    expect(steps(row, late)).toEqual(['a > b']);
    expect(hasPredecessor(row, late)).toBe(true);
    expect(hasPredecessor(rowOf(read('b', 8), late), late)).toBe(false);
  });

  it('see nothing lost when the same is set again', () => {
    expect(steps(rowOf(a, told('a', 2)), told('a', 2))).toEqual([]);
  });
});
