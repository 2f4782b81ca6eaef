/** What is wrong with a role, from what was read of it and of its sources. Pure. */
import { sortFindings } from '../../finding.ts';
import { showIdentity } from '../../identity.ts';
import { parseArn } from '../../partition.ts';
import { PolicyMalformed } from '../../policy/index.ts';
import type { RoleRead } from '../contract.ts';
import type { KnownCluster, RoleUse } from '../findings/facts.ts';
import { judgeTrust, trustFactsOf } from '../findings/index.ts';
import type { TrustFinding } from '../findings/rule.ts';
import type { SourceRead } from './contract.ts';
import { JUDGING_REASONS } from './reasons.ts';
import { whyOf } from './why.ts';

export type JudgeFacts = {
  readonly roleArn: string;
  readonly reading: Pick<RoleRead, 'read' | 'error'>;
  readonly sources: readonly SourceRead[];
  /** The associations that give it. */
  readonly uses: readonly RoleUse[];
  readonly clusters: readonly KnownCluster[];
  /** The accounts' organization, where the configuration names it. */
  readonly organization?: string | undefined;
};

export type Judged = {
  readonly found: readonly TrustFinding[];
  /** False when something could not be read: then what was found before may stand still. */
  readonly complete: boolean;
};

/** Worst first. Nothing that can't be read passes in silence. */
export const judgeRole = (facts: JudgeFacts): Judged => {
  const { roleArn, reading, uses } = facts;
  if (reading.read === undefined) {
    const why = reading.error === undefined ? 'its spoke gave no answer' : whyOf(reading.error);
    return { found: [unreadable(roleArn, why)], complete: false };
  }
  if (reading.read.role === 'gone') return { found: missing(roleArn, uses), complete: true };
  try {
    const trust = judgeTrust(factsOf(facts, reading.read));
    const unread = facts.sources.flatMap(({ roleArn: source, error }) =>
      error === undefined ? [] : [{ ...unreadable(source, whyOf(error)), subject: source }],
    );
    return { found: sortFindings([...trust, ...unread]), complete: unread.length === 0 };
  } catch (error) {
    if (!(error instanceof PolicyMalformed)) throw error;
    return { found: [{ ...unreadable(roleArn, error.message), subject: 'trust' }], complete: false };
  }
};

type Present = Extract<RoleRead['read'], { role: 'present' }>;

const factsOf = ({ roleArn, sources, uses, clusters, organization }: JudgeFacts, { trust, tags, chains }: Present) => {
  const { account = '', partition = '' } = parseArn(roleArn) ?? {};
  const read = [...chains, ...sources.flatMap((source) => source.chains ?? [])];
  return trustFactsOf(trust, {
    account,
    partition,
    roleArn,
    roleTags: tags,
    associations: uses,
    clusters,
    chains: read,
    ...(organization !== undefined && {
      context: {
        'aws:SourceOrgID': organization,
        'aws:PrincipalOrgID': organization,
        'aws:ResourceOrgID': organization,
      },
    }),
  });
};

const missing = (roleArn: string, uses: readonly RoleUse[]): TrustFinding[] => {
  const [first] = uses;
  if (first === undefined) return [];
  const who = showIdentity(first.identity);
  const others = uses.length === 1 ? '' : ` and ${uses.length - 1} more`;
  return [
    {
      reason: 'AssociatedRoleMissing',
      severity: JUDGING_REASONS.AssociatedRoleMissing.severity,
      sentence: `The role ${roleArn} does not exist, and is associated with ${who}${others}: their pods get no credentials.`,
      witness: who,
      remedy: 'Create the role again, or delete the associations: aws eks delete-pod-identity-association.',
    },
  ];
};

const unreadable = (roleArn: string, why: string): TrustFinding => ({
  reason: 'RoleUnreadable',
  severity: JUDGING_REASONS.RoleUnreadable.severity,
  sentence: `The role ${roleArn} could not be judged: ${why.replace(/\.$/, '')}.`,
  witness: roleArn,
  remedy: "Look into the log of podid-read-role in the role's account; it is judged again at the next change.",
});
