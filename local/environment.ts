/** The files that make other programs talk to the local cloud: profiles, credentials, a kubeconfig, and `.podid/env`, written last. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import type { Credentials } from './contract.ts';

export type Profile = { readonly name: string; readonly region: string; readonly credentials: Credentials };
export type Context = {
  readonly name: string;
  readonly endpoint: string;
  readonly certificateAuthority: string;
  /** The profile that `podid token` signs with, and the region it signs for. */
  readonly profile: string;
  readonly region: string;
};
export type Environment = {
  /** The folder, `.podid`. */
  readonly dir: string;
  readonly endpoint: string;
  readonly region: string;
  /** The first is also the profile `default`. */
  readonly profiles: readonly Profile[];
  readonly contexts: readonly Context[];
  /** More exports: PODID_… */
  readonly more: Readonly<Record<string, string>>;
};

const CLI = path.join(import.meta.dirname, '..', 'cli', 'podid.js');

/** Takes the env file away: whoever waits for it must not read an old one. */
export const clearEnvironment = (dir: string): void => rmSync(path.join(dir, 'env'), { force: true });

/** Writes them all; `env` appears only when everything that it points to is there. Returns its path. */
export const writeEnvironment = (environment: Environment): string => {
  const { dir } = environment;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const files = {
    config: path.join(dir, 'aws-config'),
    credentials: path.join(dir, 'aws-credentials'),
    kubeconfig: path.join(dir, 'kubeconfig'),
  };
  const write = (file: string, text: string) => writeFileSync(file, text, { mode: 0o600 });
  write(files.config, awsConfig(environment));
  write(files.credentials, awsCredentials(environment));
  write(files.kubeconfig, kubeconfig(environment, files));
  const exports = {
    AWS_ENDPOINT_URL: environment.endpoint,
    AWS_CONFIG_FILE: files.config,
    AWS_SHARED_CREDENTIALS_FILE: files.credentials,
    AWS_REGION: environment.region,
    AWS_DEFAULT_REGION: environment.region,
    KUBECONFIG: files.kubeconfig,
    ...environment.more,
  };
  const lines = Object.entries(exports).map(([name, value]) => `export ${name}=${shellQuoted(value)}\n`);
  // Renamed into place: a reader never sees half of it.
  write(path.join(dir, 'env.new'), lines.join(''));
  renameSync(path.join(dir, 'env.new'), path.join(dir, 'env'));
  return path.join(dir, 'env');
};

const withDefault = (profiles: readonly Profile[]): Profile[] => {
  const [first] = profiles;
  return first === undefined ? [] : [{ ...first, name: 'default' }, ...profiles];
};

const awsConfig = ({ profiles }: Environment): string =>
  withDefault(profiles)
    .map(
      ({ name, region }) => `[${name === 'default' ? name : `profile ${name}`}]\nregion = ${region}\noutput = json\n`,
    )
    .join('\n');

const awsCredentials = ({ profiles }: Environment): string =>
  withDefault(profiles)
    .map(
      ({ name, credentials }) =>
        `[${name}]\naws_access_key_id = ${credentials.accessKeyId}\naws_secret_access_key = ${credentials.secretAccessKey}\n`,
    )
    .join('\n');

/**
 * Login as on EKS: a presigned GetCallerIdentity, mapped through the cluster's access entries. `podid token` makes it, so that kubectl works where
 * the aws CLI isn't installed; `aws eks update-kubeconfig` gives the same with `aws eks get-token`. The entry names its files itself, so that it works in any shell.
 */
const kubeconfig = ({ contexts, endpoint }: Environment, files: { config: string; credentials: string }): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': contexts[0]?.name ?? '',
    clusters: contexts.map((context) => ({
      name: context.name,
      cluster: {
        server: context.endpoint,
        'certificate-authority-data': Buffer.from(context.certificateAuthority).toString('base64'),
      },
    })),
    contexts: contexts.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
    users: contexts.map((context) => ({
      name: context.name,
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: process.execPath,
          args: [CLI, 'token', '--cluster', context.name, '--profile', context.profile, '--region', context.region],
          env: [
            { name: 'AWS_ENDPOINT_URL', value: endpoint },
            { name: 'AWS_CONFIG_FILE', value: files.config },
            { name: 'AWS_SHARED_CREDENTIALS_FILE', value: files.credentials },
          ],
          interactiveMode: 'Never',
        },
      },
    })),
  });

/** Single quotes only where a shell would need them. */
const shellQuoted = (value: string): string =>
  /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
