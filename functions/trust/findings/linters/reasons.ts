/** The reasons of this folder: what is wrong with a trust policy whoever uses the role. */
import { type Reason, teller } from '../found.ts';

export const LINTER_REASONS = {
  AnyPrincipal: {
    severity: 'error',
    title: 'Anybody may take the role',
    why: 'The principal is `*`, and no condition keeps other accounts out: every AWS account can get the role. Where a condition does, this is a warning, because one wrong edit opens the role to the world.',
  },
  AccountRootPrincipal: {
    severity: 'warning',
    title: 'The role trusts a whole account',
    why: 'An account or its root as principal means everybody in it whose own policies allow it, also roles that are made tomorrow. The role’s owner no longer decides who gets it.',
  },
  NotPrincipalUsed: {
    severity: 'error',
    title: 'The policy uses NotPrincipal',
    why: 'IAM refuses NotPrincipal in a trust policy, so this document can’t be stored; with Allow it would mean everybody but the named ones, anonymous callers included.',
  },
  OthersMaySetSessionTags: {
    severity: 'error',
    title: 'Others than EKS may set the six session tags',
    why: 'A caller that may pass `kubernetes-namespace` and the other tags of Pod Identity can pretend to be any service account: policies that look at aws:PrincipalTag prove nothing about sessions of this role. For a role as principal it is a warning: sessions of pods inherit their tags and can’t replace them, but any other session of that role can set them.',
  },
  RoleBearsSessionTagKeys: {
    severity: 'error',
    title: 'The role itself bears keys of session tags',
    why: 'A session without the tag, such as one of an association with session tags disabled, has the role’s own tag as its aws:PrincipalTag. Then the key says nothing about who the session belongs to.',
  },
  FederatedUnpinned: {
    severity: 'error',
    title: 'Any tenant of a shared identity provider may take the role',
    why: 'Providers such as GitHub Actions give tokens to everybody. Only the claim that names the tenant tells them apart, and the policy does not check it, or accepts a stranger’s. Where the provider is private it is a warning: everybody who has a token of it gets in.',
  },
  SamlAudienceMissing: {
    severity: 'warning',
    title: 'Assertions for another audience are accepted',
    why: 'Without a condition on SAML:aud (or SAML:recipient), an assertion that was made for some other application of the identity provider is good for this role too.',
  },
  FederatedMalformed: {
    severity: 'error',
    title: 'No identity provider has this name',
    why: 'A federated principal is the ARN of an OIDC or SAML provider, or the domain name of one that AWS knows. Anything else matches nobody.',
  },
  ServiceWithoutSource: {
    severity: 'info',
    title: 'A service may act for any account',
    why: 'Without aws:SourceAccount, aws:SourceArn, aws:SourceOrgID or aws:SourceOrgPaths, a service can be talked into using the role for somebody else (the confused deputy). Not every service sends these keys: check its documentation before you add one.',
  },
  ServicePrincipalWrong: {
    severity: 'error',
    title: 'No service has this name',
    why: 'The principal does not have the form of a service’s name, or is a near miss of the one that EKS uses, so nobody gets the role by it.',
  },
  RolesAnywhereActionsMissing: {
    severity: 'error',
    title: 'IAM Roles Anywhere needs more actions',
    why: 'It gets no session without sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity.',
  },
  ActionNotForTrust: {
    severity: 'error',
    title: 'An action that no trust policy can give',
    why: 'A trust policy is asked about the STS actions that give or tag sessions. IAM refuses others ("AssumeRole policy may only specify STS AssumeRole actions"), and where one was stored it gives nothing.',
  },
  ActionPrincipalMismatch: {
    severity: 'error',
    title: 'No principal of the statement can use its actions',
    why: 'AssumeRoleWithWebIdentity is for OIDC providers, AssumeRoleWithSAML for SAML providers, AssumeRole for everybody else. Where other actions of the statement can be used, this is an info.',
  },
  ForAllValuesOnSingleValue: {
    severity: 'warning',
    title: 'ForAllValues over a key with one value',
    why: 'ForAllValues is also true when the key is not in the request. In an Allow statement, leaving the key out gets around the condition.',
  },
  ConditionVoid: {
    severity: 'warning',
    title: 'A condition that is always true',
    why: 'The request never carries the key, and the condition holds without it (IfExists, ForAllValues or a negated operator): it keeps nobody out.',
  },
  TagsNotRequired: {
    severity: 'error',
    title: 'Disabling session tags gets around the conditions',
    why: 'The conditions on session tags hold when there are none. Whoever may create an association with session tags disabled gets the role for any service account.',
  },
  NullContradiction: {
    severity: 'error',
    title: 'A key that must be absent and have a value',
    why: 'The statement asks for the key to be missing and compares its value: both are never true, so it applies to nobody.',
  },
  EmptyConditionValues: {
    severity: 'warning',
    title: 'A condition without values',
    why: 'A list without values matches no value: the statement applies to nobody, or, with IfExists, ForAllValues or a negated operator, the condition says nothing.',
  },
  WildcardWithoutLike: {
    severity: 'warning',
    title: 'A wildcard that is taken literally',
    why: 'StringEquals compares `*` and `?` as they stand; only the Like operators take them for wildcards.',
  },
  DuplicateConditionKey: {
    severity: 'warning',
    title: 'A condition key twice, in different casing',
    why: 'Names of condition keys do not depend on upper and lower case, so both conditions must hold, which is seldom what was meant.',
  },
  RedundantAction: {
    severity: 'info',
    title: 'An action that another one covers',
    why: 'It changes nothing, and hides what the statement gives.',
  },
  RedundantValue: {
    severity: 'info',
    title: 'A value that another one covers',
    why: 'It changes nothing, costs characters of the quota, and looks narrower than the policy is.',
  },
  RedundantPrincipal: {
    severity: 'info',
    title: 'A session beside its own role',
    why: 'The role as principal covers all of its sessions.',
  },
} as const satisfies Readonly<Record<string, Reason>>;

export const found = teller<keyof typeof LINTER_REASONS>(LINTER_REASONS);
