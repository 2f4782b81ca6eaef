/** `podid trust explain`: who can get a role, way by way, and what is wrong with its trust policy. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import type { ClusterRef, WorkloadIdentity } from '../functions/identity.ts';
import { partitionOf } from '../functions/partition.ts';
import { parsePolicy } from '../functions/policy/index.ts';
import { MAX_TRUST_CHARACTERS, type Shown, type Way, waysInto } from '../functions/trust/asks/index.ts';
import type { RoleUse } from '../functions/trust/findings/facts.ts';
import type { TrustFinding } from '../functions/trust/findings/rule.ts';
import { clusterFrom, each, identityFrom, quotaFrom } from './identities.ts';
import { print, printJson } from './output.ts';
import { inFile, readSource } from './source.ts';
import { Told } from './told.ts';
import { type NamedRole, namedRole, type RoleOptions, withRoleOptions } from './trust-role.ts';
import { WAYS } from './trust-ways.ts';

type Options = RoleOptions & {
  role?: string;
  profile?: string;
  association?: readonly WorkloadIdentity[];
  cluster?: ReadonlyArray<ClusterRef & { readonly issuer?: string }>;
  quota?: number;
  json?: boolean;
  sarif?: boolean;
};

export const explainCommand = () =>
  withRoleOptions(new Command('explain'))
    .description('who can get the role, and what is wrong with its trust policy')
    .argument('[file]', "the trust policy's JSON; - is the standard input")
    .option(
      '--role <arn>',
      'read the live role from IAM instead, and its associations from the hub where it can be reached',
    )
    .option('--profile <name>', 'with whose credentials the role is read')
    .option(
      '--association <arn/ns/sa>',
      'who has an association with it: CLUSTER_ARN/NAMESPACE/SERVICE_ACCOUNT; again for more',
      each(identityFrom),
    )
    .option(
      '--cluster <arn[=issuer]>',
      'a cluster that exists, with its OIDC issuer; again for more',
      each(clusterFrom),
    )
    .option('--quota <characters>', 'the quota "Role trust policy length"', quotaFrom, 2048)
    .option('--json', 'as data')
    .option('--sarif', 'the findings as SARIF 2.1.0, for code scanning')
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, options: Options) => {
      if (options.json === true && options.sarif === true) throw new Told('Either --json or --sarif.');
      const source = await sourceOf(file, options);
      const policy = inFile(source.file, () => parsePolicy(source.text, { maxCharacters: MAX_TRUST_CHARACTERS }));
      const role = { ...namedRole(options, [policy], placesOf(options)), ...source.role };
      // The rules are loaded only here: `trust admits` doesn't need them.
      const { judgeTrust, REASONS, trustFactsOf } = await import('../functions/trust/findings/index.ts');
      const facts = trustFactsOf(source.text, {
        ...role,
        ...(options.quota !== undefined && { quota: options.quota }),
        ...(source.associations && { associations: source.associations }),
        ...(options.cluster && { clusters: options.cluster }),
      });
      const findings = judgeTrust(facts);
      if (findings.some(({ severity }) => severity === 'error' || severity === 'critical')) process.exitCode = 1;
      if (options.sarif === true) {
        const { sarifOf } = await import('./sarif.ts');
        return printJson(sarifOf(findings, REASONS, uriOf(source.file), source.text));
      }
      const ways = waysInto(policy, role);
      const { account, partition, context } = role;
      if (options.json === true) {
        return printJson({
          role: { account, partition, ...source.role, context },
          characters: facts.characters,
          ways,
          findings,
        });
      }
      print(['Who can get it', ...ways.flatMap(wayLines)].join('\n'));
      print(findings.length === 0 ? '\nNo findings.' : ['\nFindings', ...findings.flatMap(findingLines)].join('\n'));
    });

const HELP = `
Exit code 1 when a finding of severity error or critical stands. What the facts are not given for is not judged: with --association the
policy is held against who needs it, with --cluster against the clusters that there are, with --org against the organization.

  podid trust explain trust.json
  podid trust explain trust.json --association arn:PARTITION:eks:REGION:ACCOUNT:cluster/payments/pay/api --org o-a1b2c3d4e5
  podid trust explain trust.json --sarif > trust.sarif
  podid trust explain --role arn:PARTITION:iam::ACCOUNT:role/api`;

type Source = {
  readonly file: string;
  readonly text: string;
  readonly role: { readonly roleArn?: string; readonly roleTags?: Readonly<Record<string, string>> };
  readonly associations?: readonly RoleUse[];
};

const sourceOf = async (file: string | undefined, { role, profile, association }: Options): Promise<Source> => {
  const named = association?.map((identity) => ({ identity, tagsDisabled: false }));
  if (role === undefined) {
    if (file === undefined)
      throw new Told('Which policy? podid trust explain FILE (- is the standard input), or --role ARN.');
    return { file, text: await readSource(file), role: {}, ...(named && { associations: named }) };
  }
  if (file !== undefined) throw new Told('Either FILE or --role ARN.');
  const { hubAssociations, readLiveRole } = await import('./live-role.ts');
  const { roleArn, trust, tags } = await readLiveRole(role, profile);
  const live = { file: roleArn, text: trust, role: { roleArn, roleTags: tags } };
  if (named !== undefined) return { ...live, associations: named };
  const known = await hubAssociations(roleArn);
  if ('unknown' in known) {
    console.error(`Its associations are not known: ${known.unknown}`);
    return live;
  }
  return { ...live, associations: known };
};

/** As code scanning wants it: relative to the repository, which is where the command runs. */
const uriOf = (file: string): string => {
  if (file === '-') return 'stdin';
  return path.isAbsolute(file) ? pathToFileURL(file).href : encodeURI(path.normalize(file).replaceAll('\\', '/'));
};

/** Clusters, associations and the role are of one account. */
const placesOf = ({
  role,
  association = [],
  cluster = [],
}: Options): ReadonlyArray<Pick<NamedRole, 'account' | 'partition'>> => {
  const arn = role === undefined ? undefined : /^arn:([^:]+):iam::(\d{12}):/.exec(role);
  if (arn !== undefined && arn !== null) return [{ partition: arn[1] ?? '', account: arn[2] ?? '' }];
  return [...association, ...cluster].map(({ account, region }) => ({ account, partition: partitionOf(region).name }));
};

/** How many sentences are shown of one way: --json has all. */
const SHOWN = 20;

const wayLines = (way: Way): readonly string[] => {
  const name = `  ${WAYS[way.way]}${way.source === undefined ? '' : sourceText(way.source)}`;
  if ('undecided' in way) return [name, `    undecided: ${way.undecided}`];
  const perhaps = shownLines(way.perhaps);
  const lines = [
    ...shownLines(way.surely),
    ...(perhaps.length === 0 ? [] : [`    perhaps, it hangs on ${way.hangsOn.join(', ')}:`, ...perhaps]),
  ];
  if (lines.length > 0) return [name, ...lines];
  // A role is a source role or a target role, seldom both: nobody's chain is no news.
  return way.way.startsWith('chaining') ? [] : [name, '    nobody'];
};

const sourceText = ({ account, others }: NonNullable<Way['source']>): string =>
  others ? ', through a role of any other account' : `, through a role of ${account}`;

const shownLines = ({ sentences }: Shown): readonly string[] => {
  const more = sentences.length - SHOWN;
  const shown = sentences.slice(0, SHOWN).map((sentence) => `    ${sentence}`);
  return more > 0 ? [...shown, `    and ${more} more (--json)`] : shown;
};

const findingLines = ({ severity, reason, statement, sentence, witness, remedy }: TrustFinding): readonly string[] => {
  const sid = statement?.sid ?? '';
  const place = statement === undefined ? '' : ` (statement ${sid === '' ? statement.index : sid})`;
  return [
    `  ${severity} ${reason}${place}`,
    `    ${sentence}`,
    ...(witness === undefined ? [] : [`    Witness: ${witness}`]),
    ...(remedy === undefined ? [] : [`    Remedy: ${remedy}`]),
  ];
};
