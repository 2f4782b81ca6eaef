/** What the hub's planning functions read before they plan: the brakes, and who else holds the roles. */
import type { Config } from '../config.ts';
import { DriftSettings } from '../drift-settings.ts';
import { stopped } from '../kill-switch.ts';
import type { Revocation } from '../revocation.ts';
import type { DenyRow } from '../store/denies.ts';
import type { Store } from '../store/index.ts';
import type { RevocationRow } from '../store/revocation-row.ts';
import { endsGrant } from './ends-grant.ts';
import type { Brakes } from './held.ts';
import type { Neighbours } from './neighbours.ts';
import { rolesOf } from './standing.ts';

/** The brakes as they stand at this moment: read before each plan, since each plan leads to writes. */
export const brakesOf = async (
  store: Store,
  revocation: Pick<Revocation, 'actor' | 'identity'>,
  { drift = DriftSettings.parse({}) }: Pick<Config, 'drift'>,
): Promise<Brakes> => {
  const { identity } = revocation;
  const [killSwitch, breaker] = await Promise.all([store.brakes.killSwitch(), store.brakes.breaker(identity)]);
  const holds = stopped(killSwitch?.on === true, endsGrant(revocation) ? 'expiry' : 'remediation', drift);
  return { killSwitch: holds ? killSwitch : undefined, breaker };
};

/** Who holds the former roles; nobody is asked where session tags tell the identity from others. */
export const neighboursOf = async (store: Store, { former }: Revocation): Promise<Neighbours> => {
  const roles = former?.disableSessionTags === true ? rolesOf(former) : [];
  return new Map(await Promise.all(roles.map(async (role) => [role, await store.associations.ofRole(role)] as const)));
};

/** What the hub knows of an identity's denies, and then of the other revocations that wrote them: in this order, so that one which has ended is seen to have. */
export const deniesOf = async (
  store: Store,
  { id, identity }: Revocation,
): Promise<{ denies: readonly DenyRow[]; owners: ReadonlyMap<string, RevocationRow> }> => {
  const denies = await store.denies.of(identity);
  const others = new Set(denies.map(({ revocation }) => revocation).filter((other) => other !== id));
  const rows = await Promise.all([...others].map((other) => store.revocations.get(other)));
  return {
    denies,
    owners: new Map(rows.flatMap((row) => (row === undefined ? [] : [[row.revocation.id, row] as const]))),
  };
};
