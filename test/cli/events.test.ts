/** `podid events`, and Ctrl-C while something is followed, against an API that answers from fixtures. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventView } from '../../functions/provisioning/api/schemas.ts';
import { problem, type StandIn, startStandIn } from './api-stand-in.ts';
import { workplace } from './command.ts';
import { allowed, grantAfter, ID, viewOf } from './grant-fixtures.ts';

let api: StandIn;
const place = workplace({});
const env = () => ({ PODID_API: api.url, PODID_TOKEN: 'dana', TZ: 'Europe/Berlin' });
const podid = (...args: readonly string[]) => place.podid(args, '', env());

beforeAll(async () => {
  api = await startStandIn();
});
afterAll(async () => {
  await api.end();
  place.end();
});

const grantEvent = (second: number, more: object = {}): EventView =>
  EventView.parse({
    kind: 'Grant Active',
    detail: {
      schema: 1,
      id: `${ID}/e-${second}`,
      at: `2026-11-21T12:00:0${second}.000Z`,
      grant: {
        id: ID,
        version: 1,
        phase: 'active',
        team: 'checkout',
        namespace: 'checkout',
        serviceAccount: 'api',
        clusters: [],
        targetAccounts: [],
      },
      did: 'activated',
      why: '',
      notes: [],
      ...more,
    },
  });
const finding = EventView.parse({
  kind: 'Finding Opened',
  detail: {
    schema: 1,
    id: 'f-1/opened',
    at: '2026-11-21T12:00:05.000Z',
    finding: {
      id: 'f-1',
      object: 'arn:aws:iam::222222222222:role/a',
      reason: 'TrustTooBroad',
      severity: 'error',
      sentence: 'Others \u001b[31mcan use it.',
    },
  },
});
const revoke = grantEvent(1, { did: 'revoke-asked', by: { subject: 's', name: 'Dana' }, why: 'done with it' });

describe('podid events', () => {
  it("lists all pages, a line each, and steers nobody's terminal", async () => {
    api.tell({ 'GET /events': [{ body: { events: [revoke], next: 'c1' } }, { body: { events: [finding] } }] });
    expect(await podid('events', '--since', '2026-11-21T12:00:00Z')).toEqual({
      code: 0,
      err: '',
      out: `2026-11-21 13:00:01 +01:00  Grant Active             ${ID}, version 1  checkout/api  revoke-asked by Dana: done with it
2026-11-21 13:00:05 +01:00  Finding Opened           error TrustTooBroad of arn:aws:iam::222222222222:role/a: Others  [31mcan use it.
`,
    });
    expect(api.asked.map(({ path: asked }) => asked)).toEqual([
      '/events?since=2026-11-21T12%3A00%3A00.000Z&limit=100',
      '/events?since=2026-11-21T12%3A00%3A00.000Z&limit=100&cursor=c1',
    ]);
  });

  it('lists as JSON, since an hour ago unless told otherwise', async () => {
    api.tell({ 'GET /events': { body: { events: [finding] } } });
    const before = Date.now();
    const { out } = await podid('events', '-o', 'json');
    expect(JSON.parse(out)).toEqual({ events: [finding] });
    const since = new URLSearchParams(api.asked[0]?.path.split('?')[1]).get('since') ?? '';
    expect(Math.abs(Date.parse(since) - (before - 3_600_000))).toBeLessThan(60_000);
  });

  it('says that nothing happened', async () => {
    api.tell({ 'GET /events': { body: { events: [] } } });
    expect(await podid('events')).toMatchObject({ code: 0, out: 'Nothing happened.\n' });
  });

  it.each(['1', 'yesterday', '1y'])('does not know since when %s is', async (since) => {
    expect(await podid('events', '--since', since)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/30m, 1h, 7d/),
    });
  });

  it('follows: each event once, over a failure of the API', async () => {
    const [one, two, three] = [grantEvent(1), grantEvent(2), grantEvent(3)];
    api.tell({
      'GET /events': [
        { body: { events: [one, three] } },
        { status: 500, body: problem(500, 'Out of order.') },
        // Kept later than what happened after it.
        { body: { events: [one, two, three] } },
      ],
    });
    const ran = interrupted(['events', '--follow', '-o', 'json', '--since', '2026-11-21T12:00:00Z']);
    expect(await ran.lines(3)).toEqual([one, three, two].map((event) => JSON.stringify(event)));
    await ran.interrupt();
  });
});

it('says after Ctrl-C that the work goes on', async () => {
  api.tell({ [`GET /grants/${ID}`]: { body: viewOf(grantAfter(allowed)) } });
  const ran = interrupted(['get', 'grants', ID, '--watch']);
  await ran.lines(1);
  await ran.until(() => api.asked.length > 1);
  expect(await ran.interrupt()).toEqual({
    code: 130,
    err: `The work goes on without you. To follow it again: podid get grants ${ID} --watch\n`,
  });
});

/** Runs it until somebody presses Ctrl-C. */
const interrupted = (args: readonly string[]) => {
  const podidPath = path.resolve(import.meta.dirname, '../../cli/podid.js');
  const child = spawn(process.execPath, [podidPath, ...args], {
    cwd: place.cwd,
    env: { PATH: process.env.PATH, HOME: place.cwd, ...env() },
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  const errors = text(child.stderr);
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const until = async (is: () => boolean): Promise<void> => {
    while (!is()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  return {
    until,
    lines: async (count: number): Promise<readonly string[]> => {
      await until(() => out.split('\n').length > count);
      return out.split('\n').slice(0, count);
    },
    interrupt: async () => {
      child.kill('SIGINT');
      const [code, err] = await Promise.all([closed, errors]);
      return { code, err };
    },
  };
};
