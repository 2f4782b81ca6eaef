/** Whom a service of AWS acts as: a session of the role it was given, or itself on behalf of a resource. */
import type { Caller, Cloud, Credentials } from '../contract.ts';

export type RoleSession = { readonly credentials: Credentials; readonly caller: Caller };

/** Sessions are renewed this long before they end, so that work under way doesn't lose its credentials. */
const RENEW_BEFORE_MS = 15 * 60_000;

/** A session of a role for a service (`states.amazonaws.com`); the same one until shortly before it expires. */
export const sessionOf = (cloud: Cloud, roleArn: string, name: string, service: string): RoleSession => {
  const sessions = cloud.state('sessions', service, () => new Map<string, RoleSession>());
  const key = `${roleArn} ${name}`;
  const known = sessions.get(key);
  if (known !== undefined && !endsSoon(known, cloud.now())) return known;
  const session = cloud.issueSession(roleArn, name, service);
  sessions.set(key, session);
  return session;
};

/** Whether a session must be replaced before work begins with it. */
export const endsSoon = (session: RoleSession, now: Date): boolean =>
  session.credentials.expiration !== undefined &&
  session.credentials.expiration.getTime() - now.getTime() < RENEW_BEFORE_MS;

/** A service principal that acts for a resource: `events.amazonaws.com` for a rule (aws:SourceArn, aws:SourceAccount). */
export const serviceCaller = (service: string, source: { arn: string; account: string }): Caller => ({
  kind: 'service',
  arn: service,
  account: source.account,
  userId: service,
  service,
  source,
});
