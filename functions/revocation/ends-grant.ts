/** Whether a revocation is how a grant ends: then the kill switch, which is for what podid does by itself, need not hold it. Pure. */
import { PREFIX, spokeRoleName } from '../names.ts';
import type { Revocation } from '../revocation.ts';

/**
 * The association was deleted by the function that takes back what a grant had, in the name of one of its executions. Whoever forges that holds the
 * function's credentials, and gains that access is taken away.
 */
export const endsGrant = ({ actor, identity }: Pick<Revocation, 'actor' | 'identity'>): boolean => {
  const isUndo = actor.issuerArn?.split('/').at(-1) === spokeRoleName('undo-grant', identity.region);
  const tokens = actor.userAgent?.split(/\s+/) ?? [];
  return isUndo && tokens.some((token) => token.startsWith(`${PREFIX}/g-`));
};
