/** Run as a process: `node synthesis.ts CONFIG DIR [GUARDRAILS]` writes bundles and templates into DIR and prints the stacks as JSON. */
import path from 'node:path';
import { synth } from '../infra/app.ts';
import { bundle } from '../infra/build.ts';

const [configFile = '', dir = '', guardrailsDir] = process.argv.slice(2);
const bundleDir = path.join(dir, 'functions');
await bundle({ outDir: bundleDir, configFile, ...(guardrailsDir === undefined ? {} : { guardrailsDir }) });
// The check of the templates (cdk-nag) belongs to `npm run synth` and to CI.
console.log(JSON.stringify(synth({ configFile, outDir: path.join(dir, 'cdk.out'), bundleDir, check: false })));
