/** The section `api` of `podid.config.yaml`: who signs the tokens, and what callers may do at most. Without it no API is deployed. */
import * as z from 'zod';

export const ApiSettings = z.strictObject({
  /** The OpenID provider, exactly as the tokens' `iss` says it. */
  issuer: z.url({ protocol: /^https?$/, error: 'the issuer is a URL, such as https://id.example.com' }),
  /** What the tokens' `aud` must name. */
  audience: z.array(z.string().min(1).max(256)).min(1),
  /** The claim that lists a person's teams, by the names in `guardrails/teams.yaml`. */
  teamsClaim: z.string().min(1).max(128).default('groups'),
  /** Members may read everything and end any grant. They approve nothing by that. */
  adminTeams: z.array(z.string().min(1).max(128)).default([]),
  /** Web pages of these origins may call the API. */
  corsOrigins: z
    .array(z.string().regex(/^https?:\/\/[^/]+$/, 'an origin: scheme, host and port, without a slash at the end'))
    .default([]),
  /** A caller may save up `burst` requests, and gets `perSecond` of them back. Counted by each running instance of the function. */
  callerLimit: z
    .strictObject({ burst: z.int().min(1).default(40), perSecond: z.number().positive().default(10) })
    .prefault({}),
  /** Of all callers together: the stage's throttling at API Gateway. */
  stageLimit: z
    .strictObject({ burst: z.int().min(1).default(200), perSecond: z.int().min(1).default(100) })
    .prefault({}),
});
export type ApiSettings = z.infer<typeof ApiSettings>;
