/** As whom the API is asked: PODID_TOKEN, else what `podid login` has kept for this address, renewed when it is about to end. */
import { EXIT } from './api-problem.ts';
import { type Kept, openCache } from './login-cache.ts';
import { Told } from './told.ts';

export type Tokens = {
  /** @throws Told when there is none */
  readonly current: () => Promise<string>;
  /** Another one than the current; undefined when there can't be one. */
  readonly renewed: () => Promise<string | undefined>;
  /** What a person does about a token that the API refuses. */
  readonly whenRefused: string;
};

/** Milliseconds before its end from which a token counts as ended: a call takes time, and clocks differ. */
const EARLY = 30_000;

export const openTokens = (api: string, env: NodeJS.ProcessEnv): Tokens =>
  env.PODID_TOKEN === undefined || env.PODID_TOKEN === '' ? keptTokens(api, env) : givenToken(env.PODID_TOKEN);

const givenToken = (token: string): Tokens => {
  // It becomes part of a header: a line break in it would be another header.
  if (!/^[\w.~+/=-]+$/.test(token)) {
    throw new Told('PODID_TOKEN is no token: it has characters that no token has.', EXIT.whoAreYou);
  }
  return {
    current: async () => token,
    renewed: async () => undefined,
    whenRefused:
      'The API refuses PODID_TOKEN: it has ended, or is not for this API. Get another, or unset it and run: podid login',
  };
};

const keptTokens = (api: string, env: NodeJS.ProcessEnv): Tokens => {
  const cache = openCache(env);
  const renew = async (old: Kept): Promise<string | undefined> => {
    // Only here: most commands don't talk to the issuer.
    const { refreshed } = await import('./login-device.ts');
    // Another command may have renewed it meanwhile: issuers take a refresh token once, and end the login at its second use.
    const next = await cache.change(api, async (present) =>
      present === undefined || present.accessToken !== old.accessToken ? present : refreshed(old),
    );
    return next?.accessToken;
  };
  return {
    current: async () => {
      const kept = cache.of(api);
      if (kept === undefined)
        throw new Told('You are not logged in: run podid login, or set PODID_TOKEN.', EXIT.whoAreYou);
      if (Date.parse(kept.endsAt) - EARLY > Date.now()) return kept.accessToken;
      const token = kept.refreshToken === undefined ? undefined : await renew(kept);
      if (token === undefined) throw new Told('Your login has ended: run podid login.', EXIT.whoAreYou);
      return token;
    },
    renewed: async () => {
      const kept = cache.of(api);
      return kept?.refreshToken === undefined ? undefined : renew(kept);
    },
    whenRefused: 'The API refuses your login: run podid login.',
  };
};
