/** Cedar in a bundle as the hub's functions are bundled, with its WebAssembly beside it and no node_modules in reach. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { CEDAR_WASM, cedar, cedarWasmFile } from '../../../../functions/runtime/cedar.ts';
import { ROOT } from './shipped.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'podid-cedar-'));
afterAll(() => rmSync(directory, { recursive: true }));

const run = (file: string): string =>
  execFileSync(process.execPath, [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

test('loads from beside the bundle, and fails loudly without', async () => {
  const outfile = path.join(directory, 'index.mjs');
  const contents = `import { cedar } from './functions/runtime/cedar.ts'; cedar(); console.log(cedar().getCedarVersion());`;
  await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    logLevel: 'error',
  });
  expect(() => run(outfile)).toThrow(/cedar-wasm/);
  copyFileSync(cedarWasmFile(), path.join(directory, CEDAR_WASM));
  expect(run(outfile).trim()).toBe(cedar().getCedarVersion());
});
