/** Tags of roles. */
import type { ListRoleTagsCommandInput, Tag, TagRoleCommandInput, UntagRoleCommandInput } from '@aws-sdk/client-iam';
import type { Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { addTags, iamPage, onRole, requestTags, roleNamed, tagList } from './lookup.ts';

export const TagRole: Operation<TagRoleCommandInput, object> = {
  readOnly: false,
  asks: (input, call) => onRole('iam:TagRole', () => requestTags(input.Tags))(input, call),
  run: ({ RoleName, Tags }, call) => {
    addTags(roleNamed(call, RoleName).tags, required(Tags));
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
