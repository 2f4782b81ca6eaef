/** `podid abac`: policies that use the session tags of Pod Identity, and whether a policy depends on them. No AWS account needed. */
import { Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import {
  type Generated,
  judgeDependence,
  type ResourceKind,
  resourceStatements,
  SESSION_TAGS,
  type SessionTag,
  TEMPLATES,
  type Template,
} from '../functions/abac/index.ts';
import type { WorkloadIdentity } from '../functions/identity.ts';
import { parsePolicy } from '../functions/policy/index.ts';
import { each, identityFrom } from './identities.ts';
import { type Format, outputOption, print, printJson, table } from './output.ts';
import { inFile, readSource } from './source.ts';
import { Told } from './told.ts';

export const abacCommand = () => {
  const abac = new Command('abac')
    .description('policies that use the session tags of Pod Identity')
    .argument('[template]', 'one of them')
    .action((named: string | undefined) => {
      if (named !== undefined) throw new Told(`There is no template ${named}. \`podid abac\` lists them.`);
      print(table(['TEMPLATE', 'GIVES'], [...TEMPLATES.map(({ name, title }) => [name, title]), ...OTHERS]));
    })
    .addHelpText('after', HELP);
  for (const template of TEMPLATES) abac.addCommand(templateCommand(template));
  return abac.addCommand(resourceCommand()).addCommand(checkCommand());
};

const OTHERS = [
  ['resource', "the statement for the policy of another account's bucket, key, queue or secret"],
  ['check', 'nothing: says whether a permissions policy depends on the tags'],
];

const HELP = `
A template prints the policy to the standard output and what it says, in sentences, to the standard error.

  podid abac s3-prefix --bucket reports -i arn:PARTITION:eks:REGION:ACCOUNT:cluster/payments/pay/api
  podid abac check policy.json -i arn:PARTITION:eks:REGION:ACCOUNT:cluster/payments/pay/api --action s3:GetObject --require kubernetes-namespace`;

const identityOption = () =>
  new Option('-i, --identity <arn/ns/sa>', 'CLUSTER_ARN/NAMESPACE/SERVICE_ACCOUNT; again for more')
    .argParser(each(identityFrom))
    .makeOptionMandatory();

const templateCommand = (template: Template) => {
  const command = new Command(template.name).description(template.title);
  for (const option of optionsOf(template.parameters)) command.addOption(option);
  return command
    .addOption(identityOption())
    .addOption(outputOption())
    .action(({ identity, output, ...parameters }: { identity: readonly WorkloadIdentity[]; output: Format }) =>
      show(template.render(parameters, identity), output),
    );
};

const show = (generated: Generated, output: Format): void => {
  printJson(output === 'json' ? generated : generated.policy);
  if (output === 'text') for (const sentence of generated.explanation) console.error(sentence);
};

type ResourceOptions = {
  resource: string;
  role: string;
  organization: string;
  write?: boolean;
  identity: readonly WorkloadIdentity[];
  output: Format;
};

const resourceCommand = () =>
  new Command('resource')
    .description(
      "the statement for the policy of another account's resource: it pins role and organization beside the tags",
    )
    .addArgument(
      new Command().createArgument('<kind>', 'of the resource').choices(['bucket', 'key', 'queue', 'secret']),
    )
    .requiredOption('--resource <arn>', 'the bucket, key, queue or secret')
    .requiredOption('--role <arn>', 'the role whose sessions get it')
    .requiredOption('--organization <id>', "the organization of the role's account: o-…")
    .option('--write', 'not only to read')
    .addOption(identityOption())
    .addOption(outputOption())
    .action((kind: ResourceKind, { resource, role, output, identity, ...rest }: ResourceOptions) =>
      show(resourceStatements({ kind, resourceArn: resource, roleArn: role, identities: identity, ...rest }), output),
    );

type CheckOptions = {
  action: readonly string[];
  require: readonly SessionTag[];
  identity: readonly WorkloadIdentity[];
  output: Format;
};

const checkCommand = () =>
  new Command('check')
    .description('whether what a permissions policy allows depends on the session tags; exit code 1 when it does not')
    .argument('<file>', "the policy's JSON; - is the standard input")
    .requiredOption(
      '--action <action>',
      'an action that must depend on the tags: s3:GetObject; again for more',
      each(actionFrom),
    )
    .requiredOption('--require <tag>', `one of ${SESSION_TAGS.join(', ')}; again for more`, each(tagFrom))
    .addOption(identityOption())
    .addOption(outputOption())
    .action(async (file: string, { action, require, identity, output }: CheckOptions) => {
      const text = await readSource(file);
      const document = inFile(file, () => parsePolicy(text, { kind: 'identity' }));
      const requirements = [{ actions: action, tags: require }];
      const findings = identity.flatMap((one) => judgeDependence([{ name: file, document }], one, requirements));
      if (findings.length > 0) process.exitCode = 1;
      if (output === 'json') return printJson({ findings });
      if (findings.length === 0) return print(`${action.join(', ')} depends on ${require.join(', ')}.`);
      for (const { severity, reason, sentence, witness, remedy } of findings) {
        print(`${severity} ${reason}\n  ${sentence}\n  Witness: ${witness ?? ''}\n  Remedy: ${remedy ?? ''}`);
      }
    });

const actionFrom = (text: string): string => {
  if (!/^[a-z0-9-]+:[A-Za-z]+$/.test(text)) throw new InvalidArgumentError('A single action, without wildcards.');
  return text;
};

const tagFrom = (text: string): SessionTag => {
  const tag = SESSION_TAGS.find((known) => known === text);
  if (tag === undefined) throw new InvalidArgumentError(`One of ${SESSION_TAGS.join(', ')}.`);
  return tag;
};

/** What of a parameter's JSON Schema an option shows. */
const Parameter = z.object({
  type: z.string().optional(),
  default: z.unknown().optional(),
  items: z.object({ enum: z.array(z.string()).optional() }).optional(),
});
const Parameters = z.object({ properties: z.record(z.string(), Parameter), required: z.array(z.string()).optional() });

/** An option for each parameter, in kebab case: a list may be given again and again, what is on by default has its `--no-`. */
const optionsOf = (schema: z.ZodType): readonly Option[] => {
  const { properties, required = [] } = Parameters.parse(z.toJSONSchema(schema, { io: 'input' }));
  return Object.entries(properties).map(([name, { type, default: value, items }]) => {
    const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (type === 'boolean')
      return value === true ? new Option(`--no-${flag}`, `without ${flag}`) : new Option(`--${flag}`);
    const list = type === 'array';
    const choices = items?.enum === undefined ? '' : `one of ${items.enum.join(', ')}`;
    const notes = [
      choices,
      list ? 'again for more' : '',
      value === undefined ? '' : `by default ${JSON.stringify(value)}`,
    ];
    const option = new Option(`--${flag} <${list ? 'value' : flag}>`, notes.filter((note) => note !== '').join('; '));
    if (list) option.argParser(each((text) => text));
    return option.makeOptionMandatory(required.includes(name));
  });
};
