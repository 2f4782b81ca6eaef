/** AWS::ApiGatewayV2::*: HTTP APIs, their authorizers, integrations, routes and stage. The API listens from the moment it is made. */
import {
  apisOf,
  type Cors,
  defineApi,
  type HttpApi,
  partId,
  type Stage,
  serve,
} from '../../services/apigateway/index.ts';
import type { Deploy, Target } from '../contract.ts';
import { TemplateUnsupported } from '../intrinsics.ts';

type ApiProperties = {
  readonly Name: string;
  readonly ProtocolType?: string;
  readonly CorsConfiguration?: {
    readonly AllowOrigins?: readonly string[];
    readonly AllowMethods?: readonly string[];
    readonly AllowHeaders?: readonly string[];
    readonly ExposeHeaders?: readonly string[];
    readonly MaxAge?: number;
  };
};

export const httpApi: Deploy<ApiProperties> = async (properties, { cloud, account, region }) => {
  if (properties.ProtocolType !== 'HTTP') throw new TemplateUnsupported('only HTTP APIs run on the local cloud');
  const { CorsConfiguration: cors } = properties;
  const made = defineApi(cloud, account, region, {
    name: properties.Name,
    ...(cors === undefined ? {} : { cors: corsOf(cors) }),
  });
  return { ref: made.id, attributes: { ApiId: made.id, ApiEndpoint: await serve(cloud, made) } };
};

const corsOf = (cors: NonNullable<ApiProperties['CorsConfiguration']>): Cors => ({
  origins: cors.AllowOrigins ?? [],
  methods: cors.AllowMethods ?? [],
  headers: cors.AllowHeaders ?? [],
  exposed: cors.ExposeHeaders ?? [],
  ...(cors.MaxAge === undefined ? {} : { maxAgeSeconds: cors.MaxAge }),
});

type AuthorizerProperties = {
  readonly ApiId: string;
  readonly AuthorizerType: string;
  readonly IdentitySource?: readonly string[];
  readonly JwtConfiguration?: { readonly Issuer?: string; readonly Audience?: readonly string[] };
};

export const authorizer: Deploy<AuthorizerProperties> = (properties, target) => {
  const { Issuer: issuer, Audience: audience } = properties.JwtConfiguration ?? {};
  if (properties.AuthorizerType !== 'JWT' || issuer === undefined || audience === undefined)
    throw new TemplateUnsupported('only JWT authorizers, with issuer and audience, run on the local cloud');
  if (properties.IdentitySource?.join() !== '$request.header.Authorization')
    throw new TemplateUnsupported('tokens come in the header Authorization, and nowhere else');
  const id = partId();
  apiOf(target, properties.ApiId).authorizers.set(id, { issuer, audience });
  return { ref: id, attributes: { AuthorizerId: id } };
};

type IntegrationProperties = {
  readonly ApiId: string;
  readonly IntegrationType: string;
  readonly IntegrationUri?: string;
  readonly PayloadFormatVersion?: string;
  readonly TimeoutInMillis?: number;
};

export const integration: Deploy<IntegrationProperties> = (properties, target) => {
  const { IntegrationType, IntegrationUri = '', PayloadFormatVersion } = properties;
  if (IntegrationType !== 'AWS_PROXY' || PayloadFormatVersion !== '2.0' || !IntegrationUri.includes(':function:'))
    throw new TemplateUnsupported('only functions (AWS_PROXY, format 2.0) can stand behind a local API');
  const id = partId();
  // API Gateway's own default, and the longest: 30 s.
  const made = { functionArn: IntegrationUri, timeoutMs: properties.TimeoutInMillis ?? 30_000 };
  apiOf(target, properties.ApiId).integrations.set(id, made);
  return { ref: id, attributes: {} };
};

type RouteProperties = {
  readonly ApiId: string;
  readonly RouteKey: string;
  readonly Target?: string;
  readonly AuthorizationType?: string;
  readonly AuthorizerId?: string;
  readonly AuthorizationScopes?: readonly string[];
};

export const route: Deploy<RouteProperties> = (properties, target) => {
  const { ApiId, RouteKey: key, AuthorizationType = 'NONE', AuthorizerId, AuthorizationScopes = [] } = properties;
  const api = apiOf(target, ApiId);
  const open = AuthorizationType === 'NONE' && AuthorizerId === undefined;
  const guarded = AuthorizationType === 'JWT' && api.authorizers.has(AuthorizerId ?? '');
  if (!open && !guarded)
    throw new TemplateUnsupported(`${key} is authorized by ${AuthorizationType} ${AuthorizerId}, which isn't here`);
  if (AuthorizationScopes.length > 0) throw new TemplateUnsupported('scopes of routes are not supported here');
  const behind = properties.Target?.replace(/^integrations\//, '') ?? '';
  if (!api.integrations.has(behind)) throw new TemplateUnsupported(`${key} leads nowhere: ${properties.Target}`);
  api.routes.set(key, {
    key,
    integration: behind,
    ...(AuthorizerId === undefined ? {} : { authorizer: AuthorizerId }),
  });
  return { ref: partId(), attributes: {} };
};

type StageProperties = {
  readonly ApiId: string;
  readonly StageName: string;
  readonly AutoDeploy?: boolean;
  readonly DefaultRouteSettings?: { readonly ThrottlingBurstLimit?: number; readonly ThrottlingRateLimit?: number };
  readonly AccessLogSettings?: { readonly DestinationArn?: string; readonly Format?: string };
};

export const stage: Deploy<StageProperties> = (properties, target) => {
  if (properties.AutoDeploy !== true) throw new TemplateUnsupported('only stages with AutoDeploy run here');
  const { ThrottlingBurstLimit: burst, ThrottlingRateLimit: rate } = properties.DefaultRouteSettings ?? {};
  const { DestinationArn = '', Format: format } = properties.AccessLogSettings ?? {};
  const group = /:log-group:([^:]+)/.exec(DestinationArn)?.[1];
  const made: Stage = {
    name: properties.StageName,
    ...(burst === undefined || rate === undefined ? {} : { throttle: { burst, rate } }),
    ...(group === undefined || format === undefined ? {} : { accessLog: { group, format } }),
  };
  apiOf(target, properties.ApiId).stage = made;
  return { ref: made.name, attributes: {} };
};

const apiOf = ({ cloud, account, region }: Target, id: string): HttpApi => {
  const found = apisOf(cloud, account, region).get(id);
  if (found === undefined) throw new TemplateUnsupported(`there is no API ${id}`);
  return found;
};
