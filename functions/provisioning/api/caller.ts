/** Who is asking: read from the token that the authorizer has verified, since the gateway flattens arrays in its own copy of the claims. */
import * as z from 'zod';
import type { ApiSettings } from '../../api-settings.ts';
import type { Person } from '../../grants/index.ts';
import { Refused } from './problems.ts';

/** What API Gateway's authorizer says of the token. Strings all of them; `iss` and `sub` are enough to know that it means this token. */
export const Verified = z.object({ iss: z.string(), sub: z.string() });

const Claims = z.looseObject({
  iss: z.string().min(1),
  sub: z.string().min(1),
  name: z.string().min(1).optional(),
  email: z.string().min(1).optional(),
  client_id: z.string().min(1).max(256).optional(),
  azp: z.string().min(1).max(256).optional(),
});
const Teams = z.union([z.array(z.string()), z.string().transform((team) => [team])]);
const Team = z.string().min(1).max(128);

/**
 * The person behind a request. The subject is issuer and `sub`: never the client, through which others come, too.
 * @param verified The authorizer's claims. A token that no authorizer has seen, or another than it has seen, is nobody's.
 * @throws Refused unauthenticated
 */
export const callerOf = (
  authorization: string | undefined,
  verified: unknown,
  { teamsClaim }: Pick<ApiSettings, 'teamsClaim'>,
): Person => {
  const claims = Claims.safeParse(payloadOf(authorization));
  const seen = Verified.safeParse(verified);
  if (!claims.success || !seen.success) throw unknown('Send a token of the configured issuer: Authorization: Bearer …');
  const { iss, sub, name, email, client_id: id, azp } = claims.data;
  if (seen.data.iss !== iss || seen.data.sub !== sub) throw unknown('The token is not the one that was verified.');
  const subject = `${iss}#${sub}`;
  if (subject.length > 512) throw unknown('Issuer and subject of the token have more than 512 characters.');
  const teams = Teams.safeParse(claims.data[teamsClaim] ?? []);
  if (!teams.success) throw unknown(`The token's claim ${teamsClaim} is no list of teams.`);
  const client = id ?? azp;
  const called = name ?? email;
  return {
    subject,
    ...(called !== undefined && { name: called }),
    teams: [...new Set(teams.data.filter((team) => Team.safeParse(team).success))],
    ...(client !== undefined && { client }),
  };
};

const unknown = (detail: string): Refused =>
  new Refused('unauthenticated', detail, { headers: { 'WWW-Authenticate': 'Bearer' } });

const payloadOf = (authorization: string | undefined): unknown => {
  const payload = /^Bearer +[\w-]+\.([\w-]+)\.[\w-]+$/i.exec(authorization ?? '')?.[1];
  if (payload === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
};
