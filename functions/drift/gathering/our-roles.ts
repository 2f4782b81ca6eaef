/** The roles of podid's own functions in all accounts: whoever bears one is us, or has stolen one. Pure. */
import { type Config, spokeRegions } from '../../config.ts';
import { spokeRoleName } from '../../names.ts';
import { SPOKE_FUNCTIONS } from '../../runtime/spoke-call.ts';
import type { OurRoles } from '../detect/index.ts';

/** Worked out once for a configuration. */
export const ourRolesOf = (config: Config): OurRoles => {
  const before = known.get(config);
  if (before !== undefined) return before;
  const roles = config.spokes.flatMap(({ account }) =>
    spokeRegions(config, account).flatMap((region) =>
      SPOKE_FUNCTIONS.map((file) => `${account}/${spokeRoleName(file, region)}`),
    ),
  );
  const ours = new Set(roles);
  known.set(config, ours);
  return ours;
};

const known = new WeakMap<Config, OurRoles>();
