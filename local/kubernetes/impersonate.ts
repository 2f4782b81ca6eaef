/** `--as` and `--as-group`: a request in somebody else's name, for those who may. */
import type { IncomingHttpHeaders } from 'node:http';
import type { UserInfo } from './contract.ts';
import { authorize } from './rbac.ts';
import { forbidden } from './status.ts';
import type { Store } from './store.ts';

/** The user that the request is for. @throws ApiError 403 when the caller may not impersonate */
export const impersonate = (store: Store, caller: UserInfo, headers: IncomingHttpHeaders): UserInfo => {
  const username = headers['impersonate-user'];
  if (typeof username !== 'string') return caller;
  const groups = String(headers['impersonate-group'] ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  const [, namespace = '', name = username] = account ?? [];
  check(store, caller, account === null ? 'users' : 'serviceaccounts', name, namespace);
  for (const group of groups) check(store, caller, 'groups', group, '');
  const own = account === null ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  return { username, groups: [...new Set([...groups, ...own, 'system:authenticated'])] };
};

const check = (store: Store, user: UserInfo, resource: string, name: string, namespace: string): void => {
  const attributes = { verb: 'impersonate', group: '', resource, subresource: '', name, namespace };
  if (authorize(store, user, attributes).allowed) return;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const why = `User "${user.username}" cannot impersonate resource "${resource}" in API group "" ${where}`;
  throw forbidden({ group: '', plural: resource }, name, why);
};
