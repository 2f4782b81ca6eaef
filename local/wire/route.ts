/** Which REST operation a method and path belong to, and the labels in it. */
import type { WireRequest } from './message.ts';
import { type OperationSchema, restOperations } from './schema.ts';

export type Route = { readonly operation: OperationSchema; readonly labels: ReadonlyMap<string, string> };

/** The operation whose template fits best: literal segments win over labels, a static query over none. */
export const matchRoute = (
  schemas: Readonly<Record<string, unknown>>,
  request: Pick<WireRequest, 'method' | 'path' | 'query'>,
): Route | undefined => {
  let best: { route: Route; literals: number } | undefined;
  for (const operation of restOperations(schemas)) {
    const labels = labelsOf(operation, request);
    if (labels === undefined) continue;
    const literals = operation.http?.path.split(/[/?&]/).filter((part) => !part.startsWith('{')).length ?? 0;
    if (best === undefined || literals > best.literals) best = { route: { operation, labels }, literals };
  }
  return best?.route;
};

/** The labels that a request's path gives an operation's template; undefined when it doesn't fit. */
export const labelsOf = (
  { http }: OperationSchema,
  request: Pick<WireRequest, 'method' | 'path' | 'query'>,
): ReadonlyMap<string, string> | undefined => {
  if (http === undefined || http.method !== request.method) return undefined;
  const [template = '', staticQuery = ''] = http.path.split('?');
  for (const [key, value] of new URLSearchParams(staticQuery)) {
    if (!request.query.has(key) || (value !== '' && request.query.get(key) !== value)) return undefined;
  }
  const labels = new Map<string, string>();
  const wanted = segments(template);
  const given = segments(request.path);
  for (const [index, segment] of wanted.entries()) {
    const label = /^\{([^}+]+)(\+?)\}$/.exec(segment);
    if (label === null) {
      if (given[index] !== segment) return undefined;
    } else if (label[2] === '+') {
      labels.set(label[1] ?? '', given.slice(index).map(decode).join('/'));
      return given.length > index ? labels : undefined;
    } else {
      const text = given[index];
      if (text === undefined || text === '') return undefined;
      labels.set(label[1] ?? '', decode(text));
    }
  }
  return given.length === wanted.length ? labels : undefined;
};

// A trailing slash means nothing: the model's templates have one here and there.
const segments = (path: string): string[] => path.replace(/^\//, '').replace(/\/$/, '').split('/');

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
