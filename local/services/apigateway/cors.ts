/** CORS as the gateway does it: it answers preflights by itself, and adds its headers to what the function answers. Pure. */
import type { WireAnswer, WireRequest } from '../../wire/message.ts';
import type { Cors } from './api.ts';

/** The answer to a preflight, before routes and authorizers; undefined for any other request. */
export const preflight = (cors: Cors | undefined, { method, headers }: WireRequest): WireAnswer | undefined => {
  if (cors === undefined || method !== 'OPTIONS') return undefined;
  if (headers.origin === undefined || headers['access-control-request-method'] === undefined) return undefined;
  const allowed = originHeaders(cors, headers.origin);
  const more = {
    'access-control-allow-methods': cors.methods.join(','),
    'access-control-allow-headers': cors.headers.join(','),
    ...(cors.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(cors.maxAgeSeconds) }),
  };
  return { status: 204, headers: allowed === undefined ? {} : { ...allowed, ...more }, body: new Uint8Array() };
};

/** The answer with the headers that let a page of another origin read it. */
export const withCors = (answer: WireAnswer, cors: Cors | undefined, origin: string | undefined): WireAnswer => {
  const allowed = cors === undefined || origin === undefined ? undefined : originHeaders(cors, origin);
  if (cors === undefined || allowed === undefined) return answer;
  const exposed = cors.exposed.length === 0 ? {} : { 'access-control-expose-headers': cors.exposed.join(',') };
  return { ...answer, headers: { ...answer.headers, ...allowed, ...exposed } };
};

const originHeaders = ({ origins }: Cors, origin: string): Record<string, string> | undefined => {
  if (origins.includes('*')) return { 'access-control-allow-origin': '*' };
  return origins.includes(origin) ? { 'access-control-allow-origin': origin, vary: 'origin' } : undefined;
};
