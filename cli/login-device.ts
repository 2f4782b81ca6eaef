/** Logging in without a browser of our own: the device flow (RFC 8628), and renewing what it gave. */
import * as client from 'openid-client';
import { EXIT } from './api-problem.ts';
import { isLocal } from './api-settings.ts';
import type { Kept } from './login-cache.ts';
import { Told } from './told.ts';

export type Place = Pick<Kept, 'issuer' | 'clientId' | 'audience'>;

/** `offline_access` is what a refresh token is asked for with (OpenID Connect Core, 11). */
const SCOPE = 'openid profile email offline_access';

/**
 * Asks the issuer for a code, has the person shown it, and waits until they have used it.
 * @throws Told when they refuse, take too long, or the issuer has no device flow
 */
export const loggedIn = (place: Place, show: (where: string, code: string) => void): Promise<Kept> =>
  told(place, async () => {
    const issuer = await discovered(place);
    if (issuer.serverMetadata().device_authorization_endpoint === undefined) {
      throw new Told(`${place.issuer} has no device flow: get a token another way, and set PODID_TOKEN.`);
    }
    const resource = resourceOf(place);
    const asked = await client.initiateDeviceAuthorization(issuer, { scope: SCOPE, ...resource });
    show(asked.verification_uri_complete ?? asked.verification_uri, asked.user_code);
    return keptOf(place, await client.pollDeviceAuthorizationGrant(issuer, asked, resource));
  });

/** @throws Told when the login has ended */
export const refreshed = (kept: Kept): Promise<Kept> =>
  told(kept, async () => {
    const { refreshToken = '' } = kept;
    const tokens = await client.refreshTokenGrant(await discovered(kept), refreshToken, resourceOf(kept));
    // An issuer that doesn't rotate it sends none: the one from before stays good.
    return keptOf(kept, { ...tokens, refresh_token: tokens.refresh_token ?? refreshToken });
  });

const discovered = async ({ issuer, clientId }: Place): Promise<client.Configuration> => {
  const url = new URL(issuer);
  // http is allowed for this machine only: `address` has seen to it.
  const execute = isLocal(url) ? [client.allowInsecureRequests] : [];
  // A public client: nothing that is installed on everybody's machine is a secret.
  return client.discovery(url, clientId, undefined, client.None(), { execute, timeout: 10 });
};

/** RFC 8707: for which API the token is to be; issuers without it use the client's own setting. */
const resourceOf = ({ audience }: Place): Record<string, string> =>
  audience === undefined ? {} : { resource: audience, audience };

type Granted = { readonly access_token: string; readonly refresh_token?: string; readonly expires_in?: number };

const keptOf = ({ issuer, clientId, audience }: Place, granted: Granted): Kept => ({
  issuer,
  clientId,
  ...(audience !== undefined && { audience }),
  accessToken: granted.access_token,
  ...(granted.refresh_token !== undefined && { refreshToken: granted.refresh_token }),
  // An issuer need not say (RFC 6749, 5.1): five minutes is what most give at least, and a refused token is renewed anyway.
  endsAt: new Date(Date.now() + (granted.expires_in ?? 300) * 1000).toISOString(),
});

const SAID: Readonly<Record<string, string>> = {
  access_denied: 'The login was refused.',
  expired_token: 'Nobody used the code in time: run podid login again.',
  invalid_grant: 'Your login has ended: run podid login.',
  invalid_client: "The issuer doesn't know this client: set PODID_CLIENT_ID to the one that is registered for podid.",
};

const told = async <Result>({ issuer }: Place, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof Told) throw error;
    if (error instanceof client.ResponseBodyError) {
      const more = error.error_description === undefined ? error.error : `${error.error}: ${error.error_description}`;
      throw new Told(SAID[error.error] ?? `The issuer ${issuer} answers ${more}.`, EXIT.whoAreYou);
    }
    const cause = error.cause instanceof Error ? error.cause : error;
    throw new Told(
      `The issuer at ${issuer} can't be asked: ${cause.message || error.message}. Is PODID_ISSUER right?`,
      EXIT.later,
    );
  }
};
