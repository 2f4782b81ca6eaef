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
import { type Association, type Cluster, clusterArnOf, clustersOf } from './state.ts';

/** @throws ResourceNotFoundException */
export const clusterNamed = (call: Call, name: string | undefined): Cluster => {
  const cluster = clustersOf(call.cloud, call.account, call.region).get(required(name));
  if (cluster === undefined) throw notFound(`No cluster found for name: ${name}.`, { clusterName: required(name) });
  return cluster;
};

/** @throws ResourceNotFoundException; InvalidParameterException for what can't be an id (EKS's words, aws-samples/eks-workshop-v2 issue 882) */
export const associationNamed = (cluster: Cluster, id: string | undefined): Association => {
  const association = cluster.associations.get(required(id));
  if (association !== undefined) return association;
  if (required(id).length !== 19) throw invalid('The parameter associationId should be 19 characters long.');
  throw notFound(`The specified association: ${id} could not be found for cluster: ${cluster.name}.`, {
    clusterName: cluster.name,
  });
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

/** @throws InvalidParameterException for more than 50 tags, reserved keys, or sizes out of bounds */
export const tagMap = (tags: Readonly<Record<string, string>> | undefined): Map<string, string> => {
  const problem = tagProblem(tags ?? {});
  if (problem !== undefined) throw invalid(problem);
  return new Map(Object.entries(tags ?? {}));
};

/** What is wrong with tags: "Tag restrictions" of the EKS guide. */
export const tagProblem = (tags: Readonly<Record<string, string>>): string | undefined => {
  if (Object.keys(tags).length > 50) return 'Too many tags: the maximum is 50.';
  for (const [key, value] of Object.entries(tags)) {
    if (/^aws:/i.test(key)) return `The tag key ${key} is reserved: keys must not begin with aws:.`;
    if (key === '' || key.length > 128) return `The tag key '${key}' must have between 1 and 128 characters.`;
    if (value.length > 256) return `The value of the tag ${key} must not have more than 256 characters.`;
  }
  return undefined;
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

/** What an exception tells besides its message; `aws` shows it. */
type Details = { readonly clusterName?: string; readonly addonName?: string };

export const notFound = (message: string, details: Details = {}) =>
  new ResourceNotFoundException({ message, ...details, $metadata: {} });
export const invalid = (message: string, details: Details = {}) =>
  new InvalidParameterException({ message, ...details, $metadata: {} });
export const badRequest = (message: string, details: Details = {}) =>
  new InvalidRequestException({ message, ...details, $metadata: {} });
export const inUse = (message: string, details: Details = {}) =>
  new ResourceInUseException({ message, ...details, $metadata: {} });
export const limitExceeded = (message: string) => new ResourceLimitExceededException({ message, $metadata: {} });
