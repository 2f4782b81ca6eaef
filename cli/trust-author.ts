/** `podid trust author`: the shortest trust policy that admits exactly these service accounts. */
import { Command, Option } from 'commander';
import type { WorkloadIdentity } from '../functions/identity.ts';
import { parseArn, partitionOf } from '../functions/partition.ts';
import type { Authored, DoesNotFit } from '../functions/trust/author/index.ts';
import { accountFrom, each, identityFrom, identityText, quotaFrom, readIdentities } from './identities.ts';
import { print } from './output.ts';
import { inFile, readSource } from './source.ts';
import { Told } from './told.ts';

type Options = {
  identity?: readonly WorkloadIdentity[];
  identities?: string;
  sourceRole?: string;
  into?: string;
  roleAccount?: string;
  quota?: number;
  output: 'json' | 'compact';
};

export const authorCommand = () =>
  new Command('author')
    .description('write the shortest trust policy that admits exactly these service accounts')
    .option('-i, --identity <arn/ns/sa>', 'CLUSTER_ARN/NAMESPACE/SERVICE_ACCOUNT; again for more', each(identityFrom))
    .option('--identities <file>', 'a file of them: a line each, # begins a comment; or a JSON list')
    .option('--source-role <arn>', 'for a target role: the role through which they come')
    .option('--into <file>', "the present policy: its foreign statements stay, podid's own are written anew")
    .option('--role-account <id>', "the role's account, if not the clusters'", accountFrom)
    .option('--quota <characters>', 'the quota "Role trust policy length"', quotaFrom, 2048)
    .addOption(
      new Option('-o, --output <format>', 'json is indented, compact is as it counts')
        .choices(['json', 'compact'])
        .default('json'),
    )
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const identities = [
        ...(options.identity ?? []),
        ...(options.identities === undefined ? [] : await readIdentities(options.identities)),
      ];
      const into = options.into === undefined ? undefined : await readSource(options.into);
      const account = options.roleAccount ?? identities[0]?.account;
      if (account === undefined)
        throw new Told('Whom for? Give --identity CLUSTER_ARN/NAMESPACE/SERVICE_ACCOUNT, or --identities FILE.');
      const partition = partitionOf(identities[0]?.region ?? '').name;
      checkSource(options.sourceRole);
      const { author, DoesNotFit } = await import('../functions/trust/author/index.ts');
      try {
        const authored = inFile(options.into ?? '-', () =>
          author({
            identities,
            role: { account, partition },
            ...(options.sourceRole !== undefined && { sourceRoleArn: options.sourceRole }),
            ...(into !== undefined && { into }),
            ...(options.quota !== undefined && { quota: options.quota }),
          }),
        );
        print(options.output === 'compact' ? authored.text : JSON.stringify(authored.document, null, 2));
        console.error(summary(authored));
      } catch (error) {
        if (!(error instanceof DoesNotFit)) throw error;
        throw new Told([error.message, ...splitLines(error)].join('\n'));
      }
    });

const HELP = `
The policy goes to the standard output, its length and what is known of it to the standard error. It is checked before it is printed:
it admits these service accounts and nobody else. Exit code 1 when it can't be written; when it is too long, with the split over roles.

  podid trust author -i arn:PARTITION:eks:REGION:ACCOUNT:cluster/payments/pay/api > trust.json
  podid trust author --identities payments.txt --into trust.json -o compact`;

const summary = ({ characters, quota, statements, minimal }: Authored): string => {
  const counted = `${characters} of ${quota} characters, ${statements} statement${statements === 1 ? '' : 's'} of ours`;
  return `${counted}; ${minimal ? 'proven minimal' : 'not proven minimal: a greedy search found it'}.`;
};

const splitLines = ({ split = [] }: DoesNotFit): readonly string[] =>
  split.flatMap(({ identities, authored }, index) => [
    `Role ${index + 1} (${authored.characters} characters):`,
    ...identities.map((identity) => `  ${identityText(identity)}`),
  ]);

const checkSource = (arn: string | undefined): void => {
  if (arn !== undefined && !parseArn(arn)?.resource.startsWith('role/'))
    throw new Told(`${arn} is not the ARN of a role.`);
};
