/** Each rule of `.dependency-cruiser.cjs` fires on a house that breaks it, and on nothing in a house that doesn't. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { violations } from './cruise.ts';

const houses: string[] = [];
afterEach(() => {
  for (const house of houses.splice(0)) rmSync(house, { recursive: true });
});

const build = (files: Record<string, string>): string => {
  const house = mkdtempSync(path.join(tmpdir(), 'podid-sample-'));
  houses.push(house);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(house, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(house, file), text);
  }
  return house;
};

const broken = async (files: Record<string, string>): Promise<string[]> =>
  (await violations(build(files))).map(({ from, rule }) => `${from}: ${rule.name}`).sort();

const uses = (target: string) => `import { x } from '${target}';\nexport const y = x;\n`;
const X = 'export const x = 1;\n';
const X_TYPE = 'export type X = 1;\n';

/** What stands in every sample for the bad files to import. */
const SOUND = {
  'functions/identity.ts': X,
  'functions/trust/reach.ts': uses('../identity.ts'),
  'functions/policy/document.ts': X,
  'functions/aws/iam.ts': uses('@aws-sdk/client-iam').replaceAll(/\bx\b/g, 'IAMClient'),
  'functions/store/table.ts': "import '@aws-sdk/client-dynamodb';\n",
  'functions/runtime/entry.ts': "import '@middy/core';\nexport const x = 1;\n",
  'functions/runtime/clock.ts': "import 'node:fs';\nexport const x = 1;\n",
  'functions/kubernetes/pod.ts':
    "import type { V1Pod } from '@kubernetes/client-node';\nexport type X = V1Pod;\nexport const x = 1;\n",
  'functions/revocation/deny.ts': uses('../policy/document.ts'),
  'functions/revocation/contract.ts': "import * as z from 'zod';\nexport const x = z.string();\nexport type X = 1;\n",
  'functions/revocation/cut.spoke.ts': "import '../aws/iam.ts';\nimport '../runtime/entry.ts';\n",
  'functions/revocation/record.hub.ts': "import '../store/table.ts';\nimport '../runtime/entry.ts';\n",
  'functions/drift/detect.ts': X,
  'functions/provisioning/api/app.ts': "import '@hono/zod-openapi';\nimport 'hono/body-limit';\nimport 'zod';\n",
  'infra/app.ts': "import 'aws-cdk-lib';\nimport '../functions/identity.ts';\n",
  'local/cloud.ts': uses('../functions/policy/document.ts'),
  'cli/podid.ts': "import 'commander';\nimport '../functions/store/table.ts';\n",
  'test/a.test.ts': "import '../functions/revocation/cut.spoke.ts';\nimport '@jest/globals';\n",
};

test('a sound house has nothing to say', async () => {
  expect(await broken(SOUND)).toEqual([]);
});

test('a pure file may use the types of an SDK, also through another file', async () => {
  expect(
    await broken({
      ...SOUND,
      'functions/revocation/pods.ts': "import { x } from '../kubernetes/pod.ts';\nexport const y = x;\n",
    }),
  ).toEqual([]);
});

const floors: [file: string, text: string, rules: string[]][] = [
  ['functions/policy/upward.ts', uses('../trust/reach.ts').replaceAll(/\bx\b/g, 'y'), ['floors-knowledge']],
  [
    'functions/policy/type-upward.ts',
    "import type { X } from '../revocation/contract.ts';\nexport type Y = X;\n",
    ['floors-capability'],
  ],
  ['functions/trust/upward.ts', uses('../revocation/contract.ts'), ['floors-capability']],
  ['functions/finding.ts', uses('./policy/document.ts'), ['floors-ground']],
  ['functions/partition.ts', uses('./revocation/contract.ts'), ['floors-capability']],
  ['functions/revocation/neighbour.ts', uses('../drift/detect.ts'), ['floors-no-neighbours']],
  ['functions/revocation/a.hub.ts', `${uses('../policy/document.ts')}import '../aws/iam.ts';\n`, ['hub-decides']],
  ['functions/revocation/b.hub.ts', "import '../kubernetes/pod.ts';\n", ['hub-decides']],
  ['functions/revocation/c.spoke.ts', "import '../store/table.ts';\n", ['spoke-acts']],
  ['functions/revocation/d.hub.ts', "import './record.hub.ts';\n", ['entries-are-ends']],
  ['functions/revocation/sdk.ts', "import '@aws-sdk/client-iam';\n", ['pure-no-packages', 'pure-stays-pure']],
  ['functions/revocation/library.ts', "import 'yaml';\n", ['pure-no-packages']],
  ['functions/revocation/web.ts', "import 'hono';\n", ['pure-no-packages']],
  ['functions/provisioning/api/library.ts', "import 'yaml';\n", ['api-packages']],
  ['functions/provisioning/api/adapter.ts', "import 'hono/aws-lambda';\n", ['api-packages']],
  ['functions/revocation/files.ts', "import 'node:fs';\n", ['pure-no-node', 'pure-stays-pure']],
  ['functions/revocation/paths.ts', "import 'node:path';\n", ['pure-no-node']],
  ['functions/revocation/sly.ts', "import '../aws/iam.ts';\n", ['pure-stays-pure']],
  ['functions/revocation/slier.ts', "import '../runtime/clock.ts';\n", ['pure-stays-pure']],
  ['functions/runtime/local.ts', uses('../../local/cloud.ts').replaceAll(/\bx\b/g, 'y'), ['shipped-stands-alone']],
  ['functions/runtime/infra.ts', "import '../../infra/app.ts';\n", ['shipped-stands-alone']],
  ['functions/runtime/dev.ts', "import 'fast-check';\n", ['shipped-dependencies']],
  ['cli/dev.ts', "import 'esbuild';\n", ['shipped-dependencies']],
  ['cli/lost.ts', "import './nowhere.ts';\n", ['resolvable']],
  ['infra/tested.ts', "import '../test/a.test.ts';\n", ['tests-are-ends']],
];

test('each rule fires on its bad file, and on no other', async () => {
  const files = Object.fromEntries(floors.map(([file, text]) => [file, text]));
  const expected = floors.flatMap(([file, , rules]) => rules.map((rule) => `${file}: ${rule}`));
  expect(await broken({ ...SOUND, ...files })).toEqual(expected.sort());
});

test('two files that need each other are a cycle', async () => {
  const found = await broken({
    'functions/policy/a.ts': "import { b } from './b.ts';\nexport const a = () => b;\n",
    'functions/policy/b.ts': "import { a } from './a.ts';\nexport const b = () => a;\n",
    'functions/policy/c.ts': `import type { D } from './d.ts';\n${X_TYPE}export type C = D;\n`,
    'functions/policy/d.ts': "import type { X } from './c.ts';\nexport type D = X;\n",
  });
  // Once for the cycle, and not for the two files whose types alone need each other.
  expect(found).toEqual(['functions/policy/a.ts: no-cycles']);
});
