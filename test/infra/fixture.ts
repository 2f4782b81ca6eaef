/** Stacks for tests: small stand-ins for the bundles, a configuration, and templates in which references are the ARNs that they will be. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { stringify } from 'yaml';
import { contextOf, evaluate, type NamedPolicy, parsePolicy } from '../../functions/policy/index.ts';
import { type SynthesizedStack, synth } from '../../infra/app.ts';
import { ROOT } from '../../infra/build.ts';

// cdk-nag's rule EVB1 reads a deprecated property of our bus policy; we don't set it.
process.env.JSII_DEPRECATED = 'quiet';

const scratch = mkdtempSync(path.join(tmpdir(), 'podid-infra-'));
afterAll(() => rmSync(scratch, { recursive: true }));
/** An empty folder, gone when the tests of the file are. */
export const folder = (name: string): string => mkdtempSync(path.join(scratch, `${name}-`));

export const HUB = '111111111111';
export const PAYMENTS = '222222222222';

export const configuration = (change: object = {}) => ({
  hub: { account: HUB, region: 'eu-west-1' },
  spokes: [
    {
      name: 'payments',
      account: PAYMENTS,
      clusters: [
        { name: 'payments', region: 'eu-west-1', mode: 'remediate' },
        { name: 'pay_ments-2', region: 'us-east-1' },
      ],
      excludedRoles: ['break-glass', 'platform/*'],
      managedRoles: ['orders', 'team/*', 'platform/shared'],
    },
  ],
  api: { issuer: 'https://id.example.com', audience: ['podid'] },
  sweep: { discover: { tag: { key: 'podid', value: 'observe' } } },
  ...change,
});

/** The functions that there are, by file. */
export const FUNCTIONS = globSync('functions/**/*.{hub,spoke}.ts', { cwd: ROOT }).map((file) => {
  const [name = '', runsIn = ''] = path.basename(file, '.ts').split('.');
  return { name, runsIn };
});

/** A folder of stand-ins for bundles: one file each, so that synthesis has something to hash. */
export const standIns = (files: readonly string[] = FUNCTIONS.map(({ name }) => name)): string => {
  const dir = folder('bundles');
  for (const file of files) {
    mkdirSync(path.join(dir, file));
    writeFileSync(path.join(dir, file, 'index.mjs'), `export const handler = () => '${file}';\n`);
  }
  return dir;
};

export const writeConfig = (config: object): string => {
  const file = path.join(folder('config'), 'podid.config.yaml');
  writeFileSync(file, stringify(config));
  return file;
};

/** Synthesizes into a folder of its own. */
export const synthesize = (config: object = configuration(), check = false): readonly SynthesizedStack[] =>
  synth({
    configFile: writeConfig(config),
    outDir: folder('cdk'),
    bundleDir: standIns(),
    check,
  });

type Resource = { readonly Type: string; readonly Properties: Record<string, unknown>; readonly DependsOn?: unknown };

/** A template's resources, with `Ref` and `Fn::GetAtt` as `arn:aws:test:::LogicalId`, and joins joined. */
export const resourcesOf = (stack: SynthesizedStack | undefined): Record<string, Resource> => {
  if (stack === undefined) throw new Error('no such stack');
  return JSON.parse(readFileSync(stack.templateFile, 'utf8'), (_key, value: unknown) => flat(value)).Resources;
};

const flat = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const [[key, inner] = ['', undefined], ...more] = Object.entries(value);
  if (more.length > 0) return value;
  if (key === 'Ref') return `arn:aws:test:::${String(inner)}`;
  if (key === 'Fn::GetAtt' && Array.isArray(inner)) return `arn:aws:test:::${String(inner[0])}`;
  if (key === 'Fn::Join' && Array.isArray(inner) && Array.isArray(inner[1])) return inner[1].join(String(inner[0]));
  return value;
};

/** The template's resources of a type, by logical id. */
export const ofType = (
  resources: Record<string, Resource>,
  type: string,
): [id: string, properties: Record<string, unknown>][] =>
  Object.entries(resources).flatMap(([id, { Type, Properties }]) => (Type === type ? [[id, Properties]] : []));

/** The policies of a role in a template, ready to be asked. */
export const policiesOf = (resources: Record<string, Resource>, role: string): NamedPolicy[] => {
  const policies = resources[role]?.Properties.Policies;
  if (!Array.isArray(policies)) throw new Error(`${role} has no policies`);
  return policies.map(({ PolicyName, PolicyDocument }) => ({
    name: String(PolicyName),
    document: parsePolicy(PolicyDocument),
  }));
};

/** Whether a role in a template may do something. */
export const may = (
  resources: Record<string, Resource>,
  role: string,
  action: string,
  resource: string,
  context: Record<string, string | string[]> = {},
): string =>
  evaluate(policiesOf(resources, role), {
    action,
    resource,
    principal: { kind: 'aws', arn: `arn:aws:iam::${HUB}:role/${role}`, account: HUB },
    context: contextOf(context),
  }).effect;
