/** The bundles: every function's, each on its own, the same each time. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { Config } from '../../functions/config.ts';
import { type Bundle, bundle } from '../../infra/build.ts';
import { ConfigInvalid } from '../../infra/config-file.ts';
import { configuration, FUNCTIONS, folder, writeConfig } from './fixture.ts';

let outDir = '';
let bundles: readonly Bundle[] = [];

beforeAll(async () => {
  outDir = folder('build');
  // From an earlier build: one function whose source is gone, and something that isn't ours.
  mkdirSync(path.join(outDir, 'gone'));
  writeFileSync(path.join(outDir, 'gone/index.mjs'), '');
  mkdirSync(path.join(outDir, 'kept'));
  writeFileSync(path.join(outDir, 'kept/notes.txt'), '');
  bundles = await bundle({ outDir, configFile: writeConfig(configuration()) });
});

test('one folder a function, with the map beside the code and no sources in it', () => {
  expect(bundles.map(({ file }) => file).sort()).toEqual(FUNCTIONS.map(({ name }) => name).sort());
  for (const { dir, bytes } of bundles) {
    const code = readFileSync(path.join(dir, 'index.mjs'));
    expect(code.byteLength).toBe(bytes);
    expect(code.toString()).toContain('//# sourceMappingURL=index.mjs.map');
    expect(JSON.parse(readFileSync(path.join(dir, 'index.mjs.map'), 'utf8'))).not.toHaveProperty('sourcesContent');
  }
});

test("the hub's functions carry the checked configuration, the spokes' don't", () => {
  for (const { dir, runsIn } of bundles) {
    const file = path.join(dir, 'podid.config.json');
    expect([dir, existsSync(file)]).toEqual([dir, runsIn === 'hub']);
    if (runsIn === 'hub') expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(Config.parse(configuration()));
  }
});

test('each bundle loads in Node and exports a handler', () => {
  const script = `for (const dir of ${JSON.stringify(bundles.map(({ dir }) => dir))}) {
    const { handler } = await import(dir + '/index.mjs');
    console.log(typeof handler);
  }`;
  const file = path.join(outDir, 'load.mjs');
  writeFileSync(file, script);
  const said = execFileSync(process.execPath, [file], { encoding: 'utf8', env: { POWERTOOLS_DEV: 'false' } });
  expect(said.trim().split('\n')).toEqual(bundles.map(() => 'function'));
});

test('functions that touch no cluster stay below 600 kB, the one with all rules about trust below 700', () => {
  const touchCluster = ['assess', 'restart', 'verify'];
  const limit = (file: string) => (file === 'judge-role' ? 700_000 : 600_000);
  const heavy = bundles.filter(({ file, bytes }) => bytes > limit(file) && !touchCluster.includes(file));
  expect(heavy).toEqual([]);
});

test('the same sources give the same bytes', async () => {
  const before = new Map(
    bundles.map(({ file, dir }) => [file, readdirSync(dir).map((name) => readFileSync(path.join(dir, name), 'hex'))]),
  );
  await bundle({ outDir, configFile: writeConfig(configuration()) });
  for (const { file, dir } of bundles) {
    expect(readdirSync(dir).map((name) => readFileSync(path.join(dir, name), 'hex'))).toEqual(before.get(file));
  }
});

test('what an earlier build left is removed, what is not ours stays', () => {
  expect(existsSync(path.join(outDir, 'gone'))).toBe(false);
  expect(existsSync(path.join(outDir, 'kept/notes.txt'))).toBe(true);
});

test('a configuration that does not fit stops the build', async () => {
  await expect(bundle({ outDir, configFile: writeConfig({ hub: {} }) })).rejects.toThrow(ConfigInvalid);
});
