/** What a permissions policy gives, one entry for each action that a statement names, with what is wrong about it. */
import { type PolicyDocument, PolicyMalformed, parsePolicy, type Statement } from '../../policy/index.ts';
import { globMatches } from '../../policy/pattern.ts';
import { AS_OTHERS, ESCALATING } from './escalation.ts';
import type { RolePolicy } from './facts.ts';
import { knowsResources } from './resource-less.ts';

/** The fields are the attributes of Permission in the Cedar schema. */
export type Permission = {
  /** The policy that it stands in. */
  readonly policy: string;
  /** As a person reads it: `s3:GetObject on … (statement 0 of orders)`. */
  readonly text: string;
  /** In lower case; empty for NotAction. */
  readonly service: string;
  /** As written: `s3:Get*`. Of NotAction, what it leaves out. */
  readonly action: string;
  readonly resources: readonly string[];
  /** The keys of the statement's conditions, in lower case. */
  readonly conditions: readonly string[];
  /** `*`, or another pattern for the actions of every service. */
  readonly everyService: boolean;
  /** `s3:*`, or a pattern that doesn't even begin with a verb of three letters, such as `s3:*t`. */
  readonly wholeService: boolean;
  readonly wildcardAction: boolean;
  readonly notAction: boolean;
  readonly notResource: boolean;
  /** A resource is `*`, or an ARN that leaves the name open. */
  readonly everyResource: boolean;
  /** The action can be limited to resources. Of several actions in one pattern: at least one, or nobody knows. */
  readonly knowsResources: boolean;
  /** Only resources that bear a tag of the caller's own: StringEquals of `aws:ResourceTag` and `${aws:PrincipalTag}`. */
  readonly boundByTag: boolean;
  /** It changes who may do what. */
  readonly escalates: boolean;
  /** It runs something with a role that others were given. */
  readonly actsAsOthers: boolean;
  readonly assumesRoles: boolean;
  readonly passesRoles: boolean;
  /** The roles it may assume or pass aren't named one by one. */
  readonly openRoles: boolean;
  /** Nobody could read what stands there. */
  readonly unreadable: boolean;
};

/**
 * Every permission of a policy, those of its Allow statements. Deny statements and conditions other than `boundByTag` take nothing away: a
 * guardrail is not the place to prove that a Deny holds. A policy that can't be read gives one permission, `unreadable`.
 */
export const permissionsOf = ({ name, document }: RolePolicy): readonly Permission[] => {
  if (document === undefined) return [unreadable(name, `nobody could read ${name}`)];
  let parsed: PolicyDocument;
  try {
    parsed = parsePolicy(document, { kind: 'identity' });
  } catch (error) {
    if (error instanceof PolicyMalformed) return [unreadable(name, `${name} is no policy: ${error.message}`)];
    throw error;
  }
  return parsed.statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap((statement) =>
      statement.actions.negated
        ? [allBut(name, statement)]
        : statement.actions.patterns.map((pattern) => permission(name, statement, pattern)),
    );
};

/** What stands for everything that can't be read; `why` is told to people. */
export const unreadable = (policy: string, why: string): Permission => ({
  ...NOTHING,
  policy,
  text: why,
  unreadable: true,
});

type ActionPattern = Statement['actions']['patterns'][number];

const NOTHING = {
  service: '',
  action: '',
  resources: [],
  conditions: [],
  everyService: false,
  wholeService: false,
  wildcardAction: false,
  notAction: false,
  notResource: false,
  everyResource: false,
  knowsResources: false,
  boundByTag: false,
  escalates: false,
  actsAsOthers: false,
  assumesRoles: false,
  passesRoles: false,
  openRoles: false,
  unreadable: false,
} as const satisfies Partial<Permission>;

const permission = (policy: string, statement: Statement, { source, glob }: ActionPattern): Permission => {
  const lower = source.toLowerCase();
  const [service = '', name = ''] = lower.split(':', 2);
  const matching = (actions: readonly string[]): boolean => actions.some((action) => globMatches(glob, action));
  const wildcardAction = /[*?]/.test(lower);
  const everyService = !lower.includes(':') || /[*?]/.test(service);
  return {
    ...NOTHING,
    ...ofStatement(policy, statement, source),
    service,
    action: source,
    everyService,
    wholeService: !everyService && wildcardAction && !/^[a-z]{3}/.test(name),
    wildcardAction,
    knowsResources: wildcardAction || knowsResources(lower),
    escalates: matching(ESCALATING),
    actsAsOthers: matching(AS_OTHERS),
    assumesRoles: matching(['sts:assumerole']),
    passesRoles: matching(['iam:passrole']),
  };
};

/** NotAction allows whatever AWS will invent: it is everything that the guardrails know to be bad, but for what it names. */
const allBut = (policy: string, statement: Statement): Permission => {
  const { patterns } = statement.actions;
  const left = (actions: readonly string[]): boolean =>
    actions.some((action) => !patterns.some(({ glob }) => globMatches(glob, action)));
  const action = patterns.map(({ source }) => source).join(', ');
  return {
    ...NOTHING,
    ...ofStatement(policy, statement, `every action but ${action}`),
    action,
    notAction: true,
    wildcardAction: true,
    knowsResources: true,
    escalates: left(ESCALATING),
    actsAsOthers: left(AS_OTHERS),
    assumesRoles: left(['sts:assumerole']),
    passesRoles: left(['iam:passrole']),
  };
};

const ofStatement = (policy: string, { index, sid, resources, conditions }: Statement, what: string) => {
  const named = resources?.patterns.map(({ source }) => source) ?? [];
  const notResource = resources?.negated ?? false;
  const statement = sid === undefined || sid === '' ? index : sid;
  return {
    policy,
    text: `${what} on ${notResource ? 'every resource but ' : ''}${some(named)} (statement ${statement} of ${policy})`,
    resources: named,
    conditions: [...new Set(conditions.map(({ key }) => key.toLowerCase()))],
    notResource,
    everyResource: notResource || named.some(leavesNameOpen),
    boundByTag: !notResource && conditions.some(isOwnTag),
    openRoles: notResource || named.some((resource) => /[*?]|\$\{/.test(resource)),
  };
};

/** A long list is cut: the sentence is for a person, the policy is there to be read. */
const some = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;

/** Behind the fifth colon are wildcards and fewer than three other characters; or a wildcard before it has swallowed the colons. */
const leavesNameOpen = (resource: string): boolean => {
  const segments = resource.split(':');
  const name = segments.slice(5).join(':');
  return /[*?]/.test(segments.length < 6 ? resource : name) && name.replace(/[*?/:]/g, '').length < 3;
};

/** A request without the tag fails StringEquals, so no IfExists and no set operator: those hold where there is nothing to compare. */
const isOwnTag = ({ operator, key, values }: Statement['conditions'][number]): boolean =>
  operator === 'StringEquals' &&
  /^aws:resourcetag\/./i.test(key) &&
  values.length > 0 &&
  values.every((value) => /^\$\{aws:principaltag\/[^*?{},']+\}$/i.test(value));
