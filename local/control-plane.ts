/** The control plane on the local cloud: bundled and synthesized as for AWS, then deployed from the templates. What is not in them does not run. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Config } from '../functions/config.ts';
import { machineArn } from '../functions/names.ts';
import type { SynthesizedStack } from '../infra/app.ts';
import type { Cloud } from './contract.ts';
import { deployTemplate } from './deploy/index.ts';

const SYNTHESIS = path.join(import.meta.dirname, 'synthesis.ts');

/** Where the configuration is written, for the synthesis and for the command line (PODID_CONFIG). */
export const configFileIn = (dir: string): string => path.join(dir, 'podid.config.yaml');

/** Bundles and templates for a configuration, in `dir`. A process of its own: the CDK is heavy, and needed once. */
export const synthesize = async (
  config: Config,
  dir: string,
  guardrailsDir?: string,
): Promise<readonly SynthesizedStack[]> => {
  mkdirSync(dir, { recursive: true });
  const configFile = configFileIn(dir);
  writeFileSync(configFile, stringify(config));
  const given = guardrailsDir === undefined ? [] : [guardrailsDir];
  const { stdout } = await promisify(execFile)(process.execPath, [SYNTHESIS, configFile, dir, ...given]);
  return JSON.parse(stdout) as SynthesizedStack[];
};

/** Every stack, in the order in which they depend on each other. */
export const deployControlPlane = async (cloud: Cloud, stacks: readonly SynthesizedStack[]): Promise<void> => {
  for (const { account, region, templateFile } of stacks) {
    await deployTemplate(cloud, { templateFile, account, region, assetsDir: path.dirname(templateFile) });
  }
};

/** Starts the sweep once, as its schedule would: the hub learns which associations there are. Does not wait for its end. */
export const listOnce = async (cloud: Cloud, { hub }: Config): Promise<void> => {
  const { caller } = cloud.administrator(hub.account);
  await cloud.call(
    'states',
    'StartExecution',
    { stateMachineArn: machineArn('sweep', hub.account, hub.region), input: '{}' },
    { caller, region: hub.region },
  );
};
