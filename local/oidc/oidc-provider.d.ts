/** oidc-provider has no types of its own: what is used of it here. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  type Scoped = { addOIDCScope(scopes: string): void; save(): Promise<string> };

  export type Context = {
    type: string;
    body: string;
    readonly oidc: {
      readonly provider: Provider;
      readonly client: { readonly clientId: string };
      readonly session: { readonly accountId: string };
      readonly result?: { readonly login?: object };
    };
  };

  type ResourceServer = {
    readonly audience: string;
    readonly scope: string;
    readonly accessTokenFormat: 'jwt';
    /** Seconds. */
    readonly accessTokenTTL: number;
    readonly jwt: { readonly sign: { readonly alg: string } };
  };

  type Account = { readonly accountId: string; readonly claims: () => Promise<Record<string, unknown>> };

  /** What is kept of a code, a session, a token. */
  export type Stored = {
    readonly uid?: string;
    readonly userCode?: string;
    readonly grantId?: string;
    consumed?: number;
  };

  export type Adapter = {
    readonly upsert: (id: string, stored: Stored, seconds?: number) => Promise<void>;
    readonly find: (id: string) => Promise<Stored | undefined>;
    readonly findByUid: (uid: string) => Promise<Stored | undefined>;
    readonly findByUserCode: (userCode: string) => Promise<Stored | undefined>;
    readonly consume: (id: string) => Promise<void>;
    readonly destroy: (id: string) => Promise<void>;
    readonly revokeByGrantId: (grantId: string) => Promise<void>;
  };

  export type Configuration = {
    readonly adapter: (kind: string) => Adapter;
    readonly clients: readonly Readonly<Record<string, unknown>>[];
    readonly jwks: { readonly keys: readonly object[] };
    readonly cookies: { readonly keys: readonly string[] };
    readonly claims: Readonly<Record<string, readonly string[]>>;
    /** Seconds. */
    readonly ttl: Readonly<Record<string, number>>;
    readonly features: {
      readonly devInteractions: { readonly enabled: false };
      readonly deviceFlow: {
        readonly enabled: true;
        readonly userCodeInputSource: (context: Context, form: string, out: unknown, error?: Error) => Promise<void>;
        readonly userCodeConfirmSource: (
          context: Context,
          form: string,
          client: unknown,
          device: unknown,
          code: string,
        ) => Promise<void>;
        readonly successSource: (context: Context) => Promise<void>;
      };
      readonly resourceIndicators: {
        readonly enabled: true;
        readonly defaultResource: () => Promise<string>;
        readonly useGrantedResource: () => Promise<boolean>;
        readonly getResourceServerInfo: (context: Context, resource: string) => Promise<ResourceServer>;
      };
    };
    readonly interactions: {
      readonly policy: unknown;
      readonly url: (context: Context, interaction: { readonly uid: string }) => string;
    };
    readonly renderError: (context: Context, out: Readonly<Record<string, string>>, error: Error) => Promise<void>;
    readonly findAccount: (context: unknown, id: string) => Promise<Account | undefined>;
    readonly extraTokenClaims: (
      context: unknown,
      token: { readonly accountId?: string },
    ) => Promise<Record<string, unknown> | undefined>;
    readonly loadExistingGrant: (context: Context) => Promise<Scoped>;
    readonly issueRefreshToken: (context: Context, client: unknown) => Promise<boolean>;
  };

  export class Provider {
    constructor(issuer: string, configuration: Configuration);
    readonly Grant: new (of: {
      readonly clientId: string;
      readonly accountId: string;
    }) => Scoped;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: { readonly login: { readonly accountId: string }; readonly consent: object },
    ): Promise<void>;
  }

  export namespace interactionPolicy {
    /** Asks for its prompt when `check` is true. */
    class Check {
      constructor(reason: string, description: string, check: (context: Context) => boolean);
    }
    function base(): { get(prompt: string): { readonly checks: { add(check: Check): void } } };
  }
  export namespace errors {
    class InvalidTarget extends Error {}
  }
}
