/** What a request carries through the app: who asks, under which id. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Person } from '../../grants/index.ts';

export type ApiEnv = {
  /** What hono's adapter for Lambda hands in: the event's request context. */
  Bindings: { readonly requestContext?: unknown };
  Variables: { caller: Person; requestId: string };
};

const RequestContext = z.object({
  requestId: z.string().min(1),
  authorizer: z.object({ jwt: z.object({ claims: z.unknown() }) }).optional(),
});

/** The request's id, and what the authorizer says of the token. */
export const contextOf = (given: unknown): { readonly requestId: string; readonly claims: unknown } => {
  const { data } = RequestContext.safeParse(given);
  return { requestId: data?.requestId ?? 'unknown', claims: data?.authorizer?.jwt.claims };
};

/** The id of an event that a person causes: the same key of the same person is the same event. */
export const eventId = (what: string, ...parts: readonly string[]): string =>
  `${what}-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)}`;
