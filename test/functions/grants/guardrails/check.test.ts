/** `podid guardrails check`, the part that Cedar can't know: names. */
import { describe, expect, test } from '@jest/globals';
import { checkGuardrails, Teams } from '../../../../functions/grants/guardrails/index.ts';
import { config, engine, files, withPolicies } from './shipped.ts';

const text = 'accounts:\n  payments: {}\nteams:\n  checkout: {}\n';
const told = (policy: string, teams: Teams = files.teams) =>
  checkGuardrails(engine, withPolicies(policy), { config, teams, teamsFile: { file: 'teams.yaml', text } }).map(
    ({ severity, file, line, column, sentence }) => `${file}:${line}:${column} ${severity} ${sentence}`,
  );
const policy = (scope: string, condition = '') => `// ü\n@id("a") @reason("b")\npermit (${scope}) ${condition};`;
const ALL = policy('principal, action, resource');

describe('names in policies', () => {
  test.each<[string, string, string]>([
    [
      'a team in the scope',
      policy('principal in Team::"chekout", action, resource'),
      '0.cedar:3:22 error There is no team chekout in teams.yaml.',
    ],
    [
      'a team in a condition',
      policy(
        'principal, action == Action::"Proceed", resource is Grant',
        'when { context.approvedBy.contains(Team::"x") }',
      ),
      '0.cedar:3:103 error There is no team x in teams.yaml.',
    ],
    [
      'an account',
      policy('principal, action, resource in Account::"999999999999"'),
      '0.cedar:3:40 error There is no account 999999999999 in the configuration.',
    ],
    [
      'a cluster',
      policy('principal, action, resource in Cluster::"222222222222/eu-west-1/analytics"'),
      '0.cedar:3:40 error There is no cluster 222222222222/eu-west-1/analytics in the configuration; a cluster is called account/region/name.',
    ],
    [
      'a namespace of no cluster',
      policy('principal, action, resource in Namespace::"payments/checkout"'),
      '0.cedar:3:40 error There is no cluster payments/checkout in the configuration; a cluster is called account/region/name.',
    ],
    [
      'a role of no account',
      policy('principal, action, resource in Role::"arn:aws:iam::999999999999:role/x"'),
      '0.cedar:3:40 error There is no account 999999999999 in the configuration.',
    ],
    [
      'a role by its name',
      policy('principal, action, resource in Role::"orders"'),
      "0.cedar:3:40 error orders is no role's ARN.",
    ],
  ])('%s', (_what, given, expected) => {
    expect(told(given)).toEqual([expected]);
  });

  test('names that exist', () => {
    const where = [
      'principal in Team::"checkout" || resource in Account::"222222222222" || resource in Account::"111111111111"',
      'resource in Cluster::"222222222222/eu-west-1/payments"',
      'resource in Role::"arn:aws:iam::333333333333:role/x"',
      'principal == User::"anybody"',
    ];
    expect(
      told(policy('principal, action == Action::"Request", resource is Permission', `when { ${where.join(' || ')} }`)),
    ).toEqual([]);
  });
});

describe("the teams' file", () => {
  const accounts = { ...files.teams.accounts };
  test.each<[string, unknown, string]>([
    [
      'an unknown account',
      { accounts: { ...accounts, billing: { environment: 'production', owners: ['checkout'] } } },
      'error There is no account billing in the configuration.',
    ],
    [
      'an unknown environment',
      { accounts: { ...accounts, payments: { environment: 'prod', owners: ['platform'] } } },
      'error The schema has no environment prod: it has production, staging, development.',
    ],
    [
      'an unknown owner',
      { accounts: { ...accounts, payments: { environment: 'staging', owners: ['nobody'] } } },
      'error The owner nobody of payments is no team of this file.',
    ],
    [
      'no owner',
      { accounts: { ...accounts, payments: { environment: 'staging' } } },
      'warning payments has no owners: nothing that reaches into it can be approved.',
    ],
    [
      'an unknown cluster',
      {
        accounts: {
          ...accounts,
          payments: { environment: 'staging', owners: ['platform'], clusters: { eks: { environment: 'production' } } },
        },
      },
      'error payments has no cluster eks in the configuration.',
    ],
    [
      'an account left out',
      { accounts: { payments: accounts.payments, ledger: accounts.ledger } },
      "warning Account analytics of the configuration isn't described: it is not for sale.",
    ],
    [
      'namespaces of an unknown account',
      {
        teams: {
          ...files.teams.teams,
          new: { namespaces: [{ account: 'x', cluster: 'payments', namespaces: ['a'] }] },
        },
      },
      'error There is no account x in the configuration.',
    ],
    [
      'namespaces of an unknown cluster',
      {
        teams: {
          ...files.teams.teams,
          new: { namespaces: [{ account: 'payments', cluster: 'pay?', namespaces: ['a'] }] },
        },
      },
      'error Team new: no cluster of payments is called pay?.',
    ],
  ])('%s', (_what, over, expected) => {
    const teams = Teams.parse({ ...files.teams, ...(over as object) });
    expect(told(ALL, teams).map((line) => line.replace(/^teams\.yaml:\d+:\d+ /, ''))).toEqual([expected]);
  });

  test("the place is the name's", () => {
    const teams = Teams.parse({ ...files.teams, accounts: { ...accounts, payments: { environment: 'staging' } } });
    expect(told(ALL, teams)).toEqual([expect.stringMatching(/^teams\.yaml:2:3 /)]);
  });
});
