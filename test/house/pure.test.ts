/** biome.json's rules for pure files: each line of the bad samples is refused, each of the good ones is let through, and only where the rule counts. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT } from './cruise.ts';

const AMBIENT = [
  'export const a = Date.now();',
  'export const a = [1].map(Date.now);',
  'export const a = new Date();',
  'export const a = new Date;',
  'export const a = Date();',
  'export const a = performance.now();',
  'setTimeout(() => undefined, 1);',
  'export const a = Math.random();',
  'export const a = crypto.randomUUID();',
  "import { randomUUID } from 'node:crypto'; export const a = randomUUID();",
  "import * as c from 'node:crypto'; export const a = c.getRandomValues(new Uint8Array(1));",
  "import { connect } from 'node:net'; export const a = connect;",
  'export const a = process.env.HOME;',
  'export const a = globalThis.Date;',
  'export const a = import.meta.url;',
  'console.log(1);',
  "export const a = fetch('x');",
];
const LITERAL_ARN = [
  "export const a = 'arn:aws:iam::1:role/x';",
  'export const a = (n: string) => `arn:aws:iam::$' + '{n}:role/x`;',
  'export const a = /^arn:aws:/;',
  "export const a = { 'arn:aws:s3:::x': 1 };",
  "export type A = 'arn:aws:x';",
  'export type A = `arn:aws:$' + '{string}`;',
  "export const a = 'see arn:aws-cn:iam::1:role/x';",
];
const GOOD = [
  'export const a = (now: Date) => new Date(now.getTime() + 1);',
  'export const a = Date.parse;',
  "import { createHash } from 'node:crypto'; export const a = createHash;",
  "import { isIP } from 'node:net'; export const a = isIP;",
  'export const a = (p: string) => `arn:$' + '{p}:iam::1:role/x`;',
  'export const a = /^arn:[^:]+:/;',
  'export const a = { process: 1 }.process;',
];

/** Where each sample is put, one file a sample: `functions/revocation/bad-3.ts`. */
const PLACES = {
  pure: 'functions/revocation/%.ts',
  bottom: 'functions/%.ts',
  changes: 'functions/changes/%.ts',
  hub: 'functions/revocation/%.hub.ts',
  spoke: 'functions/revocation/%.spoke.ts',
  aws: 'functions/aws/%.ts',
  local: 'local/%.ts',
  fleet: 'local/fleet/%.ts',
  tests: 'test/functions/%.ts',
} as const;

let house = '';
let refused = new Set<string>();
const file = (place: keyof typeof PLACES, sample: string) => PLACES[place].replace('%', sample);

beforeAll(async () => {
  house = mkdtempSync(path.join(tmpdir(), 'podid-pure-'));
  for (const name of ['biome.json', '.gitignore']) cpSync(path.join(ROOT, name), path.join(house, name));
  mkdirSync(path.join(house, 'test/house'), { recursive: true });
  for (const name of ['ambient.grit', 'literal-arn.grit'])
    cpSync(path.join(ROOT, 'test/house', name), path.join(house, 'test/house', name));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(house, 'node_modules'));
  for (const place of Object.values(PLACES)) {
    mkdirSync(path.dirname(path.join(house, place)), { recursive: true });
    for (const [kind, samples] of Object.entries({ ambient: AMBIENT, arn: LITERAL_ARN, good: GOOD })) {
      for (const [index, text] of samples.entries()) {
        writeFileSync(path.join(house, place.replace('%', `${kind}-${index}`)), `${text}\n`);
      }
    }
  }
  refused = await lint();
});
afterAll(() => rmSync(house, { recursive: true }));

/** The files in which biome finds an error. */
const lint = async (): Promise<Set<string>> => {
  const biome = path.join(ROOT, 'node_modules/.bin/biome');
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '--diagnostic-level=error', '.'];
  const stdout = await promisify(execFile)(biome, args, { cwd: house, maxBuffer: 1 << 26 }).then(
    (done) => done.stdout,
    // It ends with 1 when it finds something; what it found is on stdout all the same.
    (error: { stdout: string }) => error.stdout,
  );
  const report: { diagnostics: { location?: { path?: unknown } }[] } = JSON.parse(stdout);
  return new Set(report.diagnostics.map(({ location }) => String(location?.path)));
};

describe('clock, chance, environment', () => {
  test.each(AMBIENT.map((text, index) => [text, index]))('%s', (_text, index) => {
    const sample = `ambient-${index}`;
    for (const place of ['pure', 'bottom', 'changes'] as const) expect(refused).toContain(file(place, sample));
    for (const place of ['hub', 'spoke', 'aws', 'local', 'tests'] as const)
      expect(refused).not.toContain(file(place, sample));
  });
});

describe('literal partitions', () => {
  test.each(LITERAL_ARN.map((text, index) => [text, index]))('%s', (_text, index) => {
    const sample = `arn-${index}`;
    for (const place of ['pure', 'bottom', 'hub', 'spoke', 'aws', 'local'] as const)
      expect(refused).toContain(file(place, sample));
    for (const place of ['tests', 'fleet'] as const) expect(refused).not.toContain(file(place, sample));
  });
});

describe('good samples', () => {
  test.each(GOOD.map((text, index) => [text, index]))('%s', (_text, index) => {
    for (const place of ['pure', 'bottom', 'hub', 'local'] as const)
      expect(refused).not.toContain(file(place, `good-${index}`));
  });
});
