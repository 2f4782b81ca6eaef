/** The bundles: every function's, each on its own, the same each time. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { CLUSTER_ENTRIES } from '../../functions/cluster-entries.ts';
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
}, 120_000);

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

/** What holds all rules about trust, resolves grants, or puts events on a bus as well; with Cedar; and the API's framework. */
const LARGER: Readonly<Record<string, number>> = {
  'judge-role': 700_000,
  intend: 700_000,
  'on-association-changed': 650_000,
  'on-role-changed': 650_000,
  'record-grant': 700_000,
  'come-due': 700_000,
  'sweep-grants': 700_000,
  // Three clients: they ask the spokes, and start executions; and one gathers all that is known of an object.
  'keep-associations': 700_000,
  'list-clusters': 700_000,
  'keep-roles': 700_000,
  'keep-lookups': 800_000,
  'look-at-object': 900_000,
  'on-object-changed': 800_000,
  // The store alone has grown by what drift keeps.
  'on-association-created': 650_000,
  'on-association-deleted': 650_000,
  'on-association-updated': 650_000,
  'on-work-stopped': 700_000,
  'plan-grant': 900_000,
  api: 1_500_000,
  // Which actions have no resource types: 150 kB of them.
  'apply-role': 750_000,
  survey: 750_000,
  // Reach, by which they prove what they leave behind.
  'undo-grant': 650_000,
  'verify-grant': 650_000,
};

test('functions that touch no cluster stay below 600 kB, but for the few that have a reason', () => {
  const touchCluster = Object.keys(CLUSTER_ENTRIES);
  const heavy = bundles.filter(({ file, bytes }) => bytes > (LARGER[file] ?? 600_000) && !touchCluster.includes(file));
  expect(heavy).toEqual([]);
});

test('what judges by guardrails has Cedar and them beside it, and nothing else has', () => {
  const judging = bundles.filter(({ dir }) => existsSync(path.join(dir, 'guardrails.json'))).map(({ file }) => file);
  expect(judging.sort()).toEqual(['api', 'plan-grant']);
  for (const { dir, file } of bundles) {
    expect([file, existsSync(path.join(dir, 'cedar_wasm_bg.wasm'))]).toEqual([file, judging.includes(file)]);
  }
});

test('the same sources give the same bytes', async () => {
  const before = new Map(
    bundles.map(({ file, dir }) => [file, readdirSync(dir).map((name) => readFileSync(path.join(dir, name), 'hex'))]),
  );
  await bundle({ outDir, configFile: writeConfig(configuration()) });
  for (const { file, dir } of bundles) {
    expect(readdirSync(dir).map((name) => readFileSync(path.join(dir, name), 'hex'))).toEqual(before.get(file));
  }
  // Every bundle anew: a busy machine takes its time.
}, 180_000);

test('what an earlier build left is removed, what is not ours stays', () => {
  expect(existsSync(path.join(outDir, 'gone'))).toBe(false);
  expect(existsSync(path.join(outDir, 'kept/notes.txt'))).toBe(true);
});

test('a configuration that does not fit stops the build', async () => {
  await expect(bundle({ outDir, configFile: writeConfig({ hub: {} }) })).rejects.toThrow(ConfigInvalid);
});
