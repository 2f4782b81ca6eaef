/** Who can log in on the local cloud, and what a token says of them. Pure. */
import type { Fleet } from '../fleet/schema.ts';

export type Person = Fleet['people'][number];

/** The claims beside those that every token has; teams stand in the claim that the configuration names. */
export const claimsOf = ({ id, name, email, teams }: Person, teamsClaim: string): Record<string, unknown> => ({
  preferred_username: id,
  name,
  email,
  [teamsClaim]: teams,
});
