/** What the kill switch stops. Pure. */
import type { DriftSettings } from './drift-settings.ts';

/** What podid does to an account by itself or by a person's order. */
export type Doing = 'remediation' | 'expiry' | 'break-glass';

/** Remediation always; the end of a grant and the break-glass button only where the configuration says so. */
export const stopped = (
  on: boolean,
  doing: Doing,
  { killSwitchHolds }: Pick<DriftSettings, 'killSwitchHolds'>,
): boolean => {
  if (!on) return false;
  if (doing === 'expiry') return killSwitchHolds.expiry;
  if (doing === 'break-glass') return killSwitchHolds.breakGlass;
  return true;
};
