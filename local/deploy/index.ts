/** Deploys a synthesized CloudFormation template into an account and region of the local cloud. What is not in it does not run. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { partitionOf } from '../../functions/partition.ts';
import type { Cloud } from '../contract.ts';
import type { Target } from './contract.ts';
import { type Deployed, holds, referencesOf, resolve, type Scope, TemplateUnsupported } from './intrinsics.ts';
import { deployResource } from './resources/index.ts';

export { TemplateUnsupported } from './intrinsics.ts';

export type DeployOptions = {
  readonly templateFile: string;
  readonly account: string;
  readonly region: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Where the assets are: `asset.<hash>`. */
  readonly assetsDir: string;
};

type Resource = {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
};

type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
};

/**
 * Makes every resource of the template, each after what it refers to.
 * @throws TemplateUnsupported naming the resource that isn't supported, or that refers to nothing or in a circle
 */
export const deployTemplate = async (cloud: Cloud, options: DeployOptions): Promise<void> => {
  const { account, region } = options;
  const template = JSON.parse(readFileSync(options.templateFile, 'utf8')) as Template;
  const { name: partition, dnsSuffix } = partitionOf(region);
  const deployed = new Map<string, Deployed>();
  const scope: Scope = {
    account,
    region,
    partition,
    dnsSuffix,
    stack: path.basename(options.templateFile, '.template.json'),
    parameters: { ...defaultsOf(template), ...options.parameters },
    conditions: template.Conditions ?? {},
    deployed,
  };
  const { caller } = cloud.administrator(account);
  const target: Target = {
    cloud,
    account,
    region,
    asset: (hash) => path.join(options.assetsDir, `asset.${hash}`),
    call: (service, operation, input) => cloud.call(service, operation, input, { caller, region }),
  };
  for (const [id, resource] of inOrder(template)) {
    try {
      if (resource.Condition !== undefined && !holds(resource.Condition, scope)) continue;
      const properties = resolve(resource.Properties ?? {}, scope) as Record<string, unknown>;
      deployed.set(id, await deployResource(resource.Type, properties, target, id));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new TemplateUnsupported(`${scope.stack}: ${id} (${resource.Type}): ${why}`, { cause });
    }
  }
};

const defaultsOf = ({ Parameters = {} }: Template): Record<string, string> =>
  Object.fromEntries(Object.entries(Parameters).map(([name, { Default }]) => [name, String(Default ?? '')]));

/** Depth first through references and DependsOn. */
const inOrder = ({ Resources }: Template): [string, Resource][] => {
  const done = new Set<string>();
  const open = new Set<string>();
  const ordered: [string, Resource][] = [];
  const visit = (id: string): void => {
    const resource = Resources[id];
    if (resource === undefined || done.has(id)) return;
    if (open.has(id)) throw new TemplateUnsupported(`${id} depends on itself, through ${[...open].join(', ')}`);
    open.add(id);
    const { DependsOn = [], Properties } = resource;
    for (const other of [...[DependsOn].flat(), ...referencesOf(Properties)]) visit(other);
    open.delete(id);
    done.add(id);
    ordered.push([id, resource]);
  };
  for (const id of Object.keys(Resources)) visit(id);
  return ordered;
};
