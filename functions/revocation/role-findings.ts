/** What is wrong about the denies of a revocation. Pure. */
import type { RevocationSettings } from '../config.ts';
import type { Finding } from '../finding.ts';
import { showIdentity } from '../identity.ts';
import { parseArn } from '../partition.ts';
import type { Known, KnownRole, RecordInput } from './contract.ts';
import { finding, type Reason } from './findings.ts';
import { isInForce, LIMITS } from './known-roles.ts';
import { alsoHit, listed, type Neighbours } from './neighbours.ts';
import { rolesOf } from './standing.ts';

export type RoleFinding = Finding & { readonly reason: Reason };

export type RoleFacts = {
  readonly state: RecordInput;
  readonly settings: RevocationSettings;
  readonly neighbours: Neighbours;
};

/** All findings about roles, in no order. `isCalledOff`: nothing had to be revoked, so roles without a deny are as they should be. */
export const roleFindings = (facts: RoleFacts, isCalledOff: boolean): RoleFinding[] => {
  const { known } = facts.state.plan;
  const own = [
    ...unknownBefore(facts),
    ...tagsDisabled(facts),
    ...unreadable(facts),
    ...elsewhere(known),
    ...unbounded(known),
  ];
  return [...(isCalledOff ? [] : own), ...known.roles.flatMap((role) => ofRole(role, facts))];
};

const ofRole = (role: KnownRole, facts: RoleFacts): RoleFinding[] => {
  const { outcome, roleArn } = role;
  const found: RoleFinding[] = [];
  if (outcome !== undefined && 'error' in outcome) found.push(failed(role, facts));
  else if (outcome?.status === 'no-room') {
    found.push(
      finding('NoRoomForDeny', `The role ${roleArn} has no room for the deny${reasonOf(outcome.because)}.`, {
        witness: roleArn,
        remedy: `Move inline policies of the role into managed ones, then run: podid revocations retry ${facts.state.revocation.id}`,
      }),
    );
  } else if (outcome?.status === 'refused') {
    found.push(
      finding('RoleExcluded', `The role ${roleArn} got no deny${reasonOf(outcome.because)}.`, {
        witness: roleArn,
        remedy: 'Cut its sessions by hand (IAM console, "Revoke active sessions"), or take it off excludedRoles.',
      }),
    );
  }
  if (role.removed === true) {
    found.push(
      finding('DenyRemoved', `The deny on ${roleArn} was gone again before the end; it was put back.`, {
        witness: roleArn,
        remedy:
          'CloudTrail tells who called DeleteRolePolicy or replaced the inline policies (Terraform: inline_policy, aws_iam_role_policies_exclusive).',
      }),
    );
  }
  if (role.untraced !== undefined) {
    found.push(
      finding(
        'RolesNotTraced',
        `Nobody could look which roles the sessions of ${roleArn} can assume: ${role.untraced}.`,
        {
          witness: roleArn,
          remedy: `Mend the cause, then run: podid revocations retry ${facts.state.revocation.id}`,
        },
      ),
    );
  }
  return [...found, ...othersCut(role, facts)];
};

const failed = (role: KnownRole, { state }: RoleFacts): RoleFinding => {
  const { error } =
    role.outcome !== undefined && 'error' in role.outcome ? role.outcome : { error: { Error: 'unknown' } };
  const because = 'Cause' in error && error.Cause !== undefined ? `${error.Error}: ${error.Cause}` : error.Error;
  const remedy = `Mend the cause, then run: podid revocations retry ${state.revocation.id}`;
  const { roleArn } = role;
  if (role.do === 'lift' || role.earlier === true) {
    const sentence = `The deny on ${roleArn} still ends the new sessions of ${showIdentity(state.revocation.identity)}: ${because}.`;
    return finding('DenyLeftBehind', sentence, { witness: roleArn, remedy });
  }
  const reason = role.from === undefined ? 'DenyFailed' : 'ReachedDenyFailed';
  return finding(
    reason,
    `No deny stands on ${roleArn}: ${because}. Credentials taken from the pods work there until they expire.`,
    {
      witness: roleArn,
      remedy,
    },
  );
};

const othersCut = (role: KnownRole, { state, neighbours }: RoleFacts): RoleFinding[] => {
  if (!isInForce(role.outcome) || role.do !== 'cut') return [];
  const hit = alsoHit(role.form, state.revocation.identity, role.roleArn, neighbours);
  if (hit.length === 0) return [];
  return [
    finding(
      'OthersCut',
      `Without session tags, the deny on ${role.roleArn} also ended the sessions of ${listed(hit)}.`,
      {
        witness: role.roleArn,
        remedy:
          'Restart their pods: sessions issued from now on pass. Better: turn session tags on, or give each identity a role of its own.',
      },
    ),
  ];
};

const unknownBefore = ({ state }: RoleFacts): RoleFinding[] => {
  const { cause, former, identity } = state.revocation;
  if (former !== undefined || cause === 'association-created') return [];
  return [
    finding(
      'PriorStateUnknown',
      `Nobody knows which role ${showIdentity(identity)} held: its credentials live on until they expire, up to 6 hours.`,
      {
        witness: showIdentity(identity),
        remedy:
          'Look the role up in Terraform or in CloudTrail (CreatePodIdentityAssociation), and cut its sessions by hand (IAM console, "Revoke active sessions").',
      },
    ),
  ];
};

const tagsDisabled = ({ state, settings, neighbours }: RoleFacts): RoleFinding[] => {
  const { former, identity, id } = state.revocation;
  if (former?.disableSessionTags !== true) return [];
  if (settings.withoutSessionTags !== 'report') {
    return [
      finding(
        'SessionTagsDisabled',
        `Session tags were off, so sessions of ${showIdentity(identity)} that went on to other roles can't be told from others there.`,
        {
          witness: former.roleArn,
          remedy: 'Turn session tags on before the next time.',
        },
      ),
    ];
  }
  return rolesOf(former).map((roleArn) => {
    const whole = alsoHit('whole-role', identity, roleArn, neighbours);
    const cluster = alsoHit('session-name', identity, roleArn, neighbours);
    const would = `A deny on the whole role would also end the sessions of ${listed(whole) || 'nobody else that we know'}; one by session name those of ${listed(cluster) || 'nobody else that we know'}.`;
    return finding(
      'SessionTagsDisabled',
      `Session tags were off: no deny on ${roleArn} can name this identity's sessions. ${would}`,
      {
        witness: roleArn,
        remedy: `Set revocation.withoutSessionTags to cluster or whole-role, deploy, and run: podid revocations retry ${id}`,
      },
    );
  });
};

const unreadable = ({ state }: RoleFacts): RoleFinding[] => {
  const read = state.associations;
  if (state.plan.standing !== 'unreadable' || read === undefined || !('error' in read)) return [];
  const { id, identity } = state.revocation;
  return [
    finding(
      'AssociationsUnreadable',
      `The associations of ${showIdentity(identity)} can't be read (${read.error.Error}): its denies have a time, which sessions that assume roles in a circle can outrun.`,
      { witness: showIdentity(identity), remedy: `Mend the cause, then run: podid revocations retry ${id}` },
    ),
  ];
};

const elsewhere = ({ elsewhere: others, roles, omitted }: Known): RoleFinding[] => {
  const found = others.map(({ roleArn, from, because }): RoleFinding => {
    const source = from === undefined ? undefined : roles[from]?.roleArn;
    const how = source === undefined ? 'The association names' : `Sessions of ${source} can assume`;
    if (because === 'limit') {
      return finding(
        'TooManyRoles',
        `${how} ${roleArn}, which is past the limit of ${LIMITS.roles} roles and ${LIMITS.depth} steps: it got no deny.`,
        {
          witness: roleArn,
          remedy: 'Narrow the AssumeRole permissions on the way there.',
        },
      );
    }
    return finding(
      'RoleNotOurs',
      `${how} ${roleArn}, in account ${parseArn(roleArn)?.account ?? '?'}, which has no spoke: it got no deny.`,
      {
        witness: roleArn,
        remedy: 'Add the account to podid.config.yaml and deploy its spoke, or ask its owner to revoke the sessions.',
      },
    );
  });
  const more =
    omitted === 0
      ? []
      : [
          finding(
            'TooManyRoles',
            `${omitted} more roles or patterns can be reached and got no deny; the journal names those that were looked at.`,
            { remedy: 'Narrow the AssumeRole permissions on the way there.' },
          ),
        ];
  return [...found, ...more];
};

const unbounded = ({ unbounded: patterns, roles }: Known): RoleFinding[] =>
  patterns.map(({ pattern, from }) => {
    const source = roles[from]?.roleArn ?? 'unknown';
    return finding(
      'UnboundedAssumeRole',
      `The role ${source} may assume ${pattern}: which roles its sessions are in by now can't be told.`,
      {
        witness: source,
        remedy:
          'Let the policy name the roles. Sessions keep their tags on the way: denies on those roles would end them.',
      },
    );
  });

const reasonOf = (because: string | undefined): string =>
  because === undefined ? '' : `: ${because.replace(/\.$/, '')}`;
