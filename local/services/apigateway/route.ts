/** Which route of an API a request takes, and what stands in its path. Pure. */
import type { HttpApi, Route } from './api.ts';

export type Taken = { readonly route: Route; readonly pathParameters: Readonly<Record<string, string>> };

/** The most specific route: a whole match before `{proxy+}`, a method before ANY, `$default` last (API Gateway guide, "Routing API requests"). */
export const routeOf = ({ routes }: HttpApi, method: string, path: string): Taken | undefined => {
  const matches = [...routes.values()].flatMap((route) => {
    const pathParameters = route.key === '$default' ? {} : match(route.key, method, path);
    return pathParameters === undefined ? [] : [{ route, pathParameters }];
  });
  return matches.sort((a, b) => rank(a.route.key) - rank(b.route.key))[0];
};

const match = (key: string, method: string, path: string): Record<string, string> | undefined => {
  const [verb = '', pattern = ''] = key.split(' ');
  if (verb !== 'ANY' && verb !== method) return undefined;
  const wanted = pattern.split('/');
  const given = path.split('/');
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const variable = /^\{(.+?)(\+?)\}$/.exec(part);
    const value = variable?.[2] === '+' ? given.slice(index).join('/') : given[index];
    if (value === undefined || value === '') {
      if (part !== value) return undefined;
    } else if (variable === null ? part !== value : false) return undefined;
    if (variable?.[1] !== undefined && value !== undefined) found[variable[1]] = value;
    if (variable?.[2] === '+') return found;
  }
  return wanted.length === given.length ? found : undefined;
};

const rank = (key: string): number => {
  if (key === '$default') return 1000;
  return (key.includes('+}') ? 100 : 0) + (key.match(/\{/g)?.length ?? 0) * 2 + (key.startsWith('ANY ') ? 1 : 0);
};
