/** When a version that nobody has allowed lapses. */

import type { GrantSettings } from '../grant-settings.ts';
import type { GrantVersion } from './grant.ts';
import { endOf } from './lifetime.ts';

/** After the hours that the settings give, or when what it asks for would have ended anyway. @throws LifetimeInvalid */
export const lapseOf = ({ at, wish }: GrantVersion, { approvalHours }: GrantSettings): string => {
  const waited = new Date(Date.parse(at) + approvalHours * 3_600_000).toISOString();
  if (wish.lifetime === undefined || 'for' in wish.lifetime) return waited;
  const end = endOf(wish.lifetime, at);
  return end < waited ? end : waited;
};
