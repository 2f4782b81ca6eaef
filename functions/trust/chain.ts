/** Whether a role's own permissions let its sessions get another role; that one's trust left aside. Pure. */
import { SESSION_TAGS } from '../abac/session-tags.ts';
import { parseArn } from '../partition.ts';
import { authorize, type ContextValue, type NamedPolicy, PolicyMalformed, parsePolicy } from '../policy/index.ts';
import type { Chain } from './findings/facts.ts';

/** The role as it was read: what makes up its permissions, and what its sessions are known by. */
export type ChainSource = {
  readonly arn: string;
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The JSON of its permissions policies, by name or ARN. */
  readonly policies: readonly PolicyText[];
  readonly boundary?: PolicyText;
  /** Of the pod in question, by key in lower case; without them what hangs on session tags is undecided. */
  readonly sessionTags?: Readonly<Record<string, string>>;
};
export type PolicyText = { readonly name: string; readonly document: string };

/** One for each target. What hangs on keys that nobody knows before a session asks is undecided. */
export const chainsOf = (source: ChainSource, targets: readonly string[]): Chain[] => {
  const policies = source.policies.map(readable);
  const boundary = source.boundary && readable(source.boundary);
  // A policy that IAM stored and we can't read may allow or deny anything: only a Deny elsewhere still decides.
  const allRead = policies.every((policy) => policy !== undefined) && (source.boundary === undefined || boundary);
  const ask = (action: string, target: string): Verdict => {
    const { account = '' } = parseArn(source.arn) ?? {};
    const { effect } = authorize({
      request: {
        action,
        resource: target,
        principal: { kind: 'aws', arn: source.arn, account, roleArn: source.arn, uniqueId: source.id },
        context: (key) => sessionKey(source, target, key),
      },
      identityPolicies: policies.filter((policy) => policy !== undefined),
      ...(boundary && { boundary }),
      // As if it were its own account's: then these policies decide alone.
      resourceAccount: account,
    });
    if (effect === 'explicitDeny') return 'deny';
    if (!allRead) return 'undecided';
    return effect === 'implicitDeny' ? 'deny' : effect;
  };
  return targets.map((targetRoleArn) => ({
    sourceRoleArn: source.arn,
    targetRoleArn,
    assumeRole: ask('sts:AssumeRole', targetRoleArn),
    tagSession: ask('sts:TagSession', targetRoleArn),
  }));
};

type Verdict = Chain['assumeRole'];

const readable = ({ name, document }: PolicyText): NamedPolicy | undefined => {
  try {
    return { name, document: parsePolicy(document) };
  } catch (error) {
    if (error instanceof PolicyMalformed) return undefined;
    throw error;
  }
};

/** Of a session that EKS made of this role, as it asks for the other one. Whatever depends on the pod, the moment or the network is unknown. */
const sessionKey = ({ arn, tags, sessionTags }: ChainSource, target: string, key: string): ContextValue => {
  const tag = /^aws:principaltag\/(.+)$/s.exec(key)?.[1];
  const given = tag === undefined ? undefined : sessionTags?.[tag];
  if (given !== undefined) return [given];
  if (tag !== undefined && !OF_THE_POD.has(tag)) {
    const own = Object.entries(tags).find(([name]) => name.toLowerCase() === tag);
    return own === undefined ? undefined : [own[1]];
  }
  const value = known(arn, target).get(key);
  return value === undefined ? 'unknown' : [value];
};

/** Session tags lie over the role's own; without them (an association can say so) its own show. */
const OF_THE_POD: ReadonlySet<string> = new Set(SESSION_TAGS);

/** "AWS global condition context keys" (IAM guide). */
const known = (arn: string, target: string): ReadonlyMap<string, string | undefined> =>
  new Map([
    ['aws:principalarn', arn],
    ['aws:principalaccount', parseArn(arn)?.account],
    ['aws:principaltype', 'AssumedRole'],
    ['aws:principalisawsservice', 'false'],
    ['aws:viaawsservice', 'false'],
    ['aws:resourceaccount', parseArn(target)?.account],
  ]);
