/** What is wrong with the permissions that a wish asks for in one account. */
import { AbacRefused, TEMPLATES } from '../abac/index.ts';
import { parseArn, partitionOf } from '../partition.ts';
import { PolicyMalformed, parsePolicy } from '../policy/index.ts';
import { memberPath } from '../policy/malformed.ts';
import type { GrantsConfig } from './grants-config.ts';
import type { Problem } from './problem.ts';
import { type GrantWish, identitiesOf, type Permissions, textOf } from './wish.ts';

/** "Role inline policies: 10,240 characters", all of a role's together, without white space (IAM guide, "IAM and AWS STS quotas"). */
export const MOST_INLINE = 10_240;

/** Its length as IAM counts it. */
export const charactersOf = (text: string): number => text.replace(/\s+/g, '').length;

export const givesNothing = (permissions: Permissions | undefined): boolean =>
  permissions === undefined ||
  (permissions.managedPolicyArns.length === 0 &&
    permissions.inline === undefined &&
    permissions.template === undefined);

/** Everything that is wrong with them; `account` is that of the role that gets them. */
export const permissionProblems = (
  permissions: Permissions,
  path: string,
  wish: GrantWish,
  account: string,
  config: GrantsConfig,
): readonly Problem[] => {
  const { inline } = permissions;
  const malformed = inline === undefined ? undefined : policyProblem(inline, `${path}.inline`, MOST_INLINE);
  return [
    ...managedProblems(permissions, `${path}.managedPolicyArns`, account, config),
    ...(malformed === undefined ? [] : [malformed]),
    ...templateProblems(permissions, path, wish),
  ];
};

/** Why IAM would not take a permissions policy. */
export const policyProblem = (
  source: string | Record<string, unknown>,
  path: string,
  most: number,
): Problem | undefined => {
  try {
    const text = textOf(source);
    // Without this the reader would say it, with no limit that a program could read.
    if (charactersOf(text) > most) {
      return { path, problem: `The policy has ${charactersOf(text)} characters.`, limit: `${most} characters` };
    }
    parsePolicy(text, { kind: 'identity', maxCharacters: most });
    return undefined;
  } catch (error) {
    if (error instanceof PolicyMalformed) {
      return { path: `${path}${error.path.slice(1)}`, problem: `IAM would refuse it: ${reasonOf(error)}` };
    }
    throw error;
  }
};

const reasonOf = ({ path, message }: PolicyMalformed): string => message.slice(`${path}: `.length);

const managedProblems = (
  { managedPolicyArns }: Permissions,
  path: string,
  account: string,
  { grants, hub }: GrantsConfig,
): readonly Problem[] => {
  const most = grants.managedPolicies;
  const partition = partitionOf(hub.region).name;
  return [
    ...(managedPolicyArns.length > most
      ? [
          {
            path,
            problem: `It names ${managedPolicyArns.length} policies.`,
            limit: `${most} managed policies on a role`,
          },
        ]
      : []),
    ...managedPolicyArns.flatMap((policyArn, index): Problem[] => {
      const at = memberPath(path, index);
      const arn = parseArn(policyArn);
      if (managedPolicyArns.indexOf(policyArn) < index)
        return [{ path: at, problem: `${policyArn} stands there twice.` }];
      if (arn?.partition !== partition) {
        return [{ path: at, problem: `${policyArn} is not in the hub's partition ${partition}.` }];
      }
      if (arn.account === 'aws' || arn.account === account) return [];
      return [
        {
          path: at,
          problem: `${policyArn} is of account ${arn.account}, and the role of ${account}: IAM attaches policies of the role's account only.`,
        },
      ];
    }),
  ];
};

const templateProblems = ({ template, inline }: Permissions, path: string, wish: GrantWish): readonly Problem[] => {
  if (template === undefined) return [];
  const at = `${path}.template`;
  const known = TEMPLATES.find(({ name }) => name === template.name);
  if (known === undefined) {
    const names = TEMPLATES.map(({ name }) => name).join(', ');
    return [{ path: `${at}.name`, problem: `There is no template ${JSON.stringify(template.name)}.`, limit: names }];
  }
  if (!wish.sessionTags) {
    return [{ path: at, problem: 'Templates rest on session tags: set sessionTags to true, or use an inline policy.' }];
  }
  try {
    const { policy } = known.render(template.parameters, identitiesOf(wish));
    const characters = charactersOf(JSON.stringify(policy)) + (inline === undefined ? 0 : charactersOf(textOf(inline)));
    if (characters <= MOST_INLINE) return [];
    const problem = `With the inline policy, it makes ${characters} characters: name fewer clusters in a grant.`;
    return [{ path: at, problem, limit: `${MOST_INLINE} characters` }];
  } catch (error) {
    if (error instanceof AbacRefused) return [{ path: `${at}.parameters`, problem: error.message }];
    throw error;
  }
};
