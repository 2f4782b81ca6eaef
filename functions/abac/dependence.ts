/** Does this role's access depend on the session tags where it must? Answered by asking the policy engine as somebody else. */
import { type Finding, sortFindings } from '../finding.ts';
import { clusterArn, showIdentity, type WorkloadIdentity } from '../identity.ts';
import { partitionOf } from '../partition.ts';
import {
  type AccessRequest,
  type ContextLookup,
  type Decision,
  evaluate,
  type NamedPolicy,
  type RequestPrincipal,
  type Statement,
} from '../policy/index.ts';
import { identityTags, principalTag, SESSION_TAGS, type SessionTag } from './session-tags.ts';

/** What a guardrail demands: these actions only for sessions whose tags say so. */
export type TagRequirement = {
  /** Single actions, without wildcards: `s3:GetObject`. */
  readonly actions: readonly string[];
  /** Access must hang on each of these. */
  readonly tags: readonly SessionTag[];
};

/**
 * One finding for each statement, action and tag where a session gets access that lacks the tag, or has another value.
 *
 * For every statement that allows a required action, a request is made up that satisfies it (its wildcards and
 * variables filled in for `identity`); then it is asked again with the tag taken away, and with a value that nobody
 * has. What is allowed then, or hangs on other keys only, doesn't depend on the tag. A Deny counts: access may also
 * depend on the tag because a statement refuses all other values.
 *
 * No finding is no proof for statements with NotResource, which are asked about one resource of many.
 */
export const judgeDependence = (
  policies: readonly NamedPolicy[],
  identity: WorkloadIdentity,
  requirements: readonly TagRequirement[],
): readonly Finding[] => {
  const findings = policies.flatMap((policy) =>
    policy.document.statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap((statement) =>
        requirements.flatMap(({ actions, tags }) =>
          actions.flatMap((action) => judgeStatement(policies, { policy, statement }, identity, action, tags)),
        ),
      ),
  );
  return sortFindings([...new Map(findings.map((each) => [each.sentence, each])).values()]);
};

type Place = { readonly policy: NamedPolicy; readonly statement: Statement };

const judgeStatement = (
  policies: readonly NamedPolicy[],
  { policy, statement }: Place,
  identity: WorkloadIdentity,
  action: string,
  tags: readonly SessionTag[],
): Finding[] => {
  const own = tagsOf(identity);
  const alone = [{ name: policy.name, document: { ...policy.document, statements: [statement] } }];
  return tags.flatMap((tag) =>
    samplesOf(statement, identity, action, { own, tag }).flatMap(({ resource, request }) => {
      // What the statement doesn't give to the identity itself is not its access.
      if (!mayPass(evaluate(alone, request(own)))) return [];
      const others: ReadonlyArray<readonly [string, ReadonlyMap<string, string>]> = [
        [`without the tag ${tag}`, new Map([...own].filter(([key]) => key !== tagKey(tag)))],
        [`whose ${tag} is ${STRANGER}`, new Map([...own, [tagKey(tag), STRANGER]])],
      ];
      const stranger = others.find(([, given]) => mayPass(evaluate(policies, request(given))));
      const witness = `a session ${stranger?.[0]} that asks ${action} on ${resource}`;
      return stranger === undefined ? [] : [ignores(tag, action, { policy, statement }, witness, identity)];
    }),
  );
};

const ignores = (
  tag: SessionTag,
  action: string,
  { policy, statement }: Place,
  witness: string,
  identity: WorkloadIdentity,
): Finding => {
  const name =
    statement.sid === undefined || statement.sid === '' ? `statement ${statement.index}` : `statement ${statement.sid}`;
  return {
    reason: 'AccessIgnoresSessionTag',
    severity: 'error',
    sentence: `${action} is allowed by ${name} of ${policy.name} whatever the session's ${tag} is, so not only to ${showIdentity(identity)}.`,
    witness,
    remedy: `Compare ${principalTag(tag)} in the statement's Condition (StringEquals, without IfExists), or name the resource by \${${principalTag(tag)}}.`,
  };
};

/** A text that no cluster, namespace, service account or pod is called. */
const STRANGER = 'nobody-here_';

const tagKey = (tag: SessionTag): string => principalTag(tag).toLowerCase();

const tagsOf = (identity: WorkloadIdentity): ReadonlyMap<string, string> => {
  const tags: Readonly<Partial<Record<SessionTag, string>>> = {
    ...identityTags(identity),
    'kubernetes-pod-name': 'pod',
    'kubernetes-pod-uid': '00000000-0000-0000-0000-000000000000',
  };
  return new Map(SESSION_TAGS.map((tag) => [tagKey(tag), tags[tag] ?? '']));
};

/** Undecided hangs on keys that nobody gave: some session gets it. */
const mayPass = ({ effect }: Decision): boolean => effect === 'allow' || effect === 'undecided';

type Sample = {
  readonly resource: string;
  readonly request: (tags: ReadonlyMap<string, string>) => AccessRequest;
};

/**
 * A request for each resource that the statement names; other keys have values that its conditions ask for: if one of
 * several does not speak of the tag, that one. A key that two conditions compare is left open.
 */
const samplesOf = (
  statement: Statement,
  identity: WorkloadIdentity,
  action: string,
  { own, tag }: { readonly own: ReadonlyMap<string, string>; readonly tag: SessionTag },
): readonly Sample[] => {
  const fill = (text: string): string => filled(text, own);
  const keys = new Map<string, readonly string[] | 'unknown'>();
  for (const { base, key, values } of statement.conditions) {
    const value = values.find((text) => !text.toLowerCase().includes(tagKey(tag))) ?? values[0];
    const compares = /^(?:String|Arn)(?:Equals|Like|EqualsIgnoreCase)$/.test(base);
    if (!compares || value === undefined || isTagKey(key)) continue;
    keys.set(key.toLowerCase(), keys.has(key.toLowerCase()) ? 'unknown' : [fill(value)]);
  }
  const sources =
    statement.resources?.negated === false ? statement.resources.patterns.map(({ source }) => source) : ['*'];
  const somewhere = `arn:${partitionOf(identity.region).name}:${action.split(':', 1)[0]}:${identity.region}:${identity.account}:x`;
  return sources.map((source) => {
    const resource = /^\*+$/.test(source) ? somewhere : fill(source);
    const request = (tags: ReadonlyMap<string, string>): AccessRequest => {
      const context: ContextLookup = (key) => {
        if (!isTagKey(key)) return keys.get(key) ?? 'unknown';
        const value = tags.get(key);
        // Tags of the role itself are not ours to know.
        return value !== undefined ? [value] : SESSION_TAGS.some((tag) => tagKey(tag) === key) ? undefined : 'unknown';
      };
      return { action, resource, principal: callerOf(identity), context };
    };
    return { resource, request };
  });
};

const isTagKey = (key: string): boolean => key.toLowerCase().startsWith('aws:principaltag/');

/** A text that the pattern matches: variables by the identity's tags or their defaults, wildcards by an x. */
const filled = (text: string, tags: ReadonlyMap<string, string>): string =>
  text.replaceAll(
    /\$\{([*?$])\}|\$\{([^,}]+)(?:,\s*'([^']*)')?\}|[*?]/g,
    (_whole, character?: string, key?: string, fallback = 'x') =>
      character ?? (key === undefined ? 'x' : (tags.get(key.trim().toLowerCase()) ?? fallback)),
  );

/** Permissions policies name no principals, so any will do. */
const callerOf = (identity: WorkloadIdentity): RequestPrincipal => ({
  kind: 'aws',
  arn: clusterArn(identity),
  account: identity.account,
});
