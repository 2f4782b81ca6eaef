/** `podid trust diff`: who gains and who loses between two trust policies, each with a witness. */
import { Command } from 'commander';
import type { WorkloadIdentity } from '../functions/identity.ts';
import { parsePolicy } from '../functions/policy/index.ts';
import type { Changed, OtherPrincipal, TrustDifference } from '../functions/trust/compare/index.ts';
import type { ChainedIdentity, FederatedIdentity } from '../functions/trust/reach/index.ts';
import { identityText } from './identities.ts';
import { print, printJson } from './output.ts';
import { inFile, readSource } from './source.ts';
import { Told } from './told.ts';
import { namedRole, type RoleOptions, withRoleOptions } from './trust-role.ts';
import { WAYS } from './trust-ways.ts';

type Options = RoleOptions & { json?: boolean };
type Witness = WorkloadIdentity | ChainedIdentity | FederatedIdentity | OtherPrincipal;

/** As diff has it. */
const EXIT = { same: 0, different: 1, trouble: 2 } as const;

export const diffCommand = () =>
  withRoleOptions(new Command('diff'))
    .description('who gains and who loses when one trust policy takes the place of another')
    .argument('<old>', "the old policy's JSON; - is the standard input")
    .argument('<new>', 'the new one')
    .option('--json', 'as data')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.same : EXIT.trouble))
    .addHelpText('after', HELP)
    .action(async (old: string, now: string, options: Options) => {
      process.exitCode = EXIT.trouble;
      if (old === '-' && now === '-') throw new Told('Only one of the two can be the standard input.');
      // Without a kind: the old one may be what IAM never stored.
      const before = await policyOf(old);
      const after = await policyOf(now);
      const { compareTrust } = await import('../functions/trust/compare/index.ts');
      const differences = compareTrust(before, after, namedRole(options, [before, after]));
      process.exitCode = differences.length === 0 ? EXIT.same : EXIT.different;
      if (options.json === true) return printJson(differences);
      if (differences.length === 0) return print('Nobody gains and nobody loses.');
      print(differences.map(differenceText).join('\n'));
    });

const HELP = `
Exit code: 0 nobody gains or loses, 1 somebody does, 2 trouble.

  podid trust diff trust.json new.json
  aws iam get-role --role-name api --query Role.AssumeRolePolicyDocument | podid trust diff - new.json`;

const policyOf = async (file: string) => {
  const text = await readSource(file);
  return inFile(file, () => parsePolicy(text));
};

const differenceText = (difference: TrustDifference): string => {
  const { way, gains, loses } = difference;
  const source = 'sourceAccount' in difference ? sourceText(difference) : '';
  const part = (verb: string, changed: Changed<Witness> | undefined): readonly string[] =>
    changed === undefined
      ? []
      : [
          `  ${verb}${hangs(changed)}:`,
          ...changed.sentences.map((sentence) => `    ${sentence}`),
          `    for example ${showWitness(changed.witness)}`,
        ];
  return [`${WAYS[way]}${source}`, ...part('gain', gains), ...part('lose', loses)].join('\n');
};

const sourceText = ({ sourceAccount, others }: { readonly sourceAccount: string; readonly others: boolean }): string =>
  others ? ', through a role of any other account' : `, through a role of ${sourceAccount}`;

const hangs = ({ hangsOn }: Changed<Witness>): string =>
  hangsOn.length === 0 ? '' : `, perhaps: it hangs on ${hangsOn.join(', ')}`;

const showWitness = (witness: Witness): string => {
  if ('kind' in witness) return `${witness.kind} ${witness.name}`;
  if ('issuer' in witness) return `${witness.namespace}/${witness.serviceAccount} of ${witness.issuer}`;
  return 'sourceRoleArn' in witness
    ? `${identityText(witness)} through ${witness.sourceRoleArn}`
    : identityText(witness);
};
