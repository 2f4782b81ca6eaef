/** `podid trust admits`: would this service account get the role, and which statement decides. */
import { Command } from 'commander';
import { type Ask, answerRead, decisionsOf, readAsk, storable } from '../functions/trust/asks/index.ts';
import type { Admission } from '../functions/trust/reach/index.ts';
import { accountFrom, contextFrom, contextOf, each } from './identities.ts';
import { print, printJson } from './output.ts';
import { openSource, readError, readSource } from './source.ts';
import { Told } from './told.ts';
import { answerStream, MOST_LINE } from './trust-batch.ts';

type Options = {
  batch?: string;
  clusterArn?: string;
  clusterName?: string;
  region?: string;
  account?: string;
  namespace?: string;
  serviceAccount?: string;
  tagsDisabled?: boolean;
  podName?: string;
  podUid?: string;
  irsa?: boolean;
  issuer?: string;
  audience?: string;
  context?: ReadonlyArray<readonly [string, string]>;
  json?: boolean;
};

/** As grep has it: found, not found; and apart from both, what can't be said, and trouble. */
const EXIT = { yes: 0, no: 1, undecided: 2, trouble: 3 } as const;

export const admitsCommand = () =>
  new Command('admits')
    .description('whether one service account gets the role, and the statement that decides')
    .argument('[file]', "the trust policy's JSON; - is the standard input")
    .option('--cluster-arn <arn>', "the cluster; also gives the account, the region and the cluster's name")
    .option('-n, --namespace <name>')
    .option('-s, --service-account <name>')
    .option('--cluster-name <name>', "if not the ARN's")
    .option('--region <region>', "if not the ARN's")
    .option('--account <id>', "the role's account, if not the ARN's", accountFrom)
    .option('--tags-disabled', 'the association has session tags off')
    .option('--pod-name <name>', 'when the policy looks at it')
    .option('--pod-uid <uid>', 'when the policy looks at it')
    .option('--irsa', "with the service account's token (IRSA) instead of an association")
    .option('--issuer <url>', "the cluster's OIDC issuer, with or without https://; implies --irsa")
    .option('--audience <name>', 'of the token; by default sts.amazonaws.com')
    .option(
      '--context <key=value>',
      'a further condition key, such as aws:SourceOrgID=o-a1b2c3d4e5; again for more',
      each(contextFrom),
    )
    .option('--json', 'the answer as data, with what came of every statement')
    .option('--batch <file>', 'JSON lines instead: each with its own policy and ask; - is the standard input')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT.trouble))
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, options: Options) => {
      process.exitCode = EXIT.trouble;
      if (options.batch !== undefined) return batch(options.batch, file);
      if (file === undefined) throw new Told('Which policy? podid trust admits FILE … (- is the standard input).');
      const ask = askOf(options);
      const stored = storable(await readSource(file));
      const answer: Admission =
        'refused' in stored
          ? { admitted: false, because: `IAM would refuse to store this policy: ${stored.refused}` }
          : answerRead(stored, ask);
      const word = answer.admitted === 'undecided' ? 'undecided' : answer.admitted ? 'yes' : 'no';
      process.exitCode = EXIT[word];
      const decisions = 'refused' in stored ? [] : decisionsOf(stored, ask);
      if (options.json === true) return printJson({ ...answer, decisions });
      print(`${word}: ${answer.because}`);
      if (answer.admitted === true) return;
      for (const { action, considered } of decisions) {
        for (const { sid, statement, effect, because } of considered) {
          print(
            `  ${action}, ${effect} in statement ${sid === undefined || sid === '' ? statement : `${sid} (${statement})`}: ${because}`,
          );
        }
      }
    });

const HELP = `
Exit code: 0 yes, 1 no, 2 undecided (it hangs on a condition key that nobody gave: --context), 3 trouble.
A policy that IAM would refuse to store admits nobody; the names are taken as they are.

  podid trust admits trust.json --cluster-arn arn:PARTITION:eks:REGION:ACCOUNT:cluster/payments -n pay -s api
  podid trust admits trust.json --issuer oidc.eks.eu-west-1.amazonaws.com/id/… --account 111122223333 -n pay -s api

Batch: a line in, a line out, in the same order, each as soon as it is answered; exit code 0 when the input was read to its end.
  in   {"id", "policy": {…} or its text, "ask": {"kind": "pod-identity"|"irsa", "clusterArn", "clusterName", "region", "account",
       "namespace", "serviceAccount", "podName"?, "podUid"?, "tagsDisabled"?, "issuer"?, "audience"?, "context"?: {KEY: VALUE or list}}}
  out  {"id", "admitted": true|false|"undecided", "because"}, or {"id", "error"} for a line that is malformed.
Every field is used as it is given; clusterName, region and account are read from clusterArn when they are absent. A key of context wins
over what the fields say of it; null says that the request does not carry the key. Blank lines are skipped; lines of more than
${MOST_LINE} characters are an error with the id null.

  podid trust admits --batch - < asks.jsonl`;

const batch = async (source: string, file: string | undefined): Promise<void> => {
  if (file !== undefined) throw new Told('With --batch every line has its own policy: leave FILE away.');
  try {
    await answerStream(openSource(source), process.stdout);
  } catch (error) {
    throw readError(error, source);
  }
  process.exitCode = EXIT.yes;
};

const askOf = ({ irsa, context, batch: _batch, json: _json, tagsDisabled, ...fields }: Options): Ask => {
  const kind = irsa === true || fields.issuer !== undefined ? 'irsa' : 'pod-identity';
  for (const [name, option] of NEEDED[kind]) {
    if (fields[name] === undefined) throw new Told(`Who asks? ${option} is missing (podid trust admits --help).`);
  }
  return readAsk({ kind, ...fields, ...(kind === 'pod-identity' && { tagsDisabled }), context: contextOf(context) });
};

const NAMES = [
  ['namespace', '--namespace'],
  ['serviceAccount', '--service-account'],
] as const;
const NEEDED = {
  'pod-identity': [['clusterArn', '--cluster-arn'], ...NAMES],
  irsa: [['issuer', '--issuer'], ...NAMES],
} as const;
