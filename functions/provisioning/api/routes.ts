/** The routes, as data: the app is made of them, and so is the OpenAPI document. */
import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { Instant } from '../../association.ts';
import { GrantId, GrantState } from '../../grants/index.ts';
import { PROBLEMS, type ProblemName } from './problems.ts';
import {
  ApproveBody,
  CatalogueView,
  EventPage,
  ExtendBody,
  FindingPage,
  GrantPage,
  GrantView,
  GrantWish,
  IdentityView,
  ImpactView,
  MeView,
  PreviewView,
  ProblemView,
  ReasonBody,
  RejectBody,
  RevocationPage,
} from './schemas.ts';

const Wish = GrantWish.meta({
  id: 'GrantWish',
  // As it could be asked for by Dana of the demo fleet.
  example: {
    clusters: [{ account: '222222222222', region: 'eu-west-1', cluster: 'payments' }],
    namespace: 'checkout',
    serviceAccount: 'uploads',
    source: {
      role: 'managed',
      permissions: { template: { name: 's3-prefix', parameters: { bucket: 'checkout-uploads' } } },
    },
    reason: 'keeps what people upload',
    team: 'checkout',
    lifetime: { for: 'P30D' },
  },
});

const problem = (...names: readonly ProblemName[]) => ({
  description: names.map((name) => `\`${name}\`: ${PROBLEMS[name].title}`).join('; '),
  content: { 'application/problem+json': { schema: ProblemView } },
});
const answer = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
});
const ETAG = { headers: { ETag: { description: "The grant's revision", schema: { type: 'string' as const } } } };
const body = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true as const,
  content: { 'application/json': { schema } },
});

/** Whoever asks, and whatever for. */
const ALL = {
  401: problem('unauthenticated'),
  429: problem('too-many-requests'),
  500: problem('internal'),
} as const;
/** What takes parameters, and asks the table. */
const ALWAYS = { 400: problem('parameter-invalid', 'body-unreadable'), ...ALL, 503: problem('unavailable') } as const;
const OF_BODY = { 413: problem('body-too-large'), 415: problem('media-type') } as const;

const Key = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .meta({ description: 'The same key with the same request gets the same answer, for 24 hours.' }),
});
const Match = Key.extend({
  'if-match': z.string().optional().meta({ description: "The grant's ETag, as it was read." }),
});
const OfGrant = z.object({ id: GrantId });
/** What the change is asked for to keep. */
const Adopting = z.object({
  adopts: z
    .string()
    .regex(/^f-[0-9a-f]{12}(,f-[0-9a-f]{12}){0,19}$/, "up to 20 findings' ids, with commas between them")
    .optional()
    .meta({
      description:
        'Open findings of drift, by id, separated by commas: the wish wants what they complain about. Until the change is decided, that is left as it is.',
    }),
});
const Paging = z.object({
  limit: z.coerce.number().pipe(z.int().min(1).max(100)).default(50),
  cursor: z.string().min(1).max(4096).optional().meta({ description: '`next` of the page before.' }),
});
const security = [{ token: [] }];
const account = z.string().regex(/^\d{12}$/, 'an AWS account id has 12 digits');

export const createGrant = createRoute({
  method: 'post',
  path: '/grants',
  summary: 'Ask for a grant',
  tags: ['Grants'],
  security,
  request: { headers: Key, body: body(Wish) },
  responses: {
    201: { ...answer('The grant: in the making, or waiting for approval', GrantView), ...ETAG },
    ...ALWAYS,
    ...OF_BODY,
    403: problem('guardrails-refuse'),
    409: problem('identity-taken', 'in-progress'),
    422: problem('wish-invalid', 'plan-blocked', 'key-reused'),
  },
});

export const listGrants = createRoute({
  method: 'get',
  path: '/grants',
  summary: 'List the grants that you may see, the newest first',
  tags: ['Grants'],
  security,
  request: {
    query: Paging.extend({
      team: z.string().min(1).max(128).optional(),
      requester: z.literal('me').optional(),
      state: GrantState.optional(),
      namespace: z.string().min(1).max(63).optional(),
      account: account.optional().meta({ description: 'Of a cluster, or of a target.' }),
      endedAfter: Instant.optional().meta({ description: 'Without those that ended before.' }),
    }),
  },
  responses: { 200: answer('A page', GrantPage), ...ALWAYS },
});

export const previewGrant = createRoute({
  method: 'post',
  path: '/grants/preview',
  summary: 'What would be done for a wish, and what the guardrails say; nothing is written',
  tags: ['Grants'],
  security,
  request: { query: z.object({ changes: GrantId.optional() }), body: body(Wish) },
  responses: {
    200: answer('The plan and the verdict', PreviewView),
    ...ALWAYS,
    ...OF_BODY,
    403: problem('not-yours'),
    404: problem('no-such-thing'),
    409: problem('identity-taken', 'conflict'),
    422: problem('wish-invalid'),
  },
});

export const getGrant = createRoute({
  method: 'get',
  path: '/grants/{id}',
  summary: 'A grant, and its history',
  tags: ['Grants'],
  security,
  request: {
    params: OfGrant,
    headers: z.object({ 'if-none-match': z.string().optional() }),
  },
  responses: {
    200: { ...answer('The grant', GrantView), ...ETAG },
    304: { description: 'It is as you have it', ...ETAG },
    ...ALWAYS,
    403: problem('not-yours'),
    404: problem('no-such-thing'),
  },
});

export const changeGrant = createRoute({
  method: 'put',
  path: '/grants/{id}',
  summary: 'Ask for a change: the whole wish as it should be',
  tags: ['Grants'],
  security,
  request: { params: OfGrant, query: Adopting, headers: Match, body: body(Wish) },
  responses: {
    200: { ...answer('The grant with its new version', GrantView), ...ETAG },
    ...ALWAYS,
    ...OF_BODY,
    403: problem('not-yours', 'guardrails-refuse'),
    404: problem('no-such-thing'),
    409: problem('conflict', 'identity-taken', 'in-progress'),
    412: problem('changed-since'),
    422: problem('wish-invalid', 'plan-blocked', 'key-reused'),
    428: problem('if-match-missing'),
  },
});

const onGrant = <Name extends string, Schema extends z.ZodType>(name: Name, summary: string, schema: Schema) =>
  createRoute({
    method: 'post',
    path: `/grants/{id}/${name}`,
    summary,
    tags: ['Grants'],
    security,
    request: { params: OfGrant, headers: Match, body: body(schema) },
    responses: {
      200: { ...answer('The grant as it is then', GrantView), ...ETAG },
      ...ALWAYS,
      ...OF_BODY,
      403: problem('not-yours', 'guardrails-refuse'),
      404: problem('no-such-thing'),
      409: problem('conflict', 'in-progress'),
      412: problem('changed-since'),
      422: problem('body-invalid', 'key-reused'),
    },
  });

export const approveGrant = onGrant('approve', 'Approve the version under way', ApproveBody);
export const rejectGrant = onGrant('reject', 'Reject the version under way', RejectBody);
export const withdrawGrant = onGrant('withdraw', 'Take back what you have asked for', ReasonBody);
export const revokeGrant = onGrant('revoke', 'End a grant, and all sessions that it gave', ReasonBody);
export const extendGrant = onGrant('extend', 'Ask for another lifetime, from now on', ExtendBody);

export const getMe = createRoute({
  method: 'get',
  path: '/me',
  summary: 'Who you are to podid',
  tags: ['You'],
  security,
  responses: { 200: answer('You', MeView), ...ALL },
});

export const listApprovals = createRoute({
  method: 'get',
  path: '/approvals',
  summary: 'What waits for an approval that you may give, the first to lapse first',
  tags: ['You'],
  security,
  request: { query: Paging },
  responses: { 200: answer('A page', GrantPage), ...ALWAYS },
});

export const getCatalogue = createRoute({
  method: 'get',
  path: '/catalogue',
  summary: 'What you could ask for',
  tags: ['You'],
  security,
  responses: { 200: answer('The catalogue', CatalogueView), ...ALL },
});

export const getIdentity = createRoute({
  method: 'get',
  path: '/identities/{account}/{region}/{cluster}/{namespace}/{serviceAccount}',
  summary: 'What a service account has, and why',
  tags: ['Access'],
  security,
  request: {
    params: z.object({
      account,
      region: z.string().min(1).max(64),
      cluster: z.string().min(1).max(100),
      namespace: GrantWish.shape.namespace,
      serviceAccount: GrantWish.shape.serviceAccount,
    }),
  },
  responses: {
    200: answer('What it has', IdentityView),
    ...ALWAYS,
    403: problem('not-yours'),
    404: problem('no-such-thing'),
  },
});

export const getImpact = createRoute({
  method: 'get',
  path: '/roles/{account}/{name}/impact',
  summary: 'What breaks when a role goes',
  tags: ['Access'],
  security,
  request: {
    params: z.object({
      account,
      name: z
        .string()
        .regex(/^[\w+=,.@/-]{1,576}$/, "a role's name; with its path, its slashes as %2F")
        .meta({ example: 'checkout-orders' }),
    }),
  },
  responses: {
    200: answer('What breaks', ImpactView),
    ...ALWAYS,
    403: problem('not-yours'),
    404: problem('no-such-thing'),
  },
});

export const listFindings = createRoute({
  method: 'get',
  path: '/findings',
  summary: 'Open findings of accounts and grants that you may see',
  tags: ['Access'],
  security,
  request: { query: Paging },
  responses: { 200: answer('A page', FindingPage), ...ALWAYS },
});

export const listRevocations = createRoute({
  method: 'get',
  path: '/revocations',
  summary: 'Revocations of service accounts that you may see, the newest first',
  tags: ['Access'],
  security,
  request: { query: Paging },
  responses: { 200: answer('A page', RevocationPage), ...ALWAYS },
});

export const listEvents = createRoute({
  method: 'get',
  path: '/events',
  summary: 'What happened to grants and findings that you may see, the oldest first',
  tags: ['Access'],
  security,
  request: {
    query: Paging.extend({
      since: Instant.optional().meta({ description: 'What happened then or later; by default in the last 24 hours.' }),
    }),
  },
  responses: { 200: answer('A page', EventPage), ...ALWAYS },
});
