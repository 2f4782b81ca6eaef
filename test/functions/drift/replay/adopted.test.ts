/** A decision that left alone what somebody wanted to keep leaves it alone when it is made again. */
import { expect, test } from '@jest/globals';
import { rulesOf } from '../../../../functions/drift/remedy/index.ts';
import { redo } from '../../../../functions/drift/replay/index.ts';
import { API } from '../remedy/objects.ts';
import { decided, inMode } from './made.ts';

test('what waited to be decided then is held by the same sentence', () => {
  const config = inMode('remediate');
  const around = { rules: rulesOf(config), concerned: [API], killSwitch: false, us: 'podid' };
  const sentence = 'Adopted as version 2 of g-1, which awaits approval.';
  const adopted = new Map([['boundary', sentence]]);
  const { decision, world } = decided(config, {}, { surroundings: { ...around, adopted } });
  const { plan } = redo(decision, world, { config, unaccepted: new Set<string>() });
  expect(plan.actions).toEqual([]);
  expect(plan.holds).toEqual([{ because: 'adopted', facet: 'boundary', sentence }]);
});
