/** What is there: what a service account has, what hangs on a role, findings and revocations. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AssociationState } from '../../association.ts';
import { configuredCluster } from '../../config.ts';
import { isFinal, newestOf, type Person, rolesToRead } from '../../grants/index.ts';
import { clusterArn, sameIdentity, showIdentity, type WorkloadIdentity } from '../../identity.ts';
import { partitionOf } from '../../partition.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { FindingRow } from '../../store/finding-row.ts';
import type { Doing } from './doing.ts';
import type { ApiEnv } from './env.ts';
import { irsaImpact, irsaSentence, irsaView } from './irsa.ts';
import { Refused } from './problems.ts';
import { paged } from './requests.ts';
import { mayRead, mayReadAccount, mayReadIdentity } from './rights.ts';
import { getIdentity, getImpact, listFindings, listRevocations } from './routes.ts';
import type { IrsaView } from './schemas.ts';
import { seenBy } from './seen-by.ts';
import { adminsOf, grantRow, type Kept } from './views.ts';

const AT_ONCE = 10;

export const onAccess = (app: OpenAPIHono<ApiEnv>, doing: Doing): void => {
  const { store, law, config } = doing;
  const admins = adminsOf(doing);
  const readBy = (by: Person) => (kept: Kept) => mayRead(law.owned, kept.grant, by, admins);

  app.openapi(getIdentity, async (c) => {
    const by = c.get('caller');
    const identity = c.req.valid('param');
    if (configuredCluster(config, identity.account, identity.region, identity.cluster) === undefined) {
      throw new Refused('no-such-thing', `podid.config.yaml names no cluster ${clusterArn(identity)}.`);
    }
    if (!mayReadIdentity(law.owned, identity, by, admins)) {
      throw new Refused('not-yours', `${showIdentity(identity)} is of another team.`);
    }
    const standing = (await store.grants.ofIdentity(identity)).grants.filter(({ grant }) => !isFinal(grant.state));
    const { association, from } = await associationOf(doing, identity, standing);
    const irsa = await irsaOf(doing, identity, association);
    const roles = [association?.roleArn, association?.targetRoleArn].filter((arn) => arn !== undefined);
    const findings = (await inBatches(roles, AT_ONCE, store.findings.of)).flat().filter(isOpen);
    const grants = standing.filter(readBy(by)).map(grantRow);
    return c.json(
      {
        identity,
        ...(association && { association }),
        from,
        ...(irsa && { irsa }),
        grants,
        findings,
        sentences: [...accessSentences(identity, association, standing), ...(irsa ? [irsaSentence(irsa)] : [])],
      },
      200,
    );
  });

  app.openapi(getImpact, async (c) => {
    const by = c.get('caller');
    const { account, name } = c.req.valid('param');
    if (!config.spokes.some((spoke) => spoke.account === account)) {
      throw new Refused('no-such-thing', `podid.config.yaml names no account ${account}.`);
    }
    if (!mayReadAccount(law.owned, account, by, admins)) {
      throw new Refused('not-yours', `Account ${account} is owned by other teams.`);
    }
    const plain = `arn:${partitionOf(config.hub.region).name}:iam::${account}:role/${name.replace(/^\//, '')}`;
    const roleArn = name.includes('/') ? plain : ((await store.roles.named(account, name)) ?? plain);
    const [held, users, { grants }, findings] = await Promise.all([
      store.associations.ofRole(roleArn),
      store.serviceAccounts.ofRole(roleArn),
      store.grants.ofRole(roleArn),
      store.findings.of(roleArn),
    ]);
    const identities = held.map(({ identity, state }) => ({
      identity,
      as: state.roleArn === roleArn ? ('source' as const) : ('target' as const),
    }));
    const standing = grants.filter(({ grant }) => !isFinal(grant.state));
    return c.json(
      {
        roleArn,
        identities,
        irsa: users.map(({ identity, since }) => ({ identity, since })),
        grants: standing.map(grantRow),
        findings: findings.filter(isOpen),
        sentences: [
          ...identities.map(({ identity, as }) =>
            as === 'source'
              ? `${showIdentity(identity)} would have no credentials.`
              : `${showIdentity(identity)} would have no credentials: its association reaches the role as its target.`,
          ),
          ...irsaImpact(
            users,
            identities.map(({ identity }) => identity),
          ),
          ...standing.map(({ grant }) => `Grant ${grant.id} of team ${newestOf(grant).wish.team} gives the role.`),
          ...(identities.length + users.length + standing.length === 0
            ? ['Nothing that podid knows of hangs on the role.']
            : []),
        ],
      },
      200,
    );
  });

  app.openapi(listFindings, async (c) => {
    const by = c.get('caller');
    const { findings, next } = await paged(c.req.valid('query'), store.findings.listOpen);
    const maySee = seenBy(doing, by);
    const may = await inBatches(findings, AT_ONCE, ({ object }) => maySee(object));
    return c.json({ findings: findings.filter((_, at) => may[at]), ...(next !== undefined && { next }) }, 200);
  });

  app.openapi(listRevocations, async (c) => {
    const by = c.get('caller');
    const { revocations, next } = await paged(c.req.valid('query'), store.revocations.list);
    const shown = revocations.filter(({ revocation }) => mayReadIdentity(law.owned, revocation.identity, by, admins));
    return c.json({ revocations: shown, ...(next !== undefined && { next }) }, 200);
  });
};

const isOpen = ({ state }: FindingRow): boolean => state === 'open';

/** Read in its account; where nobody answers, as it was last seen with one of the roles of its grants. */
const associationOf = async (
  { survey, store, config }: Doing,
  identity: WorkloadIdentity,
  grants: readonly Kept[],
): Promise<{ readonly association?: AssociationState; readonly from: 'live' | 'inventory' }> => {
  const { account, region } = identity;
  const input = { roleArns: [], policyArns: [], identities: [identity] };
  // Whatever went wrong there: what podid knows is an answer, too, and says that it is no more.
  const live = await survey?.({ account, region, input }).catch(() => undefined);
  const own = (each: { readonly identity: WorkloadIdentity }) => sameIdentity(each.identity, identity);
  if (live !== undefined) {
    const association = live.associations.find(own)?.state;
    return { ...(association && { association }), from: 'live' };
  }
  const roles = grants.flatMap(({ grant }) => rolesToRead({ grantId: grant.id, wish: newestOf(grant).wish, config }));
  const held = await inBatches([...new Set(roles)], AT_ONCE, store.associations.ofRole);
  const association = held.flat().find(own)?.state;
  return { ...(association && { association }), from: 'inventory' };
};

/** As the last sweep of its cluster has seen it; the association may have been read just now. */
const irsaOf = async (
  { store: { serviceAccounts } }: Doing,
  identity: WorkloadIdentity,
  association: AssociationState | undefined,
): Promise<IrsaView | undefined> => {
  const [row, listed] = await Promise.all([serviceAccounts.of(identity), serviceAccounts.listed(identity)]);
  return row && irsaView(row, listed, association);
};

const accessSentences = (
  identity: WorkloadIdentity,
  association: AssociationState | undefined,
  grants: readonly Kept[],
): readonly string[] => [
  association === undefined
    ? `${showIdentity(identity)} has no association.`
    : `${showIdentity(identity)} has role ${association.roleArn}${association.targetRoleArn === undefined ? '' : ` and through it ${association.targetRoleArn}`}, by association ${association.associationId}.`,
  ...grants.map(({ grant }) => {
    const { wish, requestedBy } = newestOf(grant);
    return `Grant ${grant.id} is ${grant.state}, asked for by ${requestedBy.name ?? requestedBy.subject} of team ${wish.team}: ${wish.reason}`;
  }),
  ...(association !== undefined && grants.length === 0 ? ['No grant of podid gives it.'] : []),
];
