/** What may be done in a cluster that the configuration doesn't list: it is told of at most, whatever the rules say. */
import { describe, expect, it, test } from '@jest/globals';
import { modesOf } from '../../../../functions/drift/remedy/modes.ts';
import { DriftRule } from '../../../../functions/drift-settings.ts';
import { API, config } from './objects.ts';

const UNLISTED = { ...API, cluster: 'found-by-its-tag' };
const ELSEWHERE = { ...API, region: 'us-east-1' };
const { namespace: _namespace, ...OWN_THINGS } = UNLISTED;
const rule = (given: object): DriftRule => DriftRule.parse(given);

describe('a cluster that podid.config.yaml does not list', () => {
  test.each<[string, readonly DriftRule[], string]>([
    ['without a rule', [], 'observe'],
    ['where a rule remediates everything', [rule({ mode: 'remediate' })], 'notify'],
    ['where a rule names it', [rule({ cluster: '*o*', region: '*', mode: 'remediate' })], 'notify'],
    ['where a rule notifies', [rule({ mode: 'notify' })], 'notify'],
    ['where a rule ignores', [rule({ mode: 'ignore' })], 'ignore'],
  ])('%s', (_what, rules, expected) => {
    const modeOf = modesOf(config(), rules);
    for (const concerned of [UNLISTED, ELSEWHERE, OWN_THINGS])
      expect(modeOf([concerned], 'PolicyAttached')).toBe(expected);
  });

  it('holds back a role that it shares with one that is remediated', () => {
    const modeOf = modesOf(config(), [rule({ mode: 'remediate' })]);
    expect(modeOf([API], 'PolicyAttached')).toBe('remediate');
    expect(modeOf([API, UNLISTED], 'PolicyAttached')).toBe('notify');
  });
});
