/** `podid trust tighten`: the smallest change after which a policy admits only these service accounts. */
import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import type { WorkloadIdentity } from '../functions/identity.ts';
import { partitionOf } from '../functions/partition.ts';
import { parsePolicy } from '../functions/policy/index.ts';
import { MAX_TRUST_CHARACTERS } from '../functions/trust/asks/index.ts';
import { accountFrom, each, identityFrom, identityText, quotaFrom, readIdentities } from './identities.ts';
import { print, printJson } from './output.ts';
import { inFile, readSource } from './source.ts';
import { Told } from './told.ts';
import { namedRole } from './trust-role.ts';

type Options = {
  account?: string;
  identity?: readonly WorkloadIdentity[];
  identities?: string;
  quota?: number;
  output: 'diff' | 'document' | 'json';
  write?: boolean;
};

export const tightenCommand = () =>
  new Command('tighten')
    .description('narrow a trust policy to these service accounts, by the smallest change; it never widens one')
    .argument('<file>', "the present policy's JSON; - is the standard input")
    .option('-i, --identity <arn/ns/sa>', 'CLUSTER_ARN/NAMESPACE/SERVICE_ACCOUNT; again for more', each(identityFrom))
    .option('--identities <file>', 'a file of them: a line each, # begins a comment; or a JSON list')
    .option('--account <id>', "the role's account, if not the clusters'", accountFrom)
    .option('--quota <characters>', 'the quota "Role trust policy length"', quotaFrom, 2048)
    .addOption(
      new Option('-o, --output <format>', 'the change as a diff, the new policy, or both as data')
        .choices(['diff', 'document', 'json'])
        .default('diff'),
    )
    .option('--write', 'put the new policy into the file')
    .addHelpText('after', HELP)
    .action(async (file: string, options: Options) => {
      const { output, write } = options;
      if (write === true && file === '-') throw new Told('--write needs a file: the standard input is none.');
      const identities = [
        ...(options.identity ?? []),
        ...(options.identities === undefined ? [] : await readIdentities(options.identities)),
      ];
      if (identities.length === 0)
        throw new Told('To whom? Give --identities FILE, or --identity CLUSTER_ARN/NAMESPACE/SERVICE_ACCOUNT.');
      const text = await readSource(file);
      const policy = inFile(file, () => parsePolicy(text, { kind: 'trust', maxCharacters: MAX_TRUST_CHARACTERS }));
      const places = identities.map(({ account, region }) => ({ account, partition: partitionOf(region).name }));
      const { account, partition } = namedRole(options, [policy], places);
      const { tighten } = await import('../functions/trust/tighten/index.ts');
      const tightened = tighten(text, identities, {
        account,
        partition,
        ...(options.quota !== undefined && { quota: options.quota }),
      });
      const document = `${JSON.stringify(tightened.document, null, 2)}\n`;
      if (write === true && tightened.changed) await writeFile(file, document);
      for (const identity of tightened.notAdmitted) {
        console.error(
          `Not admitted, before or after: ${identityText(identity)}. podid trust author --into FILE lets it in.`,
        );
      }
      if (output === 'json') return printJson(tightened);
      if (output === 'document') return print(document);
      if (!tightened.changed) return print('Nothing to do: it admits nobody else.');
      const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff');
      const before = `${JSON.stringify(jsonOf(text), null, 2)}\n`;
      print(
        createTwoFilesPatch(file, file, before, document, 'now', 'tightened', {
          headerOptions: FILE_HEADERS_ONLY,
        }),
      );
      for (const { kind, index, sid, because } of tightened.changes) {
        if (kind !== 'kept')
          print(`${kind} ${sid === undefined || sid === '' ? `statement ${index}` : sid}: ${because}`);
      }
      print(`${tightened.characters} of ${tightened.quota} characters.`);
    });

const HELP = `
What the policy says of others than pods stays as it is. The result is checked before it is shown: it admits these service accounts,
as far as the present policy does, and nobody else.

  podid trust tighten trust.json --identities associated.txt
  podid trust tighten trust.json --identities associated.txt --write`;

/** It has been read as a policy by now. */
const jsonOf = (text: string): unknown => JSON.parse(/^\s*%/.test(text) ? decodeURIComponent(text) : text);
