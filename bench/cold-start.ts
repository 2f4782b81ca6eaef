/** Each function's bundle and cold start, against a bare handler with the same SDK clients, bundled the same way. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { build, type Metafile } from 'esbuild';
import { bundle, ROOT } from '../infra/build.ts';
import { markdown, ms, spread } from './figures.ts';

const ROUNDS = 9;

/** The clients that a bundle holds, by package, and the name of the class to make. */
const CLIENTS: Record<string, string> = {
  '@aws-sdk/client-dynamodb': 'DynamoDBClient',
  '@aws-sdk/client-sfn': 'SFNClient',
  '@aws-sdk/client-iam': 'IAMClient',
  '@aws-sdk/client-lambda': 'LambdaClient',
  '@aws-sdk/client-eks': 'EKSClient',
  '@aws-sdk/client-ec2': 'EC2Client',
  '@kubernetes/client-node': 'KubeConfig',
};

export const coldStarts = async (): Promise<void> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'podid-bench-'));
  try {
    const bundles = await bundle({ outDir: dir, configFile: path.join(ROOT, 'podid.config.yaml') });
    const metafile = JSON.parse(readFileSync(path.join(dir, 'metafile.json'), 'utf8')) as Metafile;
    const rows: string[][] = [];
    for (const { file, runsIn, bytes } of bundles) {
      const clients = clientsOf(metafile, file);
      const bare = await bareHandler(dir, clients);
      const ours: number[] = [];
      const theirs: number[] = [];
      // In turns, so that whatever else the machine does hits both alike.
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(await coldStart(path.join(dir, file, 'index.mjs')));
        theirs.push(await coldStart(bare));
      }
      const [mine, its] = [spread(ours), spread(theirs)];
      rows.push([
        `${file} (${runsIn})`,
        clients.map((client) => client.replace(/^@[^/]+\/(client-)?/, '')).join(', ') || 'none',
        `${Math.round(bytes / 1_000)} kB`,
        `${Math.round(statSync(bare).size / 1_000)} kB`,
        `${ms(mine.median)} (${mine.min.toFixed(0)}–${mine.max.toFixed(0)})`,
        `${ms(its.median)} (${its.min.toFixed(0)}–${its.max.toFixed(0)})`,
        (mine.median / its.median).toFixed(2),
      ]);
    }
    console.log(
      `Bundles and cold starts: a worker's start until the bundle is loaded, median of ${ROUNDS} (min–max), in turns\n`,
    );
    console.log(markdown(['function', 'clients', 'bundle', 'bare bundle', 'cold start', 'bare', 'ratio'], rows));
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const clientsOf = (metafile: Metafile, file: string): string[] => {
  const output = Object.entries(metafile.outputs).find(([name]) => name.endsWith(`/${file}/index.mjs`))?.[1];
  const inputs = Object.keys(output?.inputs ?? {});
  return Object.keys(CLIENTS).filter((client) => inputs.some((input) => input.includes(`node_modules/${client}/`)));
};

const bareHandler = async (dir: string, clients: readonly string[]): Promise<string> => {
  const name = `bare-${clients.map((client) => client.split('/')[1]).join('-') || 'none'}`;
  const source = path.join(dir, name, 'index.ts');
  mkdirSync(path.dirname(source), { recursive: true });
  const imports = clients.map((client) => `import { ${CLIENTS[client]} } from '${client}';`);
  const made = clients.map((client) => `new ${CLIENTS[client]}({})`);
  writeFileSync(
    source,
    `${imports.join('\n')}\nconst clients = [${made.join(', ')}];\nexport const handler = async () => clients.length;\n`,
  );
  const outfile = path.join(dir, name, 'index.mjs');
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    nodePaths: [path.join(ROOT, 'node_modules')],
    logLevel: 'error',
    banner: {
      js: "import{createRequire as benchRequire}from'node:module';const require=benchRequire(import.meta.url);",
    },
  });
  return outfile;
};

const LOADER = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData).then((module) => parentPort.postMessage(typeof module.handler), (error) => { throw error; });
`;

/** Milliseconds from a new worker to its loaded handler. */
const coldStart = (file: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const worker = new Worker(LOADER, {
      eval: true,
      workerData: file,
      env: { AWS_REGION: 'eu-west-1', POWERTOOLS_DEV: 'false' },
    });
    worker.once('error', reject);
    worker.once('message', (kind) => {
      const took = performance.now() - began;
      void worker
        .terminate()
        .then(() => (kind === 'function' ? resolve(took) : reject(new Error(`${file} exports no handler`))));
    });
  });
