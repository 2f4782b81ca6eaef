/** Reads a request's path and method as the real server does: which verb, on which resource, where. */
import { ApiError } from './status.ts';

export type RequestInfo = {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Absent for paths that are no resources, such as `/version` and discovery. */
  resource?: {
    /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
    verb: string;
    group: string;
    version: string;
    plural: string;
    subresource: string;
    /** Empty at the cluster's scope, and for all namespaces. */
    namespace: string;
    name: string;
  };
};

const VERBS: { readonly [method: string]: string } = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** @throws ApiError 405 for methods that Kubernetes doesn't know */
export const readRequest = (method: string, url: string): RequestInfo => {
  const { pathname, searchParams: query } = new URL(url, 'https://localhost');
  const path = decodeURIComponent(pathname);
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const plain: RequestInfo = { method, path, query };
  const [prefix, group = '', version = '', ...rest] = parts[0] === 'api' ? ['api', '', ...parts.slice(1)] : parts;
  if ((prefix !== 'api' && prefix !== 'apis') || version === '' || rest.length === 0) return plain;
  const place = locate(rest);
  const verb = VERBS[method];
  if (verb === undefined) throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method', {});
  return { ...plain, resource: { verb: refine(verb, place, query), group, version, ...place } };
};

type Place = { plural: string; subresource: string; namespace: string; name: string };

const locate = (parts: readonly string[]): Place => {
  // `namespaces/x/status` and `namespaces/x/finalize` are subresources of the namespace itself.
  const [first = '', namespace = '', third, fourth = '', ...rest] = parts;
  const inside = first === 'namespaces' && third !== undefined && third !== 'status' && third !== 'finalize';
  if (inside) return { plural: third, name: fourth, subresource: rest.join('/'), namespace };
  const [plural = '', name = '', ...below] = parts;
  // A namespace is in itself, so that a role there can speak of it.
  return { plural, name, subresource: below.join('/'), namespace: plural === 'namespaces' ? name : '' };
};

const refine = (verb: string, { name }: Place, query: URLSearchParams): string => {
  if (verb === 'delete' && name === '') return 'deletecollection';
  if (verb !== 'get') return verb;
  if (isTrue(query.get('watch'))) return 'watch';
  return name === '' ? 'list' : 'get';
};

/** As Go's ParseBool; an empty value counts as given. */
export const isTrue = (value: string | null): boolean =>
  value !== null && !['false', '0', 'f'].includes(value.toLowerCase());
