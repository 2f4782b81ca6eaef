/** Tags of clusters, associations and access entries, by their ARNs. */
import type {
  ListTagsForResourceCommandInput,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-eks';
import type { Ask, Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { invalid, notFound, requestTags, resourceTags, type Tagged, tagMap } from './lookup.ts';
import { clustersOf } from './state.ts';

export const TagResource: Operation<TagResourceCommandInput, object> = {
  readOnly: false,
  asks: ({ resourceArn, tags }, call) => [ask('eks:TagResource', resourceArn, call, requestTags(tags))],
  run: ({ resourceArn, tags }, call) => {
    const { tags: present } = resourceOf(call, required(resourceArn));
    const added = tagMap(required(tags));
    if (new Set([...present.keys(), ...added.keys()]).size > 50) throw invalid('Too many tags: the maximum is 50.');
    for (const [key, value] of added) present.set(key, value);
    return {};
  },
};

export const UntagResource: Operation<UntagResourceCommandInput, object> = {
  readOnly: false,
  asks: ({ resourceArn, tagKeys }, call) => [
    ask('eks:UntagResource', resourceArn, call, tagKeys === undefined ? {} : { 'aws:TagKeys': tagKeys }),
  ],
  run: ({ resourceArn, tagKeys }, call) => {
    const { tags } = resourceOf(call, required(resourceArn));
    for (const key of required(tagKeys)) tags.delete(key);
    return {};
  },
};

export const ListTagsForResource: Operation<ListTagsForResourceCommandInput, { tags: Record<string, string> }> = {
  readOnly: true,
  asks: ({ resourceArn }, call) => [ask('eks:ListTagsForResource', resourceArn, call)],
  run: ({ resourceArn }, call) => ({ tags: Object.fromEntries(resourceOf(call, required(resourceArn)).tags) }),
};

const ask = (action: string, arn: string | undefined, call: Call, more: Ask['context'] = {}): Ask => ({
  action,
  resource: required(arn),
  context: { ...resourceTags(find(call, required(arn))?.tags), ...more },
});

const resourceOf = (call: Call, arn: string): Tagged => {
  const found = find(call, arn);
  if (found === undefined) throw notFound(`The specified resource ${arn} could not be found.`);
  return found;
};

const find = (call: Call, arn: string): Tagged | undefined => {
  const clusters = [...clustersOf(call.cloud, call.account, call.region).values()];
  return clusters
    .flatMap((cluster): Tagged[] => [cluster, ...cluster.associations.values(), ...cluster.accessEntries.values()])
    .find((resource) => resource.arn === arn);
};
