/** `podid findings`, and `podid trust explain --role`, against a running fleet. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { podid } from '../local/spine/command-line.ts';
import { roleArn, shop } from '../local/spine/fleets.ts';
import { type Running, startFleet, storeOf } from '../local/spine/harness.ts';

const ROLE = roleArn('elsewhere');
const KEPT = {
  kind: 'RoleTrustChanged',
  actor: { type: 'IAMUser', arn: 'arn:aws:iam::222222222222:user/eve', eventId: 'e-1' },
};
const BROAD = {
  reason: 'TrustTooBroad',
  severity: 'error',
  sentence: 'Everybody gets in.',
  witness: 'checkout/other',
  remedy: 'Narrow it.',
  statement: { index: 0, sid: 'Pods' },
  subject: 'Pods',
} as const;
const NEAR = { reason: 'TrustNearQuota', severity: 'warning', sentence: 'It is long.' } as const;

let demo: Running;

beforeAll(async () => {
  demo = await startFleet(shop(['api']));
}, 120_000);
afterAll(async () => demo?.stop(), 20_000);

const out = async (...args: readonly string[]): Promise<string> => {
  const ran = await podid(demo, args);
  expect(ran).toMatchObject({ code: 0, err: '' });
  return ran.out;
};
const ids = async (...args: readonly string[]): Promise<readonly string[]> =>
  JSON.parse(await out('findings', ...args, '-o', 'json')).findings.map(({ reason }: { reason: string }) => reason);

describe('podid findings', () => {
  it('says that there are none', async () => {
    expect(await out('findings', '--role', ROLE)).toBe('No findings.\n');
  });

  it('lists the worst first, shows one, and what was mended lately', async () => {
    const { findings } = storeOf(demo);
    const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    const judged = (minutes: number) => ({ at: ago(minutes), cause: KEPT, complete: true });
    const { opened } = await findings.keep(ROLE, [NEAR, BROAD], judged(200));
    expect(await ids('--role', ROLE)).toEqual(['TrustTooBroad', 'TrustNearQuota']);
    expect(await ids()).toEqual(expect.arrayContaining(['TrustTooBroad', 'TrustNearQuota']));
    const [head = '', line = ''] = (await out('findings', '--role', ROLE)).split('\n');
    expect(head.split(/\s{2,}/)).toEqual(['ID', 'SEVERITY', 'STATE', 'SINCE', 'OBJECT', 'REASON', 'WHAT']);
    const id = opened.find(({ reason }) => reason === 'TrustTooBroad')?.id ?? '';
    expect(line.split(/\s{2,}/)).toEqual([id, 'error', 'open', '3h ago', ROLE, 'TrustTooBroad', 'Everybody gets in.']);
    const story = await out('findings', 'show', id);
    expect(story).toMatch(/^Finding f-[0-9a-f]{12}: error TrustTooBroad, open\nEverybody gets in\.\n/);
    expect(story).toMatch(/^Statement +Pods$/m);
    expect(story).toMatch(/^Opened +\S+ by RoleTrustChanged of arn:aws:iam::222222222222:user\/eve$/m);

    await findings.keep(ROLE, [NEAR], judged(100));
    expect(await ids('--role', ROLE)).toEqual(['TrustNearQuota']);
    expect(await ids('--role', ROLE, '--all')).toEqual(['TrustNearQuota', 'TrustTooBroad']);
    await findings.keep(ROLE, [], judged(10));
    expect(await out('findings', '--role', ROLE)).toMatch(/^f-\S+ +warning +resolved +10m ago .* TrustNearQuota /m);
    expect(await ids('list')).toContain('TrustNearQuota');
  }, 60_000);

  it.each<[what: string, args: readonly string[], err: string]>([
    ['no such id', ['show', 'f-0'], 'podid: There is no finding f-0. `podid findings` lists them.\n'],
    ['a role that is none', ['--role', 'api'], 'podid: api is not the ARN of a role.\n'],
    ['--all without a role', ['--all'], 'podid: --all is for one role: podid findings --role ARN --all\n'],
  ])('tells %s', async (_what, args, err) => {
    expect(await podid(demo, ['findings', ...args])).toEqual({ code: 1, out: '', err });
  });
});

describe('podid trust explain --role', () => {
  it('reads the role from IAM, and its associations from the hub', async () => {
    const ran = await podid(demo, ['trust', 'explain', '--role', roleArn('api'), '--profile', 'shop', '--json']);
    const { role, findings } = JSON.parse(ran.out);
    expect(ran.code).toBe(findings.some(({ severity }: { severity: string }) => severity === 'error') ? 1 : 0);
    expect(role).toMatchObject({ account: '222222222222', roleArn: roleArn('api') });
    expect(findings.length).toBeGreaterThan(0);
  }, 30_000);

  it('judges all the same when the hub is out of reach', async () => {
    const ran = await podid(demo, ['trust', 'explain', '--role', roleArn('api'), '--profile', 'shop'], {
      PODID_PROFILE: 'nobody',
    });
    expect(ran.err).toMatch(/^Its associations are not known: .*nobody.*\n$/);
    expect(ran.out).toMatch(/^Who can get it\n/);
  });

  it.each<[what: string, role: string, err: RegExp]>([
    ['no such role', roleArn('nobody'), /^podid: There is no role nobody in the account of these credentials\.\n$/],
    ["another account's role", roleArn('api', '333333333333'), /^podid: These credentials are of another account/],
  ])('tells %s', async (_what, role, err) => {
    const ran = await podid(demo, ['trust', 'explain', '--role', role, '--profile', 'shop']);
    expect(ran).toMatchObject({ code: 1, out: '', err: expect.stringMatching(err) });
  });
});
