/** The OpenID provider as it is set up here: device flow for `podid login`, access tokens that are JWTs for the API. */
import { randomBytes } from 'node:crypto';
import type { JWK } from 'jose';
import { type Context, errors, interactionPolicy, Provider } from 'oidc-provider';
import { memory } from './memory.ts';
import { codePage, confirmPage, donePage, errorPage } from './pages.ts';
import { claimsOf, type Person } from './people.ts';

/** The command line's client. It is public: nothing that is on everybody's machine is a secret. */
export const CLIENT = 'podid-cli';

/** Seconds: of an access token got by logging in. It is renewed. */
const ACCESS_TOKEN_LASTS = 3600;
const DAY = 86_400;

export type ProviderSettings = {
  readonly issuer: string;
  /** What tokens are for; they are for that alone, so it needn't be asked for. */
  readonly audience: string;
  readonly teamsClaim: string;
  readonly people: readonly Person[];
  /** Private, RS256. */
  readonly key: JWK;
};

/** Where a person says who they are. */
export const LOGIN_PATH = '/login/';

export const makeProvider = ({ issuer, audience, teamsClaim, people, key }: ProviderSettings): Provider => {
  const claims = (id: string | undefined) => {
    const person = people.find((one) => one.id === id);
    return person === undefined ? undefined : claimsOf(person, teamsClaim);
  };
  return new Provider(issuer, {
    adapter: memory(Date.now),
    clients: [
      {
        client_id: CLIENT,
        client_name: 'podid',
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', teamsClaim], email: ['email'] },
    ttl: {
      AccessToken: ACCESS_TOKEN_LASTS,
      DeviceCode: 600,
      Grant: DAY,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: DAY,
      Session: DAY,
    },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true, ...DEVICE_PAGES },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => audience,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_, resource) => {
          if (resource !== audience) throw new errors.InvalidTarget();
          return {
            audience,
            scope: '',
            accessTokenFormat: 'jwt',
            accessTokenTTL: ACCESS_TOKEN_LASTS,
            jwt: { sign: { alg: 'RS256' } },
          };
        },
      },
    },
    interactions: { policy: askEachTime(), url: (_, { uid }) => `${LOGIN_PATH}${uid}` },
    renderError: async (context, { error_description: description, error = '' }) =>
      show(context, errorPage(description ?? error)),
    findAccount: async (_, id) => {
      const own = claims(id);
      return own === undefined ? undefined : { accountId: id, claims: async () => ({ sub: id, ...own }) };
    },
    extraTokenClaims: async (_, { accountId }) => claims(accountId),
    loadExistingGrant: consented,
    issueRefreshToken: async () => true,
  });
};

const show = (context: Context, html: string): void => {
  context.type = 'html';
  context.body = html;
};

const DEVICE_PAGES = {
  userCodeInputSource: async (context: Context, form: string, _: unknown, error?: Error) =>
    show(context, codePage(form, error !== undefined)),
  userCodeConfirmSource: async (context: Context, form: string, _: unknown, _device: unknown, code: string) =>
    show(context, confirmPage(form, code)),
  successSource: async (context: Context) => show(context, donePage()),
};

/** Who is at the browser is asked at each login: on one machine one person plays them all. */
const askEachTime = (): unknown => {
  const policy = interactionPolicy.base();
  const nobodySaid = (context: Context) => context.oidc.result?.login === undefined;
  policy.get('login').checks.add(new interactionPolicy.Check('each_time', 'Who it is is asked each time', nobodySaid));
  return policy;
};

/** Our own client may have what it asks for: nobody is asked. */
const consented = async ({ oidc }: Context) => {
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope('openid profile email offline_access');
  await grant.save();
  return grant;
};
