/** Tags of OpenID Connect providers. */
import type {
  ListOpenIDConnectProviderTagsCommandInput,
  Tag,
  TagOpenIDConnectProviderCommandInput,
  UntagOpenIDConnectProviderCommandInput,
} from '@aws-sdk/client-iam';
import type { Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { addTags, iamPage, requestTags, tagList } from './lookup.ts';
import { onProvider, providerOf } from './oidc-provider.ts';

export const TagOpenIDConnectProvider: Operation<TagOpenIDConnectProviderCommandInput, object> = {
  readOnly: false,
  asks: (input, call) => onProvider('iam:TagOpenIDConnectProvider', requestTags(input.Tags))(input, call),
  run: ({ OpenIDConnectProviderArn, Tags }, call) => {
    addTags(providerOf(call, OpenIDConnectProviderArn).tags, required(Tags));
    return {};
  },
};

export const UntagOpenIDConnectProvider: Operation<UntagOpenIDConnectProviderCommandInput, object> = {
  readOnly: false,
  asks: (input, call) =>
    onProvider('iam:UntagOpenIDConnectProvider', { 'aws:TagKeys': input.TagKeys ?? [] })(input, call),
  run: ({ OpenIDConnectProviderArn, TagKeys }, call) => {
    const { tags } = providerOf(call, OpenIDConnectProviderArn);
    for (const key of required(TagKeys)) tags.delete(key);
    return {};
  },
};

export const ListOpenIDConnectProviderTags: Operation<
  ListOpenIDConnectProviderTagsCommandInput,
  { Tags: Tag[]; IsTruncated: boolean }
> = {
  readOnly: true,
  asks: onProvider('iam:ListOpenIDConnectProviderTags'),
  run: ({ OpenIDConnectProviderArn, ...paging }, call) => {
    const page = iamPage(tagList(providerOf(call, OpenIDConnectProviderArn).tags), ({ Key }) => Key ?? '', paging);
    return { Tags: [...page.items], ...page.paging };
  },
};
