/** The roles of a grant: what each is to be, and how it stands to what is there. */
import { principalTag, TEMPLATES } from '../abac/index.ts';
import { clusterArn, type WorkloadIdentity } from '../identity.ts';
import { parseArn, partitionOf } from '../partition.ts';
import { outOfBounds, unmanaged } from '../runtime/role-bounds.ts';
import { differencesOf, tagDifferences } from './compare-role.ts';
import type { GrantsConfig } from './grants-config.ts';
import { INLINE_POLICY, TEMPLATE_POLICY, tagsFor, targetsPolicy } from './names.ts';
import { type Asked, partyOf, roleArnOf, withSharers } from './parties.ts';
import { charactersOf, MOST_INLINE } from './permission-problems.ts';
import { renderTrust } from './rendered-trust.ts';
import type { Party, Remark, ResolvedRole, Standing } from './resolved.ts';
import { type PresentRole, type SeenRole, seenRole } from './seen.ts';
import { identitiesOf, isManaged, type Permissions, sourceAccountsOf, textOf } from './wish.ts';

export type RoleResolved = { readonly role: ResolvedRole; readonly blockers: readonly Remark[] };

/** The source role in each of the clusters' accounts, then the target roles, in the order in which they are made. */
export const resolveRoles = (asked: Asked): readonly RoleResolved[] => {
  const { wish } = asked;
  const accounts = sourceAccountsOf(wish);
  const sources = accounts.map((account): Draft => {
    const identities = identitiesOf(wish).filter((identity) => identity.account === account);
    const chain = chainPolicy(asked, identities);
    const { role, permissions } = wish.source;
    return {
      as: 'source',
      account,
      choice: role,
      permissions,
      identities,
      chain,
      parties: [partyOf(wish, identities)],
    };
  });
  const targets = wish.targets.map(({ account, role, permissions }): Draft => {
    const parties = accounts.map((sourceAccount) =>
      partyOf(
        wish,
        identitiesOf(wish).filter((identity) => identity.account === sourceAccount),
        roleArnOf(asked, 'source', sourceAccount, wish.source.role),
      ),
    );
    return { as: 'target', account, choice: role, permissions, identities: identitiesOf(wish), chain: {}, parties };
  });
  return [...sources, ...targets].map((draft) => resolveRole(asked, draft));
};

/** A role of the wish before anything that is there was looked at. */
type Draft = {
  readonly as: 'source' | 'target';
  readonly account: string;
  readonly choice: string;
  readonly permissions: Permissions | undefined;
  readonly identities: readonly WorkloadIdentity[];
  /** The permission to get the targets, by the policy's name. */
  readonly chain: Readonly<Record<string, string>>;
  readonly parties: readonly Party[];
};

const resolveRole = (asked: Asked, draft: Draft): RoleResolved => {
  const { grantId, wish, seen, config } = asked;
  const { as, account } = draft;
  const roleArn = roleArnOf(asked, as, account, draft.choice);
  const managed = isManaged(draft.choice);
  const there = seenRole(seen, roleArn);
  const present = there?.present === true ? there : undefined;
  const partition = partitionOf(config.hub.region).name;
  const parties = managed ? draft.parties : withSharers(asked, roleArn, draft.parties);
  const into = managed ? undefined : present?.trust;
  const quota = config.grants.trustCharacters;
  const trust = renderTrust({ parties, role: { account, partition, roleArn }, into, quota });
  const wanted = {
    as,
    roleArn,
    account,
    managed,
    // Without what an owner has written there, it would not be the text to write.
    trust: { parties, ...('text' in trust && (managed || present !== undefined) && { text: trust.text }) },
    managedPolicyArns: managed ? (draft.permissions?.managedPolicyArns ?? []) : [],
    inline: { ...draft.chain, ...(managed && inlineOf(draft)) },
    ...(managed && { boundary: `arn:${partition}:iam::${account}:policy/${config.grants.boundaryName}` }),
    tags: managed ? tagsFor({ grantId, team: wish.team }) : {},
  };
  const isMade = seen.made.includes(roleArn);
  const differences =
    present === undefined
      ? []
      : [...differencesOf(wanted, present, config.hub.region), ...(isMade ? tagDifferences(wanted, present) : [])];
  const blockers = [
    ...('refused' in trust ? [remark(trust.reason, `Role ${roleArn}: ${trust.refused}`)] : []),
    ...boundsOf(roleArn, managed, config),
    ...absence(roleArn, there, managed),
    ...roomFor(roleArn, wanted.inline, managed ? undefined : present),
  ];
  const differs = differences.length > 0;
  const standing = managed ? standingOf(present !== undefined, isMade, differs, wish.takeOver) : kept(differs);
  return {
    role: { ...wanted, standing: blockers.length > 0 ? 'stop' : standing, differences },
    blockers: standing === 'stop' ? [...blockers, foreign(roleArn, differences)] : blockers,
  };
};

/** How an existing role stands, which its owner has opted in: what is ours in it is changed. */
const kept = (differs: boolean): Standing => (differs ? 'update' : 'keep');

const absence = (roleArn: string, there: SeenRole | undefined, managed: boolean): readonly Remark[] => {
  if (there === undefined) return [remark('RoleNotRead', `Nobody could read role ${roleArn}: ask again.`)];
  return there.present || managed ? [] : [remark('RoleMissing', `Role ${roleArn} does not exist.`)];
};

const foreign = (roleArn: string, differences: readonly string[]): Remark =>
  remark('RoleDiffers', `Role ${roleArn} is there, podid has not made it, and it differs. ${differences.join(' ')}`);

/** How something stands that the grant makes itself. */
export const standingOf = (isThere: boolean, isMade: boolean, differs: boolean, takeOver: boolean): Standing => {
  if (!isThere) return 'create';
  if (isMade) return differs ? 'update' : 'keep';
  if (!differs) return 'adopt';
  return takeOver ? 'take-over' : 'stop';
};

const inlineOf = ({ permissions, identities }: Draft): Readonly<Record<string, string>> => {
  const template = TEMPLATES.find(({ name }) => name === permissions?.template?.name);
  return {
    ...(permissions?.inline !== undefined && { [INLINE_POLICY]: textOf(permissions.inline) }),
    ...(template !== undefined && {
      [TEMPLATE_POLICY]: JSON.stringify(template.render(permissions?.template?.parameters, identities).policy),
    }),
  };
};

/** The permission to get the targets. On a role that others share it holds for sessions of these identities alone. */
const chainPolicy = (asked: Asked, identities: readonly WorkloadIdentity[]): Readonly<Record<string, string>> => {
  const { grantId, wish } = asked;
  if (wish.targets.length === 0) return {};
  const condition = {
    StringEquals: {
      [principalTag('eks-cluster-arn')]: identities.map(clusterArn),
      [principalTag('kubernetes-namespace')]: wish.namespace,
      [principalTag('kubernetes-service-account')]: wish.serviceAccount,
    },
  };
  const statement = {
    Effect: 'Allow',
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Resource: wish.targets.map(({ account, role }) => roleArnOf(asked, 'target', account, role)),
    ...(!isManaged(wish.source.role) && wish.sessionTags && { Condition: condition }),
  };
  return { [targetsPolicy(grantId)]: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) };
};

const boundsOf = (roleArn: string, managed: boolean, { spokes }: GrantsConfig): readonly Remark[] => {
  const spoke = spokes.find(({ account }) => account === parseArn(roleArn)?.account);
  const why =
    outOfBounds(roleArn, spoke?.excludedRoles ?? []) ??
    (managed ? undefined : unmanaged(roleArn, spoke?.managedRoles ?? []));
  return why === undefined ? [] : [remark('RoleOutOfBounds', `Nothing may be written: ${why}.`)];
};

/** All inline policies of a role share one quota; `present`: of a role whose other policies stay. */
const roomFor = (
  roleArn: string,
  inline: Readonly<Record<string, string>>,
  present?: PresentRole,
): readonly Remark[] => {
  const all = { ...present?.inline, ...inline };
  const characters = Object.values(all).reduce((sum, text) => sum + charactersOf(text), 0);
  if (characters <= MOST_INLINE) return [];
  const sentence = `The inline policies of role ${roleArn} would have ${characters} characters; ${MOST_INLINE} is the most. Use managed policies, or fewer targets.`;
  return [remark('InlineTooLong', sentence)];
};

const remark = (reason: string, sentence: string): Remark => ({ reason, sentence });
