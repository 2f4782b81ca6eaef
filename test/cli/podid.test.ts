/** The `podid` command against a running fleet: what a person reads, what a program reads, and what goes wrong. */
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dissociate } from '../local/spine/associations.ts';
import { podid } from '../local/spine/command-line.ts';
import { inShop, roleArn, shop } from '../local/spine/fleets.ts';
import { as, type Running, settled, startFleet } from '../local/spine/harness.ts';
import { podsRunning } from '../local/spine/pods.ts';
import { revocationsOf } from '../local/spine/revocations.ts';

const API = inShop('api');
const SHOP_ARN = 'arn:aws:eks:eu-west-1:222222222222:cluster/shop';

let demo: Running;
let id = '';

beforeAll(async () => {
  demo = await startFleet(shop(['api', 'worker']));
  await podsRunning(demo, API, 1);
}, 120_000);
afterAll(async () => demo?.stop(), 20_000);

/** What a command that must succeed prints. */
const out = async (...args: string[]): Promise<string> => {
  const ran = await podid(demo, args);
  expect({ code: ran.code, err: ran.err }).toEqual({ code: 0, err: '' });
  return ran.out;
};
const json = async (...args: string[]) => JSON.parse(await out(...args, '-o', 'json'));

it('says that there are no revocations yet', async () => {
  expect(await out('revocations')).toBe('No revocations.\n');
  expect(await json('revocations')).toEqual({ revocations: [] });
});

describe('after a deletion', () => {
  beforeAll(async () => {
    await dissociate(demo, API);
    await settled(demo);
    id = (await revocationsOf(demo, API))[0]?.revocation.id ?? '';
  }, 60_000);

  it('lists it in a line', async () => {
    const [head = '', line = '', ...rest] = (await out('revocations')).trimEnd().split('\n');
    expect(head.split(/\s+/)).toEqual(['ID', 'WHEN', 'IDENTITY', 'CLUSTER', 'CAUSE', 'OUTCOME', 'BY']);
    expect(line.split(/\s{2,}/)).toEqual([
      id,
      expect.stringMatching(/^\d+s ago$/),
      'checkout/api',
      'shop',
      'association-deleted',
      'revoked',
      'arn:aws:iam::222222222222:user/admin',
    ]);
    // The columns stand below their heads.
    for (const column of ['WHEN', 'IDENTITY', 'CLUSTER', 'CAUSE', 'OUTCOME', 'BY']) {
      expect(line.slice(head.indexOf(column) - 2, head.indexOf(column) + 1)).toMatch(/^ {2}\S$/);
    }
    expect(rest).toEqual([]);
  });

  it('lists it as data', async () => {
    expect(await json('revocations', 'list')).toEqual({
      revocations: [
        expect.objectContaining({
          id,
          status: 'ended',
          outcome: 'revoked',
          cause: 'association-deleted',
          identity: {
            account: '222222222222',
            region: 'eu-west-1',
            cluster: 'shop',
            namespace: 'checkout',
            serviceAccount: 'api',
          },
          roleArn: roleArn('api'),
          mode: 'remediate',
          attempt: 1,
        }),
      ],
    });
  });

  it('filters the list', async () => {
    expect(await out('revocations', '--cluster', 'shop')).toContain(id);
    expect(await out('revocations', '--cluster', 'elsewhere')).toBe('No revocations.\n');
    expect(await out('revocations', '--running')).toBe('No revocations.\n');
  });

  it.each([
    ['its id', () => [id]],
    ['--latest', () => ['--latest']],
    ['--wait, since it has ended', () => [id, '--wait']],
  ])('tells its story by %s', async (_how, which) => {
    const story = await out('revocations', 'show', ...which());
    const blocks = story.split('\n\n').map((block) => block.split('\n')[0]?.split(' ')[0]);
    expect(blocks).toEqual(['Revocation', 'Who', 'Cut', 'Restarted', 'Remains', 'Journal']);
    expect(story).toMatch(
      /^Revocation r-[0-9a-f]{12}-1: revoked\ncheckout\/api in cluster shop .* lost its access: 1 role cut, 1 workload restarted\.$/m,
    );
    expect(story).toMatch(/^Who {6}arn:aws:iam::222222222222:user\/admin deleted the association a-/m);
    expect(story).toMatch(/^ {2}arn:aws:iam::222222222222:role\/api: denied$/m);
    expect(story).toMatch(/^ {2}Deployment\/api: rolled out \(1 pod\)$/m);
    expect(story).toMatch(/^ {2}no pods from before$/m);
  });

  it('tells its story as data', async () => {
    const story = await json('revocations', 'show', id);
    expect(story).toMatchObject({
      revocation: { id, former: { roleArn: roleArn('api') } },
      status: 'ended',
      outcome: 'revoked',
      result: { cut: [{ roleArn: roleArn('api'), status: 'cut' }], remaining: { pods: 0 }, findings: [] },
    });
    expect(story.journal.at(0)).toMatchObject({ kind: 'intent', step: 'on-association-deleted' });
    expect(story.journal.at(-1)).toMatchObject({ kind: 'outcome', step: 'record' });
  });

  it('runs it again, and gives the list page by page', async () => {
    const next = id.replace(/-1$/, '-2');
    expect(await out('revocations', 'retry', id)).toBe(
      `Started ${next}. Follow it: podid revocations show ${next} --wait\n`,
    );
    expect(await out('revocations', 'show', next, '--wait')).toMatch(/^Mode {5}remediate, attempt 2$/m);
    const first = await out('revocations', '--limit', '1');
    const cursor = /^More: podid revocations --cursor (\S+)$/m.exec(first)?.[1] ?? '';
    const second = await out('revocations', '--limit', '1', '--cursor', cursor);
    expect([first, second].map((page) => /r-\S+/.exec(page)?.[0]).sort()).toEqual([id, next]);
  }, 60_000);

  it('shows and moves the brakes', async () => {
    expect(await out('brakes')).toBe(`The kill switch is off.\nBreaker of ${SHOP_ARN}: not tripped\n`);
    await out('brakes', 'stop', '--why', 'an exercise');
    expect(await out('brakes', 'status', 'shop')).toMatch(
      /^The kill switch is ON since \S+, by arn:aws:iam::111111111111:user\/admin: an exercise\. Nothing is written anywhere\.$/m,
    );
    expect(await json('brakes', 'status', SHOP_ARN)).toEqual({
      killSwitch: expect.objectContaining({ on: true, why: 'an exercise' }),
      breakers: [{ cluster: SHOP_ARN, generation: 0 }],
    });
    await out('brakes', 'release');
    expect(await json('brakes')).toMatchObject({ killSwitch: { on: false } });
    expect(await out('brakes', 'acknowledge', 'shop')).toBe(`The breaker of ${SHOP_ARN} had not tripped.\n`);
  }, 30_000);
});

it('makes logins for kubectl, and starts the sweep', async () => {
  expect(
    JSON.parse(await out('token', '--cluster', 'shop', '--profile', 'shop', '--region', 'eu-west-1')),
  ).toMatchObject({
    kind: 'ExecCredential',
    status: { token: expect.stringMatching(/^k8s-aws-v1\./) },
  });
  expect(await out('sweep')).toMatch(/^Started arn:aws:states:eu-west-1:111111111111:execution:podid-sweep:/);
});

describe('what goes wrong is told in one line', () => {
  type Env = Record<string, string | undefined>;
  const NO_PROFILE = { PODID_PROFILE: undefined, AWS_CONFIG_FILE: undefined, AWS_SHARED_CREDENTIALS_FILE: undefined };

  it.each<[what: string, args: string[], env: Env, line: RegExp]>([
    [
      'no region',
      ['revocations'],
      { PODID_HUB_REGION: undefined, AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined },
      /^podid: No region: set PODID_HUB_REGION .* source \.podid\/env$/,
    ],
    [
      'no such id',
      ['revocations', 'show', 'r-0'],
      {},
      /^podid: There is no revocation r-0\. `podid revocations` lists/,
    ],
    ['no such id to retry', ['revocations', 'retry', 'r-0'], {}, /^podid: There is no revocation r-0\./],
    ['neither id nor --latest', ['revocations', 'show'], {}, /^podid: Which one\? Give its id, or --latest\.$/],
    ['a bad number', ['revocations', '--limit', '0'], {}, /^error: .*'0' is invalid\. A number from 1 to 1000\.$/],
    [
      'a bad cursor',
      ['revocations', '--cursor', 'x'],
      {},
      /^podid: the cursor is not one that a page before has given/,
    ],
    ['a bad format', ['revocations', '-o', 'yaml'], {}, /^error: .* Allowed choices are text, json\.$/],
    ['no such command', ['nonsense'], {}, /^error: unknown command 'nonsense'/],
    [
      'no such cluster',
      ['brakes', 'status', 'nowhere'],
      {},
      /^podid: No recent revocation is of a cluster nowhere: give its ARN/,
    ],
    [
      'no such profile',
      ['revocations'],
      { PODID_PROFILE: 'nobody' },
      /^podid: .*\[nobody\].* PODID_PROFILE names the profile/,
    ],
    [
      "a profile that is not the hub's",
      ['revocations'],
      { PODID_PROFILE: 'shop' },
      /^podid: Requested resource not found\. There is no podid in this account and region/,
    ],
    [
      'credentials that nobody knows',
      ['revocations'],
      { ...NO_PROFILE, AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN', AWS_SECRET_ACCESS_KEY: 'x' },
      /^podid: The security token included in the request is invalid\. Are these the hub's credentials\?/,
    ],
    [
      'no credentials at all',
      ['brakes', 'stop', '--why', 'x'],
      { ...NO_PROFILE, HOME: '/nowhere', AWS_EC2_METADATA_DISABLED: 'true' },
      /^podid: Could not load credentials from any providers\. PODID_PROFILE names the profile/,
    ],
    [
      'nobody at the endpoint',
      ['sweep'],
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      /^podid: connect ECONNREFUSED .* npm start$/,
    ],
  ])('%s', async (_what, args, env, line) => {
    const ran = await podid(demo, args, env);
    expect(ran.code).toBe(1);
    expect(ran.out).toBe('');
    expect(ran.err.trimEnd()).toMatch(line);
    expect(ran.err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('credentials that may not', async () => {
    const iam = new IAMClient(as(demo, 'hub'));
    await iam.send(new CreateUserCommand({ UserName: 'guest' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'guest' }));
    const ran = await podid(demo, ['revocations'], {
      ...NO_PROFILE,
      AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey,
    });
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(
      /^podid: User: arn:aws:iam::111111111111:user\/guest is not authorized to perform: dynamodb:Query .* PODID_PROFILE names the profile that may use them\.\n$/,
    );
  });
});

it('explains itself', async () => {
  const help = await out('--help');
  for (const command of ['revocations', 'brakes', 'sweep', 'token'])
    expect(help).toMatch(new RegExp(`^ {2}${command}`, 'm'));
  expect(help).toContain('source .podid/env');
});
