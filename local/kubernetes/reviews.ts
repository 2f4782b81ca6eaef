/** Reviews: who am I, may I, may they, whose token is this. Answered, never stored. */
import { TokenExpired, TokenInvalid, type UserInfo } from './contract.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { type Attributes, authorize, rulesOf } from './rbac.ts';
import { noSuchPath } from './status.ts';
import type { Store } from './store.ts';
import { API_AUDIENCE, type Tokens } from './tokens.ts';

type Sources = { store: Store; tokens: Tokens };

/** The review with its status filled in. @throws ApiError 404 for a review that isn't here */
export const review = async (
  { store, tokens }: Sources,
  plural: string,
  user: UserInfo,
  body: JsonObject,
): Promise<object> => {
  const spec = isObject(body.spec) ? body.spec : {};
  const answer = (kind: string, group: string, status: object) => ({
    ...body,
    kind,
    apiVersion: `${group}/v1`,
    metadata: isObject(body.metadata) ? body.metadata : {},
    status,
  });
  switch (plural) {
    case 'selfsubjectreviews':
      return answer('SelfSubjectReview', 'authentication.k8s.io', { userInfo: user });
    case 'tokenreviews':
      return answer('TokenReview', 'authentication.k8s.io', await tokenStatus(tokens, spec));
    case 'selfsubjectaccessreviews':
      return answer('SelfSubjectAccessReview', 'authorization.k8s.io', access(store, user, spec));
    case 'subjectaccessreviews': {
      const subject = { username: text(spec.user), groups: strings(spec.groups) };
      return answer('SubjectAccessReview', 'authorization.k8s.io', access(store, subject, spec));
    }
    case 'selfsubjectrulesreviews':
      return answer('SelfSubjectRulesReview', 'authorization.k8s.io', rules(store, user, text(spec.namespace)));
    default:
      throw noSuchPath();
  }
};

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const strings = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);

const access = (store: Store, user: UserInfo, spec: JsonObject): object => {
  const { allowed, reason } = authorize(store, user, attributesOf(spec));
  return { allowed, ...(reason === '' ? {} : { reason }) };
};

const attributesOf = (spec: JsonObject): Attributes => {
  const resource = isObject(spec.resourceAttributes) ? spec.resourceAttributes : {};
  const path = isObject(spec.nonResourceAttributes) ? spec.nonResourceAttributes : undefined;
  return {
    verb: text((path ?? resource).verb),
    group: text(resource.group),
    resource: text(resource.resource),
    subresource: text(resource.subresource),
    name: text(resource.name),
    namespace: text(resource.namespace),
    ...(path === undefined ? {} : { path: text(path.path) }),
  };
};

const rules = (store: Store, user: UserInfo, namespace: string): object => {
  const all = rulesOf(store, user, namespace);
  return {
    resourceRules: all
      .filter(({ resources }) => resources !== undefined)
      .map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({
        verbs,
        apiGroups,
        resources,
        ...(resourceNames === undefined ? {} : { resourceNames }),
      })),
    nonResourceRules: all
      .filter(({ nonResourceURLs }) => nonResourceURLs !== undefined)
      .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
};

const tokenStatus = async (tokens: Tokens, spec: JsonObject): Promise<object> => {
  const [audience = API_AUDIENCE] = strings(spec.audiences);
  try {
    const { namespace, serviceAccount } = await tokens.review(text(spec.token), audience);
    return {
      authenticated: true,
      user: {
        username: `system:serviceaccount:${namespace}:${serviceAccount}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      },
      audiences: [audience],
    };
  } catch (error) {
    if (error instanceof TokenInvalid || error instanceof TokenExpired) return { error: error.message };
    throw error;
  }
};
