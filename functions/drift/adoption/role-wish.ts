/** A wish with one policy of a role that podid made for it as somebody has set it. Pure. */
import { type GrantWish, isManaged, type Permissions, roleNameFor, sourceAccountsOf } from '../../grants/index.ts';
import { INLINE_POLICY, TEMPLATE_POLICY, targetsPolicy } from '../../grants/names.ts';
import { textOf } from '../../grants/wish.ts';
import { parseArn } from '../../partition.ts';
import { kindOf, nameOf } from '../facets/index.ts';
import { documentOf } from './document.ts';
import { joinedInline } from './inline.ts';
import { type Keeping, type OrRefused, refused } from './keeping.ts';

/** Which of a grant's roles one is: its permissions stand there in the wish. */
export type RolePart =
  | { readonly as: 'source' }
  | { readonly as: 'target'; readonly index: number }
  /** Its owner's, who has let the grant use it. */
  | { readonly as: 'existing' };

/** Undefined: the wish has no such role. By names alone, which stay the same from version to version. */
export const partFor = (grantId: string, wish: GrantWish, roleArn: string): RolePart | undefined => {
  const { source, targets, namespace, serviceAccount } = wish;
  if (source.role === roleArn || targets.some(({ role }) => role === roleArn)) return { as: 'existing' };
  const account = parseArn(roleArn)?.account ?? '';
  const name = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  const isNamed = (as: 'source' | 'target'): boolean =>
    roleNameFor({ grantId, as, namespace, serviceAccount }) === name;
  if (isManaged(source.role) && sourceAccountsOf(wish).includes(account) && isNamed('source')) return { as: 'source' };
  const index = targets.findIndex((each) => isManaged(each.role) && each.account === account);
  return index >= 0 && isNamed('target') ? { as: 'target', index } : undefined;
};

/** The text of the grant's own inline policy on a role; undefined where it has none. */
export const ownInline = (grantId: string, wish: GrantWish, roleArn: string): string | undefined => {
  const part = partFor(grantId, wish, roleArn);
  const inline = (part?.as === 'target' ? wish.targets[part.index] : wish.source)?.permissions?.inline;
  return inline === undefined ? undefined : textOf(inline);
};

/** What the API still judges: whether the grant may have such a policy at all. */
export const withRole = (
  grantId: string,
  wish: GrantWish,
  part: RolePart,
  keeping: Keeping,
): OrRefused<{ readonly wish: GrantWish }> => {
  if (part.as === 'existing') {
    return refused(
      'The role is its owner’s, and so is what it may do. Where that was accepted with a baseline, accept it again: podid adopt propose.',
    );
  }
  if (part.as === 'source') {
    const accounts = sourceAccountsOf(wish);
    if (accounts.length > 1) {
      return refused(
        `The grant has such a role in accounts ${accounts.join(', ')}, and says it for all of them: ask for a grant of its own (podid request).`,
      );
    }
    const permissions = permissionsWith(grantId, wish.source.permissions, keeping);
    return 'refused' in permissions ? permissions : { wish: { ...wish, source: { ...wish.source, permissions } } };
  }
  const target = wish.targets[part.index];
  if (target === undefined) return refused('The grant has no such target.');
  const permissions = permissionsWith(grantId, target.permissions, keeping);
  if ('refused' in permissions) return permissions;
  return { wish: { ...wish, targets: wish.targets.with(part.index, { ...target, permissions }) } };
};

const permissionsWith = (
  grantId: string,
  { managedPolicyArns, ...others }: Permissions = { managedPolicyArns: [] },
  { facet, is }: Keeping,
): OrRefused<Permissions> => {
  const name = nameOf(facet);
  if (kindOf(facet) === 'attached') {
    const rest = managedPolicyArns.filter((arn) => arn !== name);
    return { ...others, managedPolicyArns: is === null ? rest : [...rest, name] };
  }
  if (name === targetsPolicy(grantId)) {
    return refused(
      'It is the permission to get the grant’s targets, and follows from them: ask for a change of these (podid request --change).',
    );
  }
  const { inline, template, ...bare } = { ...others, managedPolicyArns };
  if (name === TEMPLATE_POLICY) {
    return is === null
      ? { ...bare, ...(inline !== undefined && { inline }) }
      : refused(
          'It comes from a template, and follows from its parameters: podid request --change ID --param NAME=VALUE',
        );
  }
  const policy = inlineWith(inline === undefined ? undefined : textOf(inline), name, is);
  if ('refused' in policy) return policy;
  return { ...bare, ...(template !== undefined && { template }), ...policy };
};

/** A policy of another name becomes part of the grant's own, and goes by its name when the version is carried out. */
const inlineWith = (
  own: string | undefined,
  name: string,
  is: string | null,
): OrRefused<Pick<Permissions, 'inline'>> => {
  if (is === null) return {};
  if (name !== INLINE_POLICY) {
    const inline = joinedInline(own, is);
    return inline === undefined
      ? refused(
          'It can’t stand in one policy with the grant’s own: it is no JSON, or of another version of the language.',
        )
      : { inline };
  }
  const inline = documentOf(is);
  return inline === undefined ? refused('The policy is no JSON.') : { inline };
};
