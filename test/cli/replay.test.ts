/** `podid replay` with a hub: its decisions made again. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Decision } from '../../functions/drift/replay/index.ts';
import { fixture } from '../events/fixtures.ts';
import { decided } from '../functions/drift/replay/made.ts';
import { shopWithHub } from './hub-stand-in.ts';

const { place, hub, run } = shopWithHub();

describe('podid replay with a hub', () => {
  it('makes the decisions again, and ends with 1 where one would be different', async () => {
    const { decision, text } = decided();
    const at = new Date(Date.now() - 60_000).toISOString();
    await hub()
      .store.decisions(Decision)
      .keep({ ...decision, at }, text);
    // This fleet's configuration opts no role in.
    const ran = await run('replay', '--since', '1h', '-o', 'json');
    expect(ran).toMatchObject({ code: 1, err: '' });
    expect(JSON.parse(ran.out)).toMatchObject({
      eventId: 'e-1',
      change: { kind: 'RoleBoundaryChanged' },
      actor: { name: 'eve' },
      findings: [{ reason: 'BoundaryChanged' }],
      plan: [{ do: 'hold', because: 'not-ours' }],
      decisions: [{ id: 'd-1', differences: [expect.stringMatching(/^boundary: now held/)] }],
    });
    expect((await run('replay', '--since', '10s')).out).toBe(
      '0 events, 0 unreadable; 0 decisions made again, 0 would be different now.\n',
    );
  }, 30_000);

  it('finds the decisions of an event in a file', async () => {
    const event = Object(fixture('role-boundary-set'));
    const eventFile = path.join(place.cwd, 'event.json');
    const told = { ...event, detail: { ...event.detail, eventID: 'e-1' } };
    writeFileSync(eventFile, JSON.stringify([told, fixture('role-tagged')]));
    const ran = await run('replay', eventFile, '-o', 'json');
    expect(ran).toMatchObject({ code: 1, err: '' });
    const [first, second] = ran.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ decisions: [{ id: 'd-1' }], findings: [{ reason: 'BoundaryChanged' }] });
    expect(second).toMatchObject({ findings: null, plan: null, because: expect.stringMatching(/no snapshot/) });
  });

  it('asks guardrails about the grants in force, of which there are none here', async () => {
    const guardrails = path.resolve(import.meta.dirname, '../../guardrails');
    const ran = await run('replay', '--since', '1h', '--guardrails', guardrails, '--mode', 'notify');
    expect(ran).toMatchObject({ code: 1, err: '' });
    expect(ran.out).toMatch(/^e-1 {2}RoleBoundaryChanged by eve: 1 of 1 decisions would be different now\./);
    expect(ran.out).toMatch(
      /\n {4}boundary: now held \(not-ours\); it was revert\.\n1 event, 0 unreadable; 1 decision made again, 1 would/,
    );
    expect(ran.out).not.toMatch(/would be refused/);
  });

  it('reads files all the same when the hub can not be asked, and says so once', async () => {
    const file = path.join(place.cwd, 'two.json');
    writeFileSync(file, JSON.stringify([fixture('role-tagged'), fixture('role-untagged')]));
    const ran = await place.podid(['replay', file, '-o', 'json'], '', {
      ...hub().env,
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
    });
    expect(ran).toMatchObject({ code: 0, err: expect.stringMatching(/^podid: the hub can't be asked[^\n]*\n$/) });
    const lines = ran.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { findings: null, because: expect.stringMatching(/can't be asked/) },
      { findings: null, because: expect.stringMatching(/can't be asked/) },
    ]);
  }, 30_000);

  it.each<[what: string, args: readonly string[], err: RegExp]>([
    ['neither files nor a time', [], /Name files of events, or --since/],
    ['both', ['x.json', '--since', '1h'], /Name files of events, or --since/],
    ['no such file', ['nowhere.json'], /There is no file nowhere\.json/],
    ['too long ago', ['--since', '91d'], /90 days/],
  ])('tells %s as trouble', async (_what, args, err) => {
    expect(await run('replay', ...args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(err) });
  });
});
