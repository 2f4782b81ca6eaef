/** The API's function as it is deployed: JavaScript, Cedar's WebAssembly, and what its folders hold besides. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundle, ROOT } from '../infra/build.ts';
import { markdown } from './figures.ts';

export const apiBundle = async (dir: string): Promise<void> => {
  const bundles = await bundle({ outDir: dir, configFile: path.join(ROOT, 'podid.config.yaml') });
  const judging = bundles.filter(({ dir: folder }) => filesOf(folder, 'wasm').length > 0);
  const rows = judging.map(({ file, dir: folder }) => [
    file,
    ...['mjs', 'wasm', 'json'].flatMap((suffix) => sizes(filesOf(folder, suffix))),
  ]);
  console.log('Bundles of the functions that judge, minified; gzipped as an archive would have them\n');
  const kinds = ['JavaScript', 'wasm', 'configuration and guardrails'];
  console.log(markdown(['function', ...kinds.flatMap((kind) => [kind, 'gzipped'])], rows));
  console.log();
};

const filesOf = (folder: string, suffix: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(`.${suffix}`))
    .map((name) => path.join(folder, name));

const sizes = (files: readonly string[]): readonly [string, string] => [
  kilobytes(files.map((file) => statSync(file).size)),
  kilobytes(files.map((file) => gzipSync(readFileSync(file)).byteLength)),
];

const kilobytes = (sizesOf: readonly number[]): string =>
  `${Math.round(sizesOf.reduce((sum, each) => sum + each, 0) / 1_000)} kB`;
