/** What somebody could ask for, as a person reads it. Pure. */
import type { CatalogueView } from '../functions/provisioning/api/schemas.ts';
import { table } from './output.ts';

/** Namespaces, accounts, templates and limits, a table each. */
export const catalogueText = ({ namespaces, accounts, templates, limits }: CatalogueView): string =>
  [
    table(
      ['TEAM', 'CLUSTER', 'ENVIRONMENT', 'NAMESPACES'],
      namespaces.map((one) => [
        one.team,
        `${one.account}/${one.region}/${one.cluster}`,
        one.environment,
        one.namespaces.join(', '),
      ]),
    ),
    table(
      ['ACCOUNT', 'NAME', 'ENVIRONMENT', 'OWNERS', 'EXISTING ROLES'],
      accounts.map(({ account, name, environment, owners, roles }) => [
        account,
        name,
        environment,
        owners.join(', ') || '-',
        roles.join(', ') || '-',
      ]),
    ),
    table(
      ['TEMPLATE', 'FOR'],
      templates.map(({ name, title }) => [name, title]),
    ),
    `At most ${limits.clusters} clusters and ${limits.targets} targets a grant, for ${limits.longestDays} days; approvals within ${limits.approvalHours} hours.`,
  ].join('\n\n');
