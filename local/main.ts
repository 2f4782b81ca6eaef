/** `npm start`: the control plane on a local cloud, until Ctrl-C. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DEMO_FLEET, loadFleet } from './fleet/load.ts';
import { startLocal } from './start.ts';
import { welcome } from './welcome.ts';

const HELP = `npm start -- [options]

  --port N        the port of the AWS endpoint (default: PODID_PORT, or 4747; 0 takes a free one); the API and the
                  OpenID provider take the next two, or free ones
  --fleet FILE    a fleet file (default: the demo fleet, local/fleet/demo.yaml)
  --dir DIR       where env, kubeconfig and credentials are written (default: .podid)
  --help          this text

PODID_DEBUG=1 shows where an error comes from.`;

const OPTIONS = {
  port: { type: 'string', default: process.env.PODID_PORT ?? '4747' },
  fleet: { type: 'string', default: DEMO_FLEET },
  dir: { type: 'string', default: '.podid' },
  help: { type: 'boolean', default: false },
} as const;

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return console.log(HELP);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port ${values.port}: a port is a number from 0 to 65535`);
  }
  const began = performance.now();
  console.log('podid: bundling the functions, synthesizing the templates, starting the clusters …');
  const local = await startLocal({
    port,
    loaded: loadFleet(path.resolve(values.fleet)),
    dir: path.resolve(values.dir),
  });
  const seconds = (performance.now() - began) / 1000;
  const { cloud, env, fleet, door } = local;
  console.log(welcome({ endpoint: cloud.endpoint, env, fleet, seconds, ...(door === undefined ? {} : { door }) }));
  const stop = () => {
    // Whatever still holds on after that ends with the process; a second Ctrl-C ends it at once.
    setTimeout(() => process.exit(1), 1_800).unref();
    process.once('SIGINT', () => process.exit(130));
    void local.close().finally(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
};

// Before all is up there is nothing to close but this process, and its workers end with it.
main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  console.error(process.env.PODID_DEBUG === undefined ? `podid could not start: ${message}` : error);
  process.exit(1);
});
