/** Fights: what counts, when it latches, whom the finding names. */
import { expect, test } from '@jest/globals';
import type { DriftFinding } from '../../../../functions/drift/contract.ts';
import {
  acknowledgeFight,
  type Fights,
  fightFindings,
  foughtOver,
  latchedFights,
  putRight,
} from '../../../../functions/drift/reconcile/index.ts';
import { finding, ROLE } from '../remedy/objects.ts';

const LIMIT = { changes: 3, hours: 24 };
const HOUR = 3_600_000;
const by = (name: string, who: 'other' | 'us' = 'other'): Partial<DriftFinding> => ({
  attribution: { who, actor: { type: 'AssumedRole', arn: name, eventId: 'e' }, sentence: `${name} did it.` },
});

/** `name`: a settled look at which it differs by that principal; `write`: our write; a number: hours go by. */
const play = (steps: (string | number)[]): Fights => {
  let [fights, now]: [Fights, number] = [{}, 100 * HOUR];
  for (const step of steps) {
    now += typeof step === 'number' ? step * HOUR : 1_000;
    if (step === 'write') fights = putRight(fights, 'boundary', 'ours', now);
    else if (step === 'write another') fights = putRight(fights, 'boundary', 'what was wanted before', now);
    else if (step === 'us') fights = foughtOver(fights, [finding(by('podid', 'us'))], now, LIMIT, 'podid');
    else if (typeof step === 'string') fights = foughtOver(fights, [finding(by(step))], now, LIMIT, 'podid');
  }
  return fights;
};

const CASES: [what: string, steps: (string | number)[], latched: boolean][] = [
  ['two changes', ['terraform', 'write', 'terraform', 'write'], false],
  ['the third', ['terraform', 'write', 'terraform', 'write', 'terraform'], true],
  ['one change, looked at again and again', ['terraform', 'terraform', 'terraform', 'terraform'], false],
  ['one change that we can not write', ['terraform', 'terraform', 1, 'terraform', 'terraform'], false],
  ['too long ago', ['terraform', 'write', 'terraform', 'write', 25, 'terraform'], false],
  ['our own changes', ['us', 'write', 'us', 'write', 'us'], false],
  [
    'what is wanted changed in between',
    ['terraform', 'write another', 'terraform', 'write another', 'terraform'],
    false,
  ],
];

test.each(CASES)('%s', (_what, steps, latched) => {
  expect(latchedFights(play(steps)).has('boundary')).toBe(latched);
});

test('the finding names both sides, and stays until a person has looked', () => {
  const fights = play(['terraform', 'write', 'argo', 'write', 'terraform', 200, 'terraform']);
  const [found] = fightFindings(fights, ROLE);
  expect(found).toMatchObject({ reason: 'FoughtOver', severity: 'error', facet: 'boundary', subject: 'boundary' });
  expect(found?.sentence).toContain('terraform and argo changed boundary of');
  expect(found?.sentence).toContain('podid put it back');
  expect(latchedFights(acknowledgeFight(fights, 'boundary')).size).toBe(0);
  expect(acknowledgeFight(fights, 'trust')).toBe(fights);
});
