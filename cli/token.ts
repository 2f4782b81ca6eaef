/** `podid token`: an EKS login for kubectl, as `aws eks get-token` gives, without the aws CLI. */
import { STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { Command } from 'commander';
import { eksToken, TOKEN_MILLIS } from '../functions/aws/eks-token.ts';
import { printJson } from './output.ts';

type Options = { cluster: string; profile?: string; region: string };

export const tokenCommand = () =>
  new Command('token')
    .description("an EKS login token in kubectl's ExecCredential form")
    .requiredOption('--cluster <name>', "the cluster's name")
    .requiredOption('--region <region>', 'where STS signs')
    .option('--profile <name>', 'whose credentials')
    .action(async ({ cluster, profile, region }: Options) => {
      // Without a profile a client is asked for its credentials: it knows SSO, containers, and all other sources.
      const credentials =
        profile === undefined ? await new STSClient({ region }).config.credentials() : await fromIni({ profile })();
      const at = new Date();
      const token = await eksToken({
        cluster,
        region,
        credentials,
        at,
        endpoint: process.env.AWS_ENDPOINT_URL,
      });
      printJson({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        spec: {},
        status: { expirationTimestamp: new Date(at.getTime() + TOKEN_MILLIS).toISOString(), token },
      });
    });
