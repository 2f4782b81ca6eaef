/** What may hold a revocation back: the mode, the kill switch, the breaker. Pure. */
import type { Revocation } from '../revocation.ts';

/** The brakes as they stand now. */
export type Brakes = {
  readonly killSwitch?:
    | { readonly on: boolean; readonly by: string; readonly at: string; readonly why: string }
    | undefined;
  readonly breaker: { readonly tripped?: { readonly at: string; readonly because: string } | undefined };
};

/** Why nothing may be written now, as a sentence; undefined when everything may. The kill switch comes first: nobody can talk past it. */
export const heldBy = (
  { mode, identity, acknowledgedBy }: Revocation,
  { killSwitch, breaker }: Brakes,
): string | undefined => {
  if (killSwitch?.on === true) {
    return `The kill switch is on since ${killSwitch.at}, set by ${killSwitch.by}: ${killSwitch.why}`;
  }
  if (mode === 'observe')
    return `The cluster ${identity.cluster} is in mode observe: the plan is recorded, nothing is written.`;
  if (breaker.tripped !== undefined && acknowledgedBy === undefined) {
    return `The breaker of cluster ${identity.cluster} tripped at ${breaker.tripped.at}: ${breaker.tripped.because}.`;
  }
  return undefined;
};
