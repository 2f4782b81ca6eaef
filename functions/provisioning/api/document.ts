/** The OpenAPI document of the API, made from its routes. */
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
    components: {
      ...document.components,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
};
