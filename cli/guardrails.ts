/** `podid guardrails`: whether the guardrails are sound, and whether they say what they are meant to. Only `grants` needs an AWS account. */
import path from 'node:path';
import { Command, Option } from 'commander';
import type { Config } from '../functions/config.ts';
import {
  type CaseResult,
  Cases,
  checkGuardrails,
  loadGuardrails,
  type Problem,
  runCases,
  undecidedBy,
} from '../functions/grants/guardrails/index.ts';
import { cedar } from '../functions/runtime/cedar.ts';
import { ConfigInvalid, readConfig } from '../infra/config-file.ts';
import { type GuardrailFiles, readGuardrails, readText, shaped, yamlOf } from './guardrails-files.ts';
import { isRefused, refusalLines, standingGrants } from './guardrails-grants.ts';
import { hubStore } from './hub.ts';
import { type Format, outputOption, print, printJson } from './output.ts';
import { Told } from './told.ts';

type Options = { config?: string; guardrails?: string; output: Format };

export const guardrailsCommand = () =>
  new Command('guardrails')
    .description(
      'the policies about who may ask for what, and whose approval it takes: are they sound, what do they say',
    )
    .addCommand(checkCommand())
    .addCommand(testCommand())
    .addCommand(grantsCommand())
    .addHelpText(
      'after',
      `
  podid guardrails check
  podid guardrails test
  podid guardrails grants
  podid guardrails check ./guardrails --config local/fleet/podid.config.yaml`,
    );

const checkCommand = () =>
  new Command('check')
    .description('grammar, schema, ids, names of teams, accounts and clusters, and policies that can never apply')
    .argument('[directory]', 'with *.cedar, *.cedarschema and teams.yaml', 'guardrails')
    .addOption(configOption())
    .addOption(outputOption())
    .addHelpText('after', '\nExit code: 0 without errors (warnings alone are none), else 1.')
    .action((directory: string, { config, output }: Options) => {
      const { source, ...files } = readGuardrails(directory);
      const problems = checkGuardrails(cedar(), source, { ...files, config: configOf(files, config) });
      const errors = problems.filter(({ severity }) => severity === 'error').length;
      if (errors > 0) process.exitCode = 1;
      if (output === 'json') return printJson({ problems });
      print([...problems.map(problemLine), verdictLine(errors, problems.length - errors)].join('\n'));
    });

const testCommand = () =>
  new Command('test')
    .description('asks the guardrails every case of a file, and shows the cases in which they answer otherwise')
    .argument('[file]', 'the cases', path.join('guardrails', 'cases.yaml'))
    .option('--guardrails <directory>', 'by default where the cases are')
    .addOption(configOption())
    .addOption(outputOption())
    .addHelpText('after', '\nExit code: 0 when every case is answered as expected, else 1.')
    .action((file: string, { guardrails: directory, config, output }: Options) => {
      const read = readText(file);
      const cases = shaped(Cases, yamlOf(read), file);
      const { source, ...files } = readGuardrails(directory ?? path.dirname(file));
      const guardrails = loadGuardrails(cedar(), source);
      const bench = { guardrails, teams: files.teams, config: configOf(files, config) };
      const results = runCases(bench, cases);
      const failed = results.filter(({ passed }) => !passed);
      const untested = undecidedBy(guardrails, results);
      if (failed.length > 0) process.exitCode = 1;
      if (output === 'json') return printJson({ cases: results, untested });
      print(
        [
          ...failed.flatMap(failureLines),
          ...(untested.length > 0 ? [`No case is decided by ${untested.join(', ')}.`] : []),
          `${results.length - failed.length} passed, ${failed.length} failed`,
        ].join('\n'),
      );
    });

const grantsCommand = () =>
  new Command('grants')
    .description('grants in force that these guardrails would refuse: before you deploy what you have changed')
    .argument('[directory]', 'with *.cedar, *.cedarschema and teams.yaml', 'guardrails')
    .addOption(configOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Reads the hub's table, and judges by what was read in the accounts when each grant was made.
Exit code: 0 when all of them would be allowed, else 1. Nothing is revoked: podid revoke GRANT does that.`,
    )
    .action(async (directory: string, { config, output }: Options) => {
      const files = readGuardrails(directory);
      const standing = await standingGrants(hubStore(), files, configOf(files, config));
      const refused = standing.filter(isRefused);
      const unjudged = standing.filter(({ verdict }) => verdict === undefined).map(({ grant }) => grant.id);
      if (refused.length > 0) process.exitCode = 1;
      if (output === 'json') {
        const told = refused.map(({ grant, verdict }) => ({ id: grant.id, version: grant.inForce, ...verdict }));
        return printJson({ judged: standing.length - unjudged.length, refused: told, unjudged });
      }
      print(
        [
          ...refused.flatMap(refusalLines),
          ...(unjudged.length > 0 ? [`Nothing is on record to judge ${unjudged.join(', ')} by.`] : []),
          `${counted(standing.length, 'grant')} in force, ${refused.length} would be refused.`,
        ].join('\n'),
      );
    });

const configOption = () =>
  new Option(
    '--config <file>',
    'the configuration with the accounts and clusters; by default the one that teams.yaml names, else podid.config.yaml',
  );

const configOf = ({ teams, teamsFile }: Pick<GuardrailFiles, 'teams' | 'teamsFile'>, given?: string): Config => {
  const named = teams.config === undefined ? undefined : path.resolve(path.dirname(teamsFile.file), teams.config);
  try {
    return readConfig(given ?? named ?? 'podid.config.yaml');
  } catch (error) {
    if (error instanceof ConfigInvalid) throw new Told(error.message);
    throw error;
  }
};

const problemLine = ({ file, line, column, severity, sentence }: Problem): string =>
  `${file}:${line}:${column}: ${severity}: ${sentence}`;

const verdictLine = (errors: number, warnings: number): string =>
  `${errors === 0 ? 'The guardrails are sound' : 'The guardrails are not sound'}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}.`;

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const failureLines = ({ name, differences, verdict }: CaseResult): readonly string[] => [
  `FAILED: ${name}`,
  ...differences.map((difference) => `  ${difference}`),
  ...(verdict?.because ?? []).map(({ id, about, reason }) => `    ${id}, ${about}: ${reason}`),
  '',
];
