/** Where the API is, from the environment. */
import { Told } from './told.ts';

/**
 * PODID_API, without a slash at the end.
 * @throws Told when it isn't set, or a token would travel in the clear
 */
export const apiAddress = (env: NodeJS.ProcessEnv): string =>
  address(
    'PODID_API',
    env.PODID_API,
    'the address of the API, such as https://podid.example. On the local cloud: source .podid/env',
  );

/** @throws Told when the variable is no https address; http is for this machine only */
export const address = (variable: string, value: string | undefined, what: string): string => {
  if (value === undefined || value === '') throw new Told(`Set ${variable}: ${what}`);
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new Told(`${variable} is no address of the web: ${JSON.stringify(value)}. It is ${what}`);
  }
  if (url.protocol === 'http:' && !isLocal(url)) {
    throw new Told(
      `${variable} begins with http: tokens go there, so it has to be https (http is for this machine only).`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
};

/** On this machine, where nobody listens in. */
export const isLocal = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);

/** How long one call may take, in milliseconds: PODID_API_TIMEOUT in seconds; API Gateway itself gives up after 30. */
export const timeoutMillis = (env: NodeJS.ProcessEnv): number => {
  const text = env.PODID_API_TIMEOUT ?? '35';
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 600))
    throw new Told(`PODID_API_TIMEOUT is a number of seconds up to 600, not ${text}.`);
  return seconds * 1000;
};
