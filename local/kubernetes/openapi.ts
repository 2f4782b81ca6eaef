/** `/openapi/v3`: what kubectl asks before it applies, and for `kubectl explain`. */
import { createHash } from 'node:crypto';
import { groupVersions } from './discovery.ts';
import { allKinds, apiVersionOf, type Kind } from './kinds.ts';
import { componentOf, components, type Schema } from './schema.ts';

const documents = new Map<string, string>();

/** The index, or one group version's document, as JSON text; undefined when the path is none. */
export const openapi = (path: string): string | undefined => {
  const folder = path.replace(/^\/openapi\/v3\/?/, '');
  if (folder === '') {
    const paths = groupVersions.map((version) => {
      const key = version.includes('/') ? `apis/${version}` : `api/${version}`;
      return [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${hash(document(version))}` }];
    });
    return JSON.stringify({ paths: Object.fromEntries(paths) });
  }
  const version = folder.replace(/^apis?\//, '');
  return groupVersions.includes(version) ? document(version) : undefined;
};

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32).toUpperCase();

/** Made once a process: clusters of one process share it. */
const document = (version: string): string => {
  const known = documents.get(version);
  if (known !== undefined) return known;
  const kinds = allKinds.filter((kind) => apiVersionOf(kind) === version);
  const text = JSON.stringify({
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.34' },
    paths: Object.fromEntries(kinds.map((kind) => [pathOf(kind), operations(kind)])),
    components: { schemas: reachable(kinds.map((kind) => componentOf(kind)).filter((name) => name !== undefined)) },
  });
  documents.set(version, text);
  return text;
};

const pathOf = (kind: Kind): string => {
  const base = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  return `${base}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}/{name}`;
};

/** kubectl looks for these: a patch of the kind that takes `fieldValidation` and `dryRun`, and its body types. */
const operations = (kind: Kind): object => {
  const query = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
    in: 'query',
    name,
    schema: { type: 'string', uniqueItems: true },
  }));
  const marked = { 'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind } };
  const body = [
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/strategic-merge-patch+json',
  ];
  return {
    get: { 'x-kubernetes-action': 'get', ...marked, responses: {} },
    patch: {
      'x-kubernetes-action': 'patch',
      ...marked,
      parameters: query,
      requestBody: {
        content: Object.fromEntries(body.map((type) => [type, { schema: { type: 'object' } }])),
        required: true,
      },
      responses: {},
    },
  };
};

const reachable = (names: readonly string[]): { [name: string]: Schema } => {
  const all = components();
  const kept: { [name: string]: Schema } = {};
  const keep = (name: string): void => {
    const schema = all[name];
    if (schema === undefined || kept[name] !== undefined) return;
    kept[name] = schema;
    for (const [, reference = ''] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      keep(reference);
  };
  for (const name of names) keep(name);
  return kept;
};
