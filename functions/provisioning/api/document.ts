/** The OpenAPI document of the API, made from its routes, and from what API Gateway answers before it asks the function. */
import type { Api } from './app.ts';

export type OpenApi = ReturnType<Api['getOpenAPI31Document']>;

export const openApiOf = (app: Pick<Api, 'getOpenAPI31Document' | 'openAPIRegistry'>): OpenApi => {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'podid',
      version: '1',
      description:
        'Ask for AWS access for Kubernetes service accounts, approve it, and see what is there. Problems are `application/problem+json` (RFC 9457).',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
  });
  return {
    ...document,
    paths: Object.fromEntries(
      Object.entries(document.paths ?? {}).map(([path, item]) => [path, withGateway(item)] as const),
    ),
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, GatewayRefusal: GATEWAY_REFUSAL },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
};

type PathItem = NonNullable<OpenApi['paths']>[string];

const GATEWAY_REFUSAL = {
  type: 'object' as const,
  properties: { message: { type: 'string' as const } },
  required: ['message'],
};

/**
 * What API Gateway says by itself, as plain JSON: of a token that it can't verify, above the stage's throttling, of more than 10 MB, and
 * when the function fails or takes longer than 30 s.
 */
const BY_GATEWAY = {
  401: 'The token is missing, forged or expired',
  413: 'The body is too large',
  429: 'Too many requests of everybody together',
  500: 'Something is wrong on our side',
  503: 'Not available right now',
} as const;
/** "Total combined size of request line and header values: 10240 bytes" (API Gateway's quotas): refused before anything is read of it. */
const HEADERS_TOO_LARGE = { description: 'The request line and the header fields have more than 10,240 bytes' };

const METHODS = ['get', 'post', 'put'] as const;

const withGateway = (item: PathItem): PathItem => ({
  ...item,
  ...Object.fromEntries(
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined
        ? []
        : [[method, { ...operation, responses: withRefusals(operation.responses ?? {}) }]];
    }),
  ),
});

type Responses = NonNullable<NonNullable<PathItem['get']>['responses']>;

const withRefusals = (responses: Responses): Responses => ({
  ...responses,
  ...Object.fromEntries(
    Object.entries(BY_GATEWAY).map(([status, description]) => {
      const own: unknown = responses[status];
      const content = { 'application/json': { schema: { $ref: '#/components/schemas/GatewayRefusal' } } };
      return [
        status,
        isAnswer(own) ? { ...own, content: { ...own.content, ...content } } : { description, content },
      ] as const;
    }),
  ),
  431: HEADERS_TOO_LARGE,
});

const isAnswer = (given: unknown): given is { readonly description: string; readonly content: object } =>
  typeof given === 'object' && given !== null && 'content' in given;
