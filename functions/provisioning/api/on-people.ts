/** What podid is to whoever asks: who they are, what waits for them, what they could have. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { TEMPLATES } from '../../abac/index.ts';
import { matches as globMatches } from '../../grants/guardrails/ownership.ts';
import type { Person } from '../../grants/index.ts';
import type { Doing } from './doing.ts';
import type { ApiEnv } from './env.ts';
import { paged } from './requests.ts';
import { isAdmin, mayApprove } from './rights.ts';
import { getCatalogue, getMe, listApprovals } from './routes.ts';
import type { CatalogueView } from './schemas.ts';
import { roughFacts } from './verdict.ts';
import { adminsOf, grantRow } from './views.ts';

export const onPeople = (app: OpenAPIHono<ApiEnv>, doing: Doing): void => {
  app.openapi(getMe, (c) => {
    const by = c.get('caller');
    const unknownTeams = by.teams.filter((team) => !doing.law.owned.teams.includes(team));
    return c.json({ ...by, teams: [...by.teams], admin: isAdmin(by, adminsOf(doing)), unknownTeams }, 200);
  });

  app.openapi(listApprovals, async (c) => {
    const by = c.get('caller');
    const { grants, next } = await paged(c.req.valid('query'), doing.store.grants.waiting);
    const mine = grants.filter(({ grant }) => {
      const may = mayApprove(doing.law, roughFacts(doing, grant), by);
      const given = grant.approvals.some(
        ({ by: who, version }) => who.subject === by.subject && version === grant.pending?.version,
      );
      return !given && may !== 'own-request' && may.decision === 'allow';
    });
    return c.json({ grants: mine.map(grantRow), ...(next !== undefined && { next }) }, 200);
  });

  app.openapi(getCatalogue, (c) => c.json(catalogueFor(doing, c.get('caller')), 200));
};

const catalogueFor = ({ config, law, teams }: Doing, { teams: mine }: Person): CatalogueView => ({
  namespaces: mine.flatMap((team) =>
    (Object.hasOwn(teams.teams, team) ? (teams.teams[team]?.namespaces ?? []) : []).flatMap((owned) =>
      config.spokes
        .filter(({ name, account }) => name === owned.account || account === owned.account)
        .flatMap((spoke) =>
          spoke.clusters
            .filter(({ name }) => globMatches(owned.cluster, name))
            .map(({ name: cluster, region }) => ({
              team,
              account: spoke.account,
              accountName: spoke.name,
              region,
              cluster,
              environment: law.owned.cluster({ account: spoke.account, region, cluster }).environment,
              namespaces: owned.namespaces,
            })),
        ),
    ),
  ),
  accounts: config.spokes
    .map(({ account, name, managedRoles }) => ({ account, name, managedRoles, ...law.owned.account(account) }))
    .filter(({ forSale, hub }) => forSale && !hub)
    .map(({ account, name, environment, owners, managedRoles }) => ({
      account,
      name,
      environment,
      owners,
      roles: managedRoles,
    })),
  templates: TEMPLATES.map(({ name, title, parameters }) => ({
    name,
    title,
    parameters: z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' }),
  })),
  limits: (({ approvalHours, longestDays, clusters, targets }) => ({ approvalHours, longestDays, clusters, targets }))(
    config.grants,
  ),
});
