/** Keeps what one account and region was seen to hold: forty of these would not fit into a state. */
import { entry } from '../runtime/entry.ts';
import { theStore } from '../store/index.ts';
import { KeepSurveyInput } from './planning/contract.ts';
import { surveysOf } from './planning/machine.ts';

export const handler = entry(KeepSurveyInput, async ({ work, place, survey }) => {
  await surveysOf({ store: theStore() }, work).keep(place, survey);
  const { roles, associations } = survey;
  return { account: place.account, region: place.region, roles: roles.length, associations: associations.length };
});
