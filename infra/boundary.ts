/** The boundary of every role that a grant makes: one policy an account, in a stack of its own. */
import { type App, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { Config } from '../functions/config.ts';
import { boundaryStackName, PREFIX } from '../functions/names.ts';
import { partitionOf } from '../functions/partition.ts';
import { named } from './constructs/logical-id.ts';
import { acknowledgeWildcards, type Permission, statementOf } from './constructs/permission.ts';

/**
 * IAM is global and spoke stacks are regional: in a spoke's stack the policy would have to move when its region goes, which CloudFormation
 * can't do with a named one. It outlives the stack, since roles bear it.
 */
export const boundaryStack = (app: App, config: Config, where: { account: string; region: string }): Stack => {
  const stack = new Stack(app, boundaryStackName(where.account), {
    env: where,
    description: 'podid: what no role that a grant makes can ever do, whatever its policies say.',
  });
  const permissions = boundaryOf(partitionOf(where.region).name, where.account);
  // A policy's path and name are one setting.
  const [, path = '', name = ''] = /^(.*\/)?([^/]+)$/.exec(config.grants.boundaryName) ?? [];
  const policy = named(
    new ManagedPolicy(stack, 'Boundary', {
      managedPolicyName: name,
      ...(path !== '' && { path: `/${path}` }),
      description: 'The permissions boundary of the roles that podid makes.',
      document: new PolicyDocument({ statements: permissions.map(statementOf) }),
    }),
    'Boundary',
  );
  policy.applyRemovalPolicy(RemovalPolicy.RETAIN);
  acknowledgeWildcards(policy, permissions);
  Validations.of(policy).acknowledge({ id: 'AwsSolutions-IAM5[Action::*]', reason: GIVES_NOTHING });
  return stack;
};

const GIVES_NOTHING =
  'A boundary permits nothing by itself; what lies within it, the policies of each role say one by one.';

/**
 * A boundary gives nothing: what a role may do, its own policies say, and guardrails have judged them. So it leaves open whatever pods may be
 * given, and closes what would let them leave it: IAM, the organisation and its people, EKS's ways of handing out roles, and podid itself.
 * `sts:AssumeRole` stays open, for a grant's targets; `apply-role` writes it for the roles of the plan alone.
 */
const boundaryOf = (partition: string, account: string): Permission[] => [
  {
    sid: 'WhateverTheirPoliciesAllow',
    actions: ['*'],
    resources: ['*'],
    because: GIVES_NOTHING,
  },
  {
    sid: 'NobodysPermissions',
    effect: 'Deny',
    actions: [
      'iam:*',
      'organizations:*',
      'account:*',
      'sso:*',
      'sso-directory:*',
      'identitystore:*',
      // The root of a member account, from the organisation's management account.
      'sts:AssumeRoot',
    ],
    resources: ['*'],
  },
  {
    sid: 'NobodysIdentity',
    effect: 'Deny',
    actions: [
      'eks:AssociateAccessPolicy',
      'eks:AssociateIdentityProviderConfig',
      'eks:CreateAccessEntry',
      'eks:CreateAddon',
      'eks:CreatePodIdentityAssociation',
      'eks:UpdateAccessEntry',
      'eks:UpdateAddon',
      'eks:UpdatePodIdentityAssociation',
      'eks-auth:*',
    ],
    resources: ['*'],
  },
  {
    // In its own account a function can be invoked by whoever has the permission: then it would do for a pod what it does for the hub.
    sid: 'NothingOfPodid',
    effect: 'Deny',
    actions: ['*'],
    resources: [
      // Whoever updates a stack may do it with the role that deployed it.
      `arn:${partition}:cloudformation:*:${account}:stack/${PREFIX}-*`,
      `arn:${partition}:dynamodb:*:${account}:table/${PREFIX}*`,
      // The hub's buses are of any account: they let in the spokes' accounts as a whole.
      `arn:${partition}:events:*:*:event-bus/${PREFIX}`,
      `arn:${partition}:events:*:*:event-bus/${PREFIX}-*`,
      `arn:${partition}:events:*:${account}:rule/${PREFIX}-*`,
      `arn:${partition}:events:*:${account}:rule/${PREFIX}/*`,
      `arn:${partition}:lambda:*:${account}:function:${PREFIX}-*`,
      `arn:${partition}:logs:*:${account}:log-group:/aws/*/${PREFIX}-*`,
      `arn:${partition}:sqs:*:${account}:${PREFIX}-*`,
      `arn:${partition}:states:*:${account}:execution:${PREFIX}-*`,
      `arn:${partition}:states:*:${account}:mapRun:${PREFIX}-*`,
      `arn:${partition}:states:*:${account}:stateMachine:${PREFIX}-*`,
      `arn:${partition}:iam::${account}:role/${PREFIX}-*`,
    ],
  },
];
