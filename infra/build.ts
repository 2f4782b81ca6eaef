/** `npm run build`: every function, bundled once: the CDK's assets are these folders, and the local cloud runs the same files. */
import { copyFileSync, existsSync, globSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Metafile } from 'esbuild';
import { readGuardrails } from '../cli/guardrails-files.ts';
import { CEDAR_WASM, cedarWasmFile } from '../functions/runtime/cedar.ts';
import { GUARDRAILS_FILE } from '../functions/runtime/guardrails.ts';
import { readConfig } from './config-file.ts';

export type BundleOptions = {
  /** Gets one folder a function: `<outDir>/cut-sessions/index.mjs`. */
  readonly outDir: string;
  /** The `podid.config.yaml` that the hub's functions carry. */
  readonly configFile: string;
  /** The guardrails that the functions which judge carry: by default those of this repository. */
  readonly guardrailsDir?: string;
};

export type Bundle = {
  readonly file: string;
  readonly runsIn: 'hub' | 'spoke';
  readonly dir: string;
  readonly bytes: number;
};

/** Two functions of one name, or none at all: the file's name is the function's everywhere. */
export class BundleNames extends Error {
  override readonly name = 'BundleNames';
}

export const ROOT = path.resolve(import.meta.dirname, '..');
export const BUNDLES = 'dist/functions';
const GUARDRAILS = path.join(ROOT, 'guardrails');
const CEDAR = 'node_modules/@cedar-policy/cedar-wasm/';

/**
 * Bundles each hub and spoke file under `functions/` in one esbuild call: ESM, minified, source maps beside them. The same sources give the same bytes.
 * Folders of hub functions also get `podid.config.json`, the checked configuration; those of functions that judge by
 * guardrails, Cedar's WebAssembly and `guardrails.json`.
 * @throws ConfigInvalid, GuardrailsUnreadable, BundleNames
 */
export const bundle = async ({
  outDir,
  configFile,
  guardrailsDir = GUARDRAILS,
}: BundleOptions): Promise<readonly Bundle[]> => {
  const config = readConfig(configFile);
  const entries = entryPoints();
  const out = path.resolve(outDir);
  removeStale(out, new Set(entries.map((entry) => entry.file)));
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(entries.map(({ file, source }) => [`${file}/index`, source])),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Packages that ship both: their ESM half is the one that can be shaken.
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
    banner: { js: REQUIRE },
  });
  for (const { file, runsIn } of entries) {
    if (runsIn === 'hub') writeFileSync(path.join(out, file, 'podid.config.json'), JSON.stringify(config));
  }
  const judging = entries.filter(({ file }) => holds(metafile, file, CEDAR));
  if (judging.length > 0) {
    const { source, teams } = readGuardrails(guardrailsDir);
    for (const { file } of judging) {
      copyFileSync(cedarWasmFile(), path.join(out, file, CEDAR_WASM));
      writeFileSync(path.join(out, file, GUARDRAILS_FILE), JSON.stringify({ source, teams }));
    }
  }
  writeFileSync(path.join(out, 'metafile.json'), JSON.stringify(metafile));
  return entries.map(({ file, runsIn }) => ({
    file,
    runsIn,
    dir: path.join(out, file),
    bytes: bytesOf(metafile, file),
  }));
};

// CommonJS packages inside an ES module call `require` for Node's own modules, which ES modules don't have.
const REQUIRE = "import{createRequire as podidRequire}from'node:module';const require=podidRequire(import.meta.url);";

const entryPoints = (): { file: string; runsIn: 'hub' | 'spoke'; source: string }[] => {
  const entries = globSync('functions/**/*.{hub,spoke}.ts', { cwd: ROOT })
    .sort()
    .map((source) => {
      const [file = '', runsIn] = path.basename(source, '.ts').split('.');
      return { file, runsIn: runsIn === 'hub' ? ('hub' as const) : ('spoke' as const), source };
    });
  if (entries.length === 0) throw new BundleNames(`no *.hub.ts or *.spoke.ts under ${ROOT}/functions`);
  for (const [index, entry] of entries.entries()) {
    const twin = entries.slice(0, index).find(({ file }) => file === entry.file);
    if (twin !== undefined)
      throw new BundleNames(`${twin.source} and ${entry.source} would both be podid-${entry.file}: rename one`);
  }
  return entries;
};

/** A function whose source is gone must not be deployed from an older build. Only folders that look like ours are removed. */
const removeStale = (out: string, wanted: ReadonlySet<string>): void => {
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(out)) {
    const dir = path.join(out, name);
    if (!wanted.has(name) && existsSync(path.join(dir, 'index.mjs'))) rmSync(dir, { recursive: true });
  }
};

/** Whether a function's bundle has something of a package in it. */
const holds = (metafile: Metafile, file: string, folder: string): boolean =>
  Object.entries(metafile.outputs).some(
    ([output, { inputs }]) =>
      output.endsWith(`/${file}/index.mjs`) && Object.keys(inputs).some((input) => input.includes(folder)),
  );

const bytesOf = (metafile: Metafile, file: string): number =>
  Object.entries(metafile.outputs).find(([output]) => output.endsWith(`/${file}/index.mjs`))?.[1].bytes ?? 0;

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', default: path.join(ROOT, 'podid.config.yaml') },
      out: { type: 'string', default: path.join(ROOT, BUNDLES) },
    },
  });
  try {
    for (const { file, runsIn, bytes } of await bundle({ outDir: values.out, configFile: values.config })) {
      console.log(`${runsIn.padEnd(5)} ${file.padEnd(24)} ${Math.ceil(bytes / 1000)} kB`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
