/** What every EKS operation needs: the thing that a name means, what must be allowed on it, and EKS's errors and paging. */
import {
  InvalidParameterException,
  InvalidRequestException,
  ResourceInUseException,
  ResourceLimitExceededException,
  ResourceNotFoundException,
} from '@aws-sdk/client-eks';
import type { Ask, Call } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { type Page, pageOf } from '../page.ts';
import { type AccessEntry, type Association, type Cluster, clusterArnOf, clustersOf } from './state.ts';

/** @throws ResourceNotFoundException */
export const clusterNamed = (call: Call, name: string | undefined): Cluster => {
  const cluster = clustersOf(call.cloud, call.account, call.region).get(required(name));
  if (cluster === undefined) throw notFound(`No cluster found for name: ${name}.`);
  return cluster;
};

/** @throws ResourceNotFoundException */
export const associationNamed = (cluster: Cluster, id: string | undefined): Association => {
  const association = cluster.associations.get(required(id));
  if (association === undefined) {
    throw notFound(`The specified association: ${id} could not be found for cluster: ${cluster.name}.`);
  }
  return association;
};

/** Asks for an action on a cluster by its name. */
export const onCluster =
  (action: string, more: Ask['context'] = {}) =>
  (name: string | undefined, call: Call): Ask => ({
    action,
    resource: clusterArnOf(call, name),
    context: { ...resourceTags(clustersOf(call.cloud, call.account, call.region).get(name ?? '')?.tags), ...more },
  });

export const resourceTags = (tags: ReadonlyMap<string, string> | undefined): Record<string, string> =>
  Object.fromEntries([...(tags ?? [])].map(([key, value]) => [`aws:ResourceTag/${key}`, value]));

export const requestTags = (tags: Readonly<Record<string, string>> | undefined): Record<string, string | string[]> => {
  const keys = Object.keys(tags ?? {});
  const context = Object.fromEntries(
    Object.entries(tags ?? {}).map(([key, value]) => [`aws:RequestTag/${key}`, value]),
  );
  return keys.length === 0 ? {} : { ...context, 'aws:TagKeys': keys };
};

/** @throws InvalidParameterException for more than 50 tags, or reserved keys */
export const tagMap = (tags: Readonly<Record<string, string>> | undefined): Map<string, string> => {
  const map = new Map(Object.entries(tags ?? {}));
  if (map.size > 50) throw invalid('Too many tags: the maximum is 50.');
  for (const [key, value] of map) {
    if (/^aws:/i.test(key)) throw invalid(`The tag key ${key} is reserved: keys must not begin with aws:.`);
    if (key === '' || key.length > 128 || value.length > 256) throw invalid(`The tag ${key} is too long or empty.`);
  }
  return map;
};

/** `maxResults` 1 to 100, 100 when absent. @throws InvalidParameterException */
export const eksPage = <T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  {
    maxResults = 100,
    nextToken,
  }: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined },
): Page<T> & { readonly paging: { nextToken?: string } } => {
  if (maxResults < 1 || maxResults > 100) throw invalid(`maxResults must be between 1 and 100, not ${maxResults}.`);
  const page = pageOf(items, keyOf, maxResults, nextToken);
  if (page === undefined) throw invalid('Invalid nextToken.');
  return { ...page, paging: page.next === undefined ? {} : { nextToken: page.next } };
};

export const notFound = (message: string) => new ResourceNotFoundException({ message, $metadata: {} });
export const invalid = (message: string) => new InvalidParameterException({ message, $metadata: {} });
export const badRequest = (message: string) => new InvalidRequestException({ message, $metadata: {} });
export const inUse = (message: string) => new ResourceInUseException({ message, $metadata: {} });
export const limitExceeded = (message: string) => new ResourceLimitExceededException({ message, $metadata: {} });

/** Anything of EKS that bears tags. */
export type Tagged = Cluster | Association | AccessEntry;
