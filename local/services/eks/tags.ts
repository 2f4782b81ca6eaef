/** Tags of clusters, associations, access entries, add-ons and Fargate profiles, by their ARNs. */
import {
  BadRequestException,
  type ListTagsForResourceCommandInput,
  NotFoundException,
  type TagResourceCommandInput,
  type UntagResourceCommandInput,
} from '@aws-sdk/client-eks';
import { parseArn } from '../../../functions/partition.ts';
import type { Ask, Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { requestTags, resourceTags, tagProblem } from './lookup.ts';
import {
  type AccessEntry,
  type Addon,
  type Association,
  type Cluster,
  clustersOf,
  type FargateProfile,
} from './state.ts';

export const TagResource: Operation<TagResourceCommandInput, object> = {
  readOnly: false,
  asks: ({ resourceArn, tags }, call) => [ask('eks:TagResource', resourceArn, call, requestTags(tags))],
  run: ({ resourceArn, tags }, call) => {
    const present = tagsOf(call, required(resourceArn));
    const added = required(tags);
    const problem = tagProblem({ ...Object.fromEntries(present), ...added });
    if (problem !== undefined) throw badRequest(problem);
    for (const [key, value] of Object.entries(added)) present.set(key, value);
    return {};
  },
};

export const UntagResource: Operation<UntagResourceCommandInput, object> = {
  readOnly: false,
  asks: ({ resourceArn, tagKeys }, call) => [
    ask('eks:UntagResource', resourceArn, call, tagKeys === undefined ? {} : { 'aws:TagKeys': tagKeys }),
  ],
  run: ({ resourceArn, tagKeys }, call) => {
    const tags = tagsOf(call, required(resourceArn));
    for (const key of required(tagKeys)) tags.delete(key);
    return {};
  },
};

export const ListTagsForResource: Operation<ListTagsForResourceCommandInput, { tags: Record<string, string> }> = {
  readOnly: true,
  asks: ({ resourceArn }, call) => [ask('eks:ListTagsForResource', resourceArn, call)],
  run: ({ resourceArn }, call) => ({ tags: Object.fromEntries(tagsOf(call, required(resourceArn))) }),
};

const ask = (action: string, arn: string | undefined, call: Call, more: Ask['context'] = {}): Ask => ({
  action,
  resource: required(arn),
  context: { ...resourceTags(find(call, required(arn))), ...more },
});

/** The tag calls have exceptions of their own. @throws BadRequestException, NotFoundException */
const tagsOf = (call: Call, arn: string): Map<string, string> => {
  if (parseArn(arn)?.service !== 'eks') throw badRequest(`${arn} is not an ARN of Amazon EKS.`);
  const found = find(call, arn);
  if (found !== undefined) return found;
  throw new NotFoundException({ message: `The specified resource ${arn} could not be found.`, $metadata: {} });
};

const badRequest = (message: string) => new BadRequestException({ message, $metadata: {} });

const find = (call: Call, arn: string): Map<string, string> | undefined => {
  const [kind, clusterName = '', id = ''] = (parseArn(arn)?.resource ?? '').split('/');
  const cluster = clustersOf(call.cloud, call.account, call.region).get(clusterName);
  if (cluster === undefined) return undefined;
  const found = tagged(cluster, kind, id, arn);
  return found?.arn === arn ? found.tags : undefined;
};

const tagged = (
  cluster: Cluster,
  kind: string | undefined,
  id: string,
  arn: string,
): Cluster | Association | AccessEntry | Addon | FargateProfile | undefined => {
  if (kind === 'cluster') return cluster;
  if (kind === 'podidentityassociation') return cluster.associations.get(id);
  if (kind === 'addon') return cluster.addons.get(id);
  if (kind === 'fargateprofile') return cluster.fargateProfiles.get(id);
  // Its ARN has the principal's path in it, whose length varies.
  if (kind === 'access-entry') return [...cluster.accessEntries.values()].find((entry) => entry.arn === arn);
  return undefined;
};
