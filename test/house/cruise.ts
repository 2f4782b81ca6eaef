/**
 * Holds the code against `.dependency-cruiser.cjs`; `npm run lint` runs it. Twice: as it is written, for the floors, and with its types stripped,
 * for what is there at run time. dependency-cruiser can't tell these apart by itself, since TypeScript 7 has no JavaScript API.
 */
import { cpSync, existsSync, globSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cruise, type IConfiguration, type ICruiseResult, type IViolation } from 'dependency-cruiser';
import { build } from 'esbuild';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDERS = ['functions', 'infra', 'local', 'cli', 'bench', 'events', 'statemachines', 'test'];

/** Everything in `house` that breaks a rule. The packages are this repository's. */
export const violations = async (house: string): Promise<IViolation[]> => {
  const stripped = mkdtempSync(path.join(tmpdir(), 'podid-house-'));
  try {
    await strip(house, stripped);
    const written = await broken(house, ({ name }) => name?.startsWith('floors-') === true);
    const running = await broken(stripped, ({ name }) => !name?.startsWith('floors-') === true);
    return [...written, ...running];
  } finally {
    rmSync(stripped, { recursive: true });
  }
};

/** `functions/a.ts → functions/b.ts: floors-ground: Imports only go down.` */
export const show = ({ from, to, rule }: IViolation): string => {
  const why = forbidden.find(({ name }) => name === rule.name)?.comment ?? '';
  return `${from} → ${to}: ${rule.name}. ${why}`;
};

const configuration: IConfiguration = createRequire(import.meta.url)(path.join(ROOT, '.dependency-cruiser.cjs'));
const forbidden = (configuration.forbidden ?? []).filter((rule) => 'name' in rule);
type Rule = (typeof forbidden)[number];

const broken = async (baseDir: string, which: (rule: Rule) => boolean): Promise<IViolation[]> => {
  const folders = FOLDERS.filter((folder) => existsSync(path.join(baseDir, folder)));
  const options = {
    ...configuration.options,
    baseDir,
    validate: true,
    ruleSet: { forbidden: forbidden.filter(which) },
  };
  // Links aren't followed: else a package is where the link leads, and no rule knows it.
  const { output } = await cruise(folders, options, { symlinks: false });
  return isResult(output) ? output.summary.violations : [];
};

const strip = async (house: string, stripped: string): Promise<void> => {
  const sources = FOLDERS.map((folder) => `${folder}/**/*.ts`);
  await build({
    absWorkingDir: house,
    entryPoints: globSync(sources, { cwd: house }),
    outbase: house,
    outdir: stripped,
    outExtension: { '.js': '.ts' },
    bundle: false,
    format: 'esm',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    logLevel: 'error',
  });
  // What the sources import besides each other: JSON, JavaScript.
  const plain = FOLDERS.map((folder) => `${folder}/**/*.{json,js,mjs,cjs}`);
  for (const file of globSync(plain, { cwd: house })) cpSync(path.join(house, file), path.join(stripped, file));
  cpSync(path.join(ROOT, 'package.json'), path.join(stripped, 'package.json'));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(stripped, 'node_modules'));
};

const isResult = (output: ICruiseResult | string): output is ICruiseResult => typeof output !== 'string';

if (import.meta.main) {
  const found = await violations(ROOT);
  for (const violation of found) console.error(show(violation));
  console.log(`${found.length} imports break the rules of the house.`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
