/** `npm run synth`: the hub's and the spokes' templates, from `podid.config.yaml` and the bundles. No Docker, no network, no credentials. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { spokeRegions } from '../functions/config.ts';
import { partitionOf } from '../functions/partition.ts';
import { boundaryStack } from './boundary.ts';
import { BUNDLES, ROOT } from './build.ts';
import { readConfig } from './config-file.ts';
import { hubStack } from './hub-stack.ts';
import { rolesStack } from './roles-stack.ts';
import { spokeStack } from './spoke-stack.ts';

/** What the CDK recommends for new projects: among others, that ARNs bear the partition's name where the region is known. */
const FLAGS: Record<string, unknown> = createRequire(import.meta.url)('aws-cdk-lib/recommended-feature-flags.json');

export type SynthOptions = {
  readonly configFile: string;
  /** Where templates and assets go. */
  readonly outDir: string;
  /** What `npm run build` (or `bundle()`) wrote. */
  readonly bundleDir: string;
  /** Runs cdk-nag's AwsSolutions checks and the CDK's own of the templates; an unexplained finding stops synthesis. Default true. */
  readonly check?: boolean;
};

export type SynthesizedStack = {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly templateFile: string;
};

/**
 * Writes every stack's template and assets; the hub comes first, since the spokes' functions let the role of its `call-spoke` in, which must exist by then.
 * @throws ConfigInvalid, BundleMissing
 */
export const synth = ({ configFile, outDir, bundleDir, check = true }: SynthOptions): readonly SynthesizedStack[] => {
  const assembly = compose({ configFile, outDir, bundleDir, check }).synth();
  return assembly.stacks.map(({ stackName, environment, templateFullPath }) => ({
    name: stackName,
    account: environment.account,
    region: environment.region,
    templateFile: templateFullPath,
  }));
};

/** The app before it is synthesized, for tests that look at stacks. */
export const compose = ({ configFile, outDir, bundleDir, check = true }: SynthOptions): App => {
  const config = readConfig(configFile);
  const app = new App({
    outdir: outDir,
    analyticsReporting: false,
    treeMetadata: false,
    // The CDK's own reading of the templates: several seconds for a dozen stacks.
    builtinCloudFormationValidation: check,
    context: FLAGS,
  });
  if (check) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const hub = hubStack(app, config, bundleDir);
  const { iamRegion } = partitionOf(config.hub.region);
  for (const { account } of config.spokes) {
    boundaryStack(app, config, { account, region: iamRegion }).addStackDependency(hub, 'the hub comes first');
    const regions = spokeRegions(config, account);
    if (!regions.includes(iamRegion)) {
      rolesStack(app, config, { account, region: iamRegion }).addStackDependency(hub, "it forwards to the hub's bus");
    }
    for (const region of regions) {
      spokeStack(app, config, { account, region }, bundleDir).addStackDependency(
        hub,
        'its functions let the role of call-spoke in',
      );
    }
  }
  return app;
};

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', default: path.join(ROOT, 'podid.config.yaml') },
      out: { type: 'string', default: path.join(ROOT, 'cdk.out') },
      bundles: { type: 'string', default: path.join(ROOT, BUNDLES) },
    },
  });
  // cdk-nag's rule EVB1 reads a deprecated property of our bus policy; we don't set it.
  process.env.JSII_DEPRECATED ??= 'quiet';
  try {
    for (const stack of synth({ configFile: values.config, outDir: values.out, bundleDir: values.bundles })) {
      console.log(`${stack.name.padEnd(40)} ${path.relative(process.cwd(), stack.templateFile)}`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
