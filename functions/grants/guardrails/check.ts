/** What is wrong with the guardrails beyond Cedar's own grammar: names that nobody has, accounts that nobody owns. */
import type * as Cedar from '@cedar-policy/cedar-wasm/web';
import type { Config } from '../../config.ts';
import { parseArn } from '../../partition.ts';
import { type CedarEngine, type Guardrail, type GuardrailSource, loadGuardrails, type Problem } from './load.ts';
import { accountId, matches, type Teams } from './ownership.ts';
import { placeOf } from './text-places.ts';

export type Known = {
  readonly config: Config;
  readonly teams: Teams;
  /** The teams' file, to name places in it. */
  readonly teamsFile: { readonly file: string; readonly text: string };
};

/** Everything that is wrong, by file and line. */
export const checkGuardrails = (engine: CedarEngine, source: GuardrailSource, known: Known): readonly Problem[] => {
  const { problems, policies } = loadGuardrails(engine, source);
  const environments = environmentsOf(engine, source.schema.text);
  return [
    ...problems,
    ...[...policies.values()].flatMap((policy) => unknownNames(policy, source, known)),
    ...judgeTeams(known, environments),
  ].toSorted((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column);
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The names in a policy that neither the configuration nor the teams' file has. */
const unknownNames = (policy: Guardrail, source: GuardrailSource, known: Known): readonly Problem[] => {
  const text = source.policies.find(({ file }) => file === policy.file)?.text ?? '';
  const from = Math.max(0, text.indexOf(policy.text));
  return literalsOf(policy.json).flatMap(({ type, id }) => {
    const sentence = unknownName(type, id, known);
    if (sentence === undefined) return [];
    const at = text.indexOf(`${type}::${JSON.stringify(id)}`, from);
    const place = at < 0 ? policy.place : placeOf(text, at);
    return [{ severity: 'error' as const, file: policy.file, ...place, sentence }];
  });
};

const unknownName = (type: string, id: string, { config, teams, teamsFile }: Known): string | undefined => {
  const account = (of: string | undefined): string | undefined =>
    config.spokes.some((spoke) => spoke.account === of) || config.hub.account === of
      ? undefined
      : `There is no account ${of} in the configuration.`;
  const cluster = (of: string): string | undefined => {
    const [accountOf, region, name] = of.split('/');
    const clusters = config.spokes.find((spoke) => spoke.account === accountOf)?.clusters ?? [];
    return clusters.some((each) => each.region === region && each.name === name)
      ? undefined
      : `There is no cluster ${of} in the configuration; a cluster is called account/region/name.`;
  };
  switch (type) {
    case 'Team':
      return Object.hasOwn(teams.teams, id) ? undefined : `There is no team ${id} in ${teamsFile.file}.`;
    case 'Account':
      return account(id);
    case 'Cluster':
      return cluster(id);
    case 'Namespace':
      return cluster(id.split('/').slice(0, 3).join('/'));
    case 'Role':
      return parseArn(id)?.service === 'iam' ? account(parseArn(id)?.account) : `${id} is no role's ARN.`;
    default:
      return undefined;
  }
};

/** Every entity that the policy names, in its scope and in its conditions. */
const literalsOf = (json: Cedar.PolicyJson): readonly Cedar.TypeAndId[] => {
  const found = new Map<string, Cedar.TypeAndId>();
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (isLiteral(node)) found.set(`${node.type}::${node.id}`, { type: node.type, id: node.id });
    for (const child of Object.values(node)) walk(child);
  };
  walk([json.principal, json.action, json.resource, json.conditions]);
  return [...found.values()];
};

const isLiteral = (node: object): node is Cedar.TypeAndId =>
  'type' in node && 'id' in node && typeof node.type === 'string' && typeof node.id === 'string';

/** The environments that the schema declares; undefined when it declares none as an enumeration. */
const environmentsOf = (engine: CedarEngine, schema: string): readonly string[] | undefined => {
  const answer = engine.schemaToJson(schema);
  const type = answer.type === 'success' ? answer.json['']?.entityTypes.Environment : undefined;
  return type !== undefined && 'enum' in type ? type.enum : undefined;
};

const judgeTeams = (
  { config, teams, teamsFile }: Known,
  environments: readonly string[] | undefined,
): readonly Problem[] => {
  const at = (severity: Problem['severity'], sentence: string, name: string): Problem => ({
    severity,
    file: teamsFile.file,
    ...placeOf(teamsFile.text, Math.max(0, teamsFile.text.search(new RegExp(`(?<![\\w-])${escaped(name)}(?![\\w-])`)))),
    sentence,
  });
  const clusters = (account: string): readonly string[] =>
    config.spokes
      .find((spoke) => spoke.account === accountId(config, account))
      ?.clusters.map((cluster) => cluster.name) ?? [];
  const account = (name: string): readonly Problem[] =>
    accountId(config, name) === undefined
      ? [at('error', `There is no account ${name} in the configuration.`, name)]
      : [];
  const environment = (name: string): readonly Problem[] =>
    environments === undefined || environments.includes(name)
      ? []
      : [at('error', `The schema has no environment ${name}: it has ${environments.join(', ')}.`, name)];
  const described = new Set(Object.keys(teams.accounts).map((name) => accountId(config, name)));
  return [
    ...Object.entries(teams.accounts).flatMap(([name, of]) => [
      ...account(name),
      ...environment(of.environment),
      ...of.owners
        .filter((team) => !Object.hasOwn(teams.teams, team))
        .map((team) => at('error', `The owner ${team} of ${name} is no team of this file.`, team)),
      ...(of.owners.length === 0
        ? [at('warning', `${name} has no owners: nothing that reaches into it can be approved.`, name)]
        : []),
      ...Object.entries(of.clusters).flatMap(([cluster, each]) => [
        ...(clusters(name).includes(cluster)
          ? []
          : [at('error', `${name} has no cluster ${cluster} in the configuration.`, cluster)]),
        ...environment(each.environment),
      ]),
    ]),
    ...config.spokes
      .filter((spoke) => !described.has(spoke.account))
      .map(({ name }) =>
        at('warning', `Account ${name} of the configuration isn't described: it is not for sale.`, name),
      ),
    ...Object.entries(teams.teams).flatMap(([team, { namespaces }]) =>
      namespaces.flatMap((owned) => {
        const unknown = account(owned.account);
        if (unknown.length > 0 || clusters(owned.account).some((name) => matches(owned.cluster, name))) return unknown;
        const sentence = `Team ${team}: no cluster of ${owned.account} is called ${owned.cluster}.`;
        return [at('error', sentence, owned.cluster)];
      }),
    ),
  ];
};

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
