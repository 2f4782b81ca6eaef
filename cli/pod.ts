/** `podid pod run`: a local process with a pod's identity, as the pod has it, for as long as the pod has it. */
import { Command, InvalidArgumentError } from 'commander';
import { openContext } from './pod-context.ts';
import { environmentOf } from './pod-environment.ts';
import { findPod, type PodName, podNameFrom } from './pod-find.ts';
import { metadataOf } from './pod-metadata.ts';
import { runAs } from './pod-run.ts';
import { millisFrom } from './since.ts';
import { Told } from './told.ts';

type Options = {
  context?: string;
  container?: string;
  cluster?: string;
  region?: string;
  profile?: string;
  retention: number;
  metadata?: string;
  quiet?: boolean;
};

export const podCommand = () =>
  new Command('pod').description('a process here with the identity of a pod there').addCommand(run());

const run = () =>
  new Command('run')
    .description("run a command with a pod's variables, tokens and credentials, and without yours")
    .argument('<pod>', 'NAMESPACE/NAME: a pod, or a workload as NAMESPACE/deploy/NAME or by its name', podNameFrom)
    .argument('<command...>', 'after --')
    .option('--context <name>', "the kubeconfig's context; the current one when absent")
    .option('-c, --container <name>', 'whose variables; the first container when absent')
    .option('--cluster <name>', 'the EKS cluster, where the kubeconfig does not say it')
    .option('--region <region>', 'its region, likewise')
    .option('--profile <name>', "who asks EKS Auth; the context's own login when absent")
    .option(
      '--retention <time>',
      'how long credentials are kept before EKS Auth is asked again, 0 for never: as the agent',
      retention,
      3 * 3_600_000,
    )
    .option('--metadata <url>', "where the node's metadata service can be reached (PODID_INSTANCE_METADATA)")
    .option('-q, --quiet', 'say nothing but what the command says')
    .addHelpText(
      'after',
      `
  podid pod run checkout/deploy/api -- aws dynamodb scan --table-name orders

The command asks a credentials endpoint that behaves as the EKS Pod Identity agent, or STS with the pod's token (IRSA), or the node's
metadata service, whichever the pod would. When the association goes, it loses its access as the pod does. Files of the container, its
network, and variables that come from secrets and config maps are not there.`,
    )
    .action(async (name: PodName, command: readonly string[], options: Options) => {
      const log = options.quiet === true ? () => undefined : (line: string) => console.error(`podid: ${line}`);
      const [file, ...args] = command;
      if (file === undefined) throw new Told('Which command? podid pod run NAMESPACE/NAME -- COMMAND');
      const context = await openContext(options);
      const pod = await findPod(context.kubernetes, name);
      const environment = environmentOf(pod, options.container);
      if (environment === undefined) throw new Told(`The pod has no container ${options.container}.`);
      const { left } = environment;
      if (left.length > 0) log(`left out, since their values stand in other objects: ${left.join(', ')}`);
      const metadataFrom = options.metadata ?? process.env.PODID_INSTANCE_METADATA;
      process.exitCode = await runAs({
        context,
        pod,
        environment,
        metadata: await metadataOf(context.kubernetes, pod, context.cluster),
        ...(metadataFrom !== undefined && { metadataFrom }),
        command: [file, ...args],
        retentionMs: options.retention,
        log,
      });
    });

const retention = (text: string): number => {
  if (text === '0') return 0;
  const millis = millisFrom(text);
  if (millis > 3 * 3_600_000) throw new InvalidArgumentError('The agent keeps them for 3h at most.');
  return millis;
};
