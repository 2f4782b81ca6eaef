/** Discovery: which groups, versions and kinds there are, in the aggregated and in the older form. */
import { allKinds, apiVersionOf, type Kind, REVIEWS, SUBRESOURCE_KINDS } from './kinds.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

type Entry = Pick<
  Kind,
  'group' | 'version' | 'kind' | 'plural' | 'namespaced' | 'shortNames' | 'categories' | 'subresources'
>;
type Review = Omit<Entry, 'plural'> & { plural: string; verbs: readonly string[] };

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

const ENTRIES: readonly Review[] = [
  ...allKinds.map((kind) => ({ ...kind, verbs: VERBS })),
  ...REVIEWS.map((review) => ({
    ...review,
    namespaced: false,
    shortNames: [],
    categories: [],
    subresources: [],
    verbs: ['create'],
  })),
];

/** All group versions, core first. */
export const groupVersions: readonly string[] = [...new Set(ENTRIES.map(apiVersionOf))];

/** The answer to a discovery path, and its content type; undefined when the path is none. */
export const discover = (path: string, accept: string): { body: object; type?: string } | undefined => {
  const aggregated = accept.includes('as=APIGroupDiscoveryList') && accept.includes('v=v2');
  const here = path.replace(/\/$/, '');
  if (here === '/api' && aggregated) return { body: groupList(['']), type: AGGREGATED };
  if (here === '/apis' && aggregated)
    return { body: groupList(groups.filter((group) => group !== '')), type: AGGREGATED };
  if (here === '/api') return { body: { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] } };
  if (here === '/apis') {
    const named = groups.filter((group) => group !== '').map(groupOf);
    return { body: { kind: 'APIGroupList', apiVersion: 'v1', groups: named } };
  }
  const [, core, group = '', version] = /^\/(?:api\/(v1)|apis\/([^/]+)(?:\/([^/]+))?)$/.exec(here) ?? [];
  if (core !== undefined) return { body: resourceList('', core) };
  if (!groups.includes(group) || group === '') return undefined;
  if (version === undefined) return { body: { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) } };
  return versionsOf(group).includes(version) ? { body: resourceList(group, version) } : undefined;
};

const groups: readonly string[] = [...new Set(ENTRIES.map(({ group }) => group))];
const versionsOf = (group: string): string[] => [
  ...new Set(ENTRIES.filter((entry) => entry.group === group).map(({ version }) => version)),
];
const entriesOf = (group: string, version: string): Review[] =>
  ENTRIES.filter((entry) => entry.group === group && entry.version === version);

const groupOf = (group: string): object => {
  const versions = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
};

const subresourceVerbs = (name: string): string[] => {
  if (name === 'status' || name === 'scale' || name === 'resize' || name === 'ephemeralcontainers') {
    return ['get', 'patch', 'update'];
  }
  if (name === 'log') return ['get'];
  if (name === 'finalize') return ['update'];
  return name === 'eviction' || name === 'token' || name === 'binding' ? ['create'] : ['create', 'get'];
};

const resourceList = (group: string, version: string): object => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: apiVersionOf({ group, version }),
  resources: entriesOf(group, version).flatMap((entry) => [
    {
      name: entry.plural,
      singularName: entry.kind.toLowerCase(),
      namespaced: entry.namespaced,
      kind: entry.kind,
      verbs: entry.verbs,
      ...(entry.shortNames.length === 0 ? {} : { shortNames: entry.shortNames }),
      ...(entry.categories.length === 0 ? {} : { categories: entry.categories }),
    },
    ...entry.subresources.map((name) => ({
      name: `${entry.plural}/${name}`,
      singularName: '',
      namespaced: entry.namespaced,
      ...(SUBRESOURCE_KINDS[name] ?? { kind: entry.kind }),
      verbs: subresourceVerbs(name),
    })),
  ]),
});

const groupList = (names: readonly string[]): object => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: names.map((group) => ({
    metadata: group === '' ? {} : { name: group },
    versions: versionsOf(group).map((version) => ({
      version,
      freshness: 'Current',
      resources: entriesOf(group, version).map((entry) => ({
        resource: entry.plural,
        responseKind: { group, version, kind: entry.kind },
        scope: entry.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: entry.kind.toLowerCase(),
        verbs: entry.verbs,
        shortNames: entry.shortNames,
        categories: entry.categories,
        subresources: entry.subresources.map((name) => ({
          subresource: name,
          responseKind: SUBRESOURCE_KINDS[name] ?? { group, version, kind: entry.kind },
          verbs: subresourceVerbs(name),
        })),
      })),
    })),
  })),
});
