/**
 * The running API against its own OpenAPI document: schemathesis makes up requests, right ones and wrong ones, and holds every answer to
 * what is documented. Needs `schemathesis` (pip) on the PATH.
 */
import { execFile, spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GrantPage, GrantView } from '../../functions/provisioning/api/schemas.ts';
import { type Running, startDemo } from '../local/spine/harness.ts';

const CONFIG = path.join(import.meta.dirname, 'schemathesis.toml');
const here = spawnSync('schemathesis', ['--version']).status === 0;
const MINUTES = 60_000;

(here ? describe : describe.skip)('schemathesis finds nothing', () => {
  let running: Running;
  beforeAll(async () => {
    // Nobody's requests are too many here: what is asked is not how many, but what.
    const limits = { callerLimit: { burst: 100_000, perSecond: 10_000 }, stageLimit: { burst: 5000, perSecond: 5000 } };
    running = await startDemo({
      configure: (config) => ({ ...config, ...(config.api && { api: { ...config.api, ...limits } }) }),
    });
    // Its function is compiled now, and not while schemathesis waits its ten seconds for the document.
    await fetch(`${door().api}/openapi.json`);
  }, 4 * MINUTES);
  afterAll(() => running?.stop());

  const door = () => {
    if (running.door === undefined) throw new Error('the demo fleet has no API');
    const { PODID_TOKEN = '', PODID_APPROVER_TOKEN = '' } = running.door.variables;
    return { api: running.door.api, developer: PODID_TOKEN, approver: PODID_APPROVER_TOKEN };
  };
  const ask = async (pathname: string, token: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${door().api}${pathname}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return answer.json();
  };

  test(
    'in all of it, as a developer',
    async () => {
      const { api, developer } = door();
      expect(await found(CONFIG, api, developer)).toBe('');
      // It has got somewhere: the document's own example is granted.
      const { grants } = GrantPage.parse(await ask('/grants?requester=me', developer));
      expect(grants.map(({ serviceAccount }) => serviceAccount)).toContain('uploads');
    },
    5 * MINUTES,
  );

  test(
    'in what can be done with a grant, as who may approve it',
    async () => {
      const { api, developer, approver } = door();
      const grant = GrantView.parse(
        await ask('/grants', developer, { ...(await example()), serviceAccount: 'approved' }),
      );
      const config = path.join(running.dir, 'schemathesis.toml');
      copyFileSync(CONFIG, config);
      appendFileSync(config, `\n[parameters]\n"path.id" = "${grant.id}"\n`);
      expect(await found(config, api, approver, '--include-path-regex', String.raw`grants/\{id\}`)).toBe('');
      const { history } = GrantView.parse(await ask(`/grants/${grant.id}`, approver));
      expect(history.filter(({ by }) => by?.name?.startsWith('Avery')).length).toBeGreaterThan(0);
    },
    5 * MINUTES,
  );

  /** The wish that the document shows. */
  const example = async (): Promise<object> => {
    const document: unknown = await ask('/openapi.json', '');
    const at = (of: unknown, key: string): unknown =>
      typeof of === 'object' && of !== null ? Object.entries(of).find(([name]) => name === key)?.[1] : undefined;
    const shown = ['components', 'schemas', 'GrantWish', 'example'].reduce(at, document);
    if (typeof shown !== 'object' || shown === null) throw new Error('the document shows no wish');
    return shown;
  };
});

/** What it complains of: its report from the failures on, or nothing. */
const found = (config: string, api: string, token: string, ...more: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(
      'schemathesis',
      ['--config-file', config, 'run', `${api}/openapi.json`, '--header', `Authorization: Bearer ${token}`]
        .concat('--max-examples', '15', '--no-color', '--request-timeout', '20')
        .concat(more),
      { timeout: 4.5 * MINUTES, maxBuffer: 64 * 1024 * 1024 },
      (error, out, err) => {
        if (error === null) return resolve('');
        // Some of what it makes up is as long as a header may be.
        const lines = `${out}\n${err}`.split('\n').map((line) => line.slice(0, 300));
        const from = lines.findIndex((line) => /= (FAILURES|ERRORS) =/.test(line));
        resolve(`${error.message.slice(0, 200)}\n${lines.slice(Math.max(0, from), from + 200).join('\n')}`);
      },
    );
  });
