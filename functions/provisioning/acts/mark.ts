/** The mark that what a grant makes bears from its first moment: by it a lost answer is recognised, and undo knows what it may touch. Pure. */
import { tagsFor } from '../../grants/index.ts';
import { MADE_BY } from '../contract.ts';

type Tags = Readonly<Record<string, string>>;

/** The keys of our tags, from their one form. */
const [GRANT = '', TEAM = ''] = Object.keys(tagsFor({ grantId: '', team: '' }));
export const OUR_TAGS: readonly string[] = [GRANT, TEAM, MADE_BY];

/** The grant that a thing says it belongs to. Others can set tags: who relies on it looks at path and boundary, too. */
export const grantOf = (tags: Tags): string | undefined => tags[GRANT];

/** One of the grant's executions made it. */
export const isMadeBy = (tags: Tags, grantId: string): boolean =>
  grantOf(tags) === grantId && tags[MADE_BY]?.startsWith(`${grantId}-`) === true;

/** The tags that this function writes: rendered from the grant and its team, whatever else the plan says. */
export const tagsOfGrant = (grantId: string, planned: Tags): Record<string, string> => {
  const team = planned[TEAM];
  const { [GRANT]: grant = grantId, ...more } = tagsFor({ grantId, team: team ?? '' });
  return { [GRANT]: grant, ...(team !== undefined && more) };
};

/** The same, for what is made now. */
export const madeTags = (grantId: string, asker: string, planned: Tags): Record<string, string> => ({
  ...tagsOfGrant(grantId, planned),
  [MADE_BY]: asker,
});

/** Why these are not the tags of a grant, as a sentence. */
export const refusedTags = (planned: Tags, grantId: string): string | undefined => {
  const other = Object.keys(planned).find((key) => key !== GRANT && key !== TEAM);
  if (other !== undefined) return `the plan has the tag ${other}, and only ${GRANT} and ${TEAM} are written`;
  return grantOf(planned) === grantId ? undefined : `the plan's tag ${GRANT} is not ${grantId}`;
};

/** Why an execution may not speak for a grant, as a sentence. */
export const refusedAsker = (asker: string, grantId: string): string | undefined =>
  asker.startsWith(`${grantId}-`) ? undefined : `${asker} is no execution of grant ${grantId}`;
