/** Tags of roles. */
import type { ListRoleTagsCommandInput, Tag, TagRoleCommandInput, UntagRoleCommandInput } from '@aws-sdk/client-iam';
import type { Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { iamPage, limitExceeded, onRole, requestTags, roleNamed, tagList, tagMap } from './lookup.ts';

export const TagRole: Operation<TagRoleCommandInput, object> = {
  readOnly: false,
  asks: (input, call) => onRole('iam:TagRole', () => requestTags(input.Tags))(input, call),
  run: ({ RoleName, Tags }, call) => {
    const role = roleNamed(call, RoleName);
    const added = tagMap(required(Tags));
    if (new Set([...role.tags.keys(), ...added.keys()]).size > 50) {
      throw limitExceeded('The number of tags has exceeded the maximum allowed: 50.');
    }
    for (const [key, value] of added) role.tags.set(key, value);
    return {};
  },
};

export const UntagRole: Operation<UntagRoleCommandInput, object> = {
  readOnly: false,
  asks: (input, call) => onRole('iam:UntagRole', () => ({ 'aws:TagKeys': input.TagKeys ?? [] }))(input, call),
  run: ({ RoleName, TagKeys }, call) => {
    const role = roleNamed(call, RoleName);
    for (const key of required(TagKeys)) role.tags.delete(key);
    return {};
  },
};

export const ListRoleTags: Operation<ListRoleTagsCommandInput, { Tags: Tag[]; IsTruncated: boolean }> = {
  readOnly: true,
  asks: onRole('iam:ListRoleTags'),
  run: ({ RoleName, ...paging }, call) => {
    const page = iamPage(tagList(roleNamed(call, RoleName).tags), ({ Key }) => Key ?? '', paging);
    return { Tags: [...page.items], ...page.paging };
  },
};
