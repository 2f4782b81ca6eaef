/** `podid trust` and `podid abac` on files, without an account: what is printed, and the exit codes that pipelines go by. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { answerLine } from '../../functions/trust/asks/index.ts';
import { type Ran, workplace } from './command.ts';

const CLUSTER = 'arn:aws:eks:eu-west-1:111122223333:cluster/payments';
const API = `${CLUSTER}/pay/api`;
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';

const pods = (conditions?: object) => ({
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  ...(conditions && { Condition: conditions }),
});
const policy = (...statements: readonly object[]) => ({ Version: '2012-10-17', Statement: statements });
const namespace = (name: string) => ({ StringLike: { 'aws:RequestTag/kubernetes-namespace': name } });
const EC2 = { Sid: 'Nodes', Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };

const work = workplace({
  'open.json': policy(EC2, pods()),
  'pay.json': policy({ Sid: 'Pay', ...pods(namespace('pay*')) }),
  'shop.json': policy(pods(namespace('shop'))),
  'encoded.txt': encodeURIComponent(JSON.stringify(policy(pods()))),
  'org.json': policy(pods({ StringEquals: { 'aws:SourceOrgID': 'o-a1b2c3d4e5' } })),
  'untagged.json': policy({ ...pods(), Action: 'sts:AssumeRole' }),
  'refused.json': policy({ ...pods(), Resource: '*' }),
  'irsa.json': policy({
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${ISSUER}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${ISSUER}:sub`]: 'system:serviceaccount:pay:api', [`${ISSUER}:aud`]: 'sts.amazonaws.com' },
    },
  }),
  'accounts.json': policy(
    pods({ ArnLike: { 'aws:SourceArn': [`${CLUSTER}`, CLUSTER.replace('111122223333', '444455556666')] } }),
  ),
  'broken.json': '{"Version": "2012-10-17", "Statement": [',
  'large.json': `{"Statement":[],"x":"${'x'.repeat(5_000_000)}"}`,
  'ids.txt': `# who is associated\n\n${API}   # the api\n`,
  'ids.json': [API, { clusterArn: CLUSTER, namespace: 'pay', serviceAccount: 'worker' }],
  'wrong-ids.txt': `${API}\npayments/pay/api\n`,
  'permissions.json': policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
});
afterAll(work.end);

const { podid } = work;
const trust = (...args: readonly string[]): Promise<Ran> => podid(['trust', ...args]);
const ask = ['--cluster-arn', CLUSTER, '--namespace', 'pay', '--service-account', 'api'];

describe('podid trust admits', () => {
  it.each<[what: string, args: readonly string[], code: number, out: string]>([
    ['yes', ['pay.json', ...ask], 0, 'yes: sts:TagSession: allowed by statement Pay (0) of the trust policy\n'],
    [
      'no, and why',
      ['shop.json', ...ask],
      1,
      'no: sts:AssumeRole: no policy allows sts:AssumeRole on *\n  sts:AssumeRole, Allow in statement 0: StringLike aws:RequestTag/kubernetes-namespace does not hold\n',
    ],
    ['undecided', ['org.json', ...ask], 2, 'undecided: it hangs on aws:sourceorgid, which nobody gave\n'],
    ['with a key that is given', ['org.json', ...ask, '--context', 'aws:SourceOrgID=o-a1b2c3d4e5'], 0, 'yes: '],
    ['of an encoded policy', ['encoded.txt', ...ask], 0, 'yes: '],
    ['with session tags off', ['untagged.json', ...ask, '--tags-disabled'], 0, 'yes: '],
    ['with session tags on', ['untagged.json', ...ask], 1, 'no: sts:TagSession: no policy allows sts:TagSession'],
    [
      'of a policy that IAM refuses',
      ['refused.json', ...ask],
      1,
      'no: IAM would refuse to store this policy: $.Statement[0].Resource: Has prohibited field Resource\n',
    ],
    ['with a token', ['irsa.json', ...ask, '--irsa', '--issuer', `https://${ISSUER}`], 0, 'yes: '],
  ])('%s', async (_what, args, code, out) => {
    const ran = await trust('admits', ...args);
    expect(ran).toMatchObject({ code, err: '' });
    expect(ran.out.slice(0, out.length)).toBe(out);
  });

  it('answers as data', async () => {
    const { out } = await trust('admits', 'pay.json', ...ask, '--json');
    expect(JSON.parse(out)).toMatchObject({ admitted: true, decidedBy: { sid: 'Pay', statement: 0 } });
  });

  it.each<[what: string, args: readonly string[], err: RegExp]>([
    ['no such file', ['nowhere.json', ...ask], /^podid: There is no file nowhere\.json\.$/],
    ['a file that is too large', ['large.json', ...ask], /^podid: large\.json is larger than 4194304 characters\.$/],
    ['no service account', ['pay.json', ...ask.slice(0, 4)], /^podid: Who asks\? --service-account is missing/],
    ['no account', ['irsa.json', ...ask.slice(2), '--issuer', ISSUER], /^podid: the ask has no account$/],
    ['no policy', ask, /^podid: Which policy\?/],
    ['a policy beside --batch', ['pay.json', '--batch', '-'], /^podid: With --batch every line has its own policy/],
    ['an unknown option', ['pay.json', ...ask, '--pod', 'x'], /^error: unknown option '--pod'/],
    ['a key without a value', ['pay.json', ...ask, '--context', 'x'], /^error: .*It is written KEY=VALUE/],
  ])('tells %s in a line, with a code that is no answer', async (_what, args, err) => {
    const ran = await trust('admits', ...args);
    expect(ran).toMatchObject({ code: 3, out: '' });
    expect(ran.err.split('\n')[0]).toMatch(err);
  });
});

describe('podid trust admits --batch', () => {
  const rows: ReadonlyArray<{ readonly why: string; readonly policy: unknown; readonly ask: object }> = JSON.parse(
    readFileSync(new URL('../functions/trust/asks/asks.json', import.meta.url), 'utf8'),
  );
  const lines = [
    ...rows.map(({ why, ...row }) => JSON.stringify({ id: why, ...row })),
    '{"id":"no ask","policy":{}}',
    'no JSON',
  ];

  it('answers line by line, in order, and goes on after a malformed one', async () => {
    const input = [lines[0], '', ...lines.slice(1), `"${'x'.repeat(1024 * 1024)}"`, lines[0], '  '].join('\r\n');
    const ran = await podid(['trust', 'admits', '--batch', '-'], input);
    expect(ran).toMatchObject({ code: 0, err: '' });
    const answers: readonly unknown[] = ran.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.slice(0, lines.length - 1)).toEqual(lines.slice(0, -1).map(answerLine));
    expect(answers.slice(lines.length - 1)).toEqual([
      { id: null, error: expect.stringContaining('the line is not JSON') },
      { id: null, error: 'the line is longer than 1048576 characters' },
      answerLine(lines[0] ?? ''),
    ]);
  });

  it('reads a file, and answers the last line without its newline', async () => {
    const file = path.join(work.cwd, 'asks.jsonl');
    const other = workplace({ 'asks.jsonl': lines.slice(0, 2).join('\n') });
    const ran = await other.podid(['trust', 'admits', '--batch', 'asks.jsonl']);
    other.end();
    expect(ran.out.trimEnd().split('\n')).toHaveLength(2);
    expect(await trust('admits', '--batch', file)).toMatchObject({
      code: 3,
      err: `podid: There is no file ${file}.\n`,
    });
  });
});

describe('podid trust diff', () => {
  it.each<[what: string, args: readonly string[], code: number, out: string]>([
    ['nothing', ['pay.json', 'pay.json'], 0, 'Nobody gains and nobody loses.\n'],
    [
      'who gains and who loses',
      ['pay.json', 'shop.json'],
      1,
      'By Pod Identity\n  gain:\n    any service account in namespace `shop` of any cluster\n    for example arn:aws:eks:',
    ],
    ['other principals', ['open.json', 'encoded.txt'], 1, 'Others\n  lose:\n    Service ec2.amazonaws.com: allowed'],
    ['trouble', ['pay.json', 'broken.json'], 2, ''],
    ['bad usage', ['pay.json'], 2, ''],
  ])('tells %s', async (_what, args, code, out) => {
    const ran = await trust('diff', ...args);
    expect(ran.code).toBe(code);
    expect(ran.out.slice(0, out.length)).toBe(out);
  });
});

describe('podid trust author', () => {
  it('writes a policy that admits exactly who was named', async () => {
    const written = await trust('author', '--identities', 'ids.json', '-o', 'compact');
    expect(written.code).toBe(0);
    expect(written.err).toMatch(/^\d+ of 2048 characters, 1 statement of ours; proven minimal\.\n$/);
    for (const [serviceAccount, code] of [
      ['api', 0],
      ['worker', 0],
      ['other', 1],
    ] as const) {
      const ran = await podid(['trust', 'admits', '-', ...ask.slice(0, 5), serviceAccount], written.out);
      expect([serviceAccount, ran.code]).toEqual([serviceAccount, code]);
    }
  });

  it('keeps foreign statements', async () => {
    const written = await trust('author', '-i', API, '--into', 'irsa.json');
    const [foreign, ours] = JSON.parse(written.out).Statement;
    expect(foreign).toEqual(JSON.parse(readFileSync(path.join(work.cwd, 'irsa.json'), 'utf8')).Statement[0]);
    expect(ours.Sid).toMatch(/^Podid/);
  });

  it.each<[what: string, args: readonly string[], err: RegExp]>([
    ['nobody', [], /^podid: Whom for\?/],
    ['what does not fit, and the split', ['-i', API, '--quota', '300'], /^podid: The trust policy has \d+ characters/],
    ['a foreign statement that admits more', ['-i', API, '--into', 'open.json'], /^podid: .*Narrow or remove that/],
    ['a policy that is none', ['-i', API, '--into', 'broken.json'], /^podid: broken\.json is no trust policy: \$: the/],
    ['a wrong line', ['--identities', 'wrong-ids.txt'], /^podid: wrong-ids\.txt, line 2: payments\/pay\/api: It is/],
    ['a wrong identity', ['-i', 'pay/api'], /^error: .*CLUSTER_ARN\/NAMESPACE\/SERVICE_ACCOUNT/],
    ['a source role that is none', ['-i', API, '--source-role', 'x'], /^podid: x is not the ARN of a role\.$/],
  ])('tells %s', async (_what, args, err) => {
    const ran = await trust('author', ...args);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err.split('\n')[0]).toMatch(err);
  });
});

describe('podid trust tighten', () => {
  it('shows the change, writes it when told, and then has nothing to do', async () => {
    const place = workplace({ 'open.json': policy(EC2, pods()), 'ids.txt': `${API}\n` });
    const shown = await place.podid(['trust', 'tighten', 'open.json', '--identities', 'ids.txt']);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toMatch(/^--- open\.json\tnow\n\+\+\+ open\.json\ttightened\n@@/);
    expect(shown.out).toMatch(/^\+ +"aws:RequestTag\/kubernetes-namespace": "pay",$/m);
    expect(shown.out).toMatch(/^narrowed statement 1: /m);
    expect(shown.out).not.toMatch(/^-.*ec2/m);
    await place.podid(['trust', 'tighten', 'open.json', '--identities', 'ids.txt', '--write']);
    expect((await place.podid(['trust', 'admits', 'open.json', ...ask])).code).toBe(0);
    expect((await place.podid(['trust', 'admits', 'open.json', ...ask.slice(0, 5), 'x'])).code).toBe(1);
    const again = await place.podid(['trust', 'tighten', 'open.json', '--identities', 'ids.txt']);
    expect(again.out).toBe('Nothing to do: it admits nobody else.\n');
    place.end();
  }, 60_000);

  it('says who is not admitted, and never widens', async () => {
    const ran = await trust('tighten', 'pay.json', '-i', API, '-i', `${CLUSTER}/shop/web`, '-o', 'document');
    expect(ran.err).toBe(
      `Not admitted, before or after: ${CLUSTER}/shop/web. podid trust author --into FILE lets it in.\n`,
    );
    expect(ran.out).toContain('"pay"');
  });

  it('asks to whom', async () => {
    expect((await trust('tighten', 'pay.json')).err).toMatch(/^podid: To whom\?/);
  });
});

describe('podid abac', () => {
  const abac = (...args: readonly string[]): Promise<Ran> => podid(['abac', ...args]);

  it('lists the templates', async () => {
    expect((await abac()).out).toMatch(/^TEMPLATE .*\ns3-prefix .*\n/);
    expect((await abac('nothing')).err).toBe('podid: There is no template nothing. `podid abac` lists them.\n');
  });

  it('prints a policy, and what it says', async () => {
    const ran = await abac('s3-prefix', '--bucket', 'reports', '--under', 'teams/', '--no-write', '-i', API);
    expect(JSON.parse(ran.out).Statement[0]).toMatchObject({
      Action: ['s3:GetObject'],
      Resource: `arn:aws:s3:::reports/teams/$\{aws:PrincipalTag/kubernetes-namespace}/*`,
    });
    expect(ran.err).toMatch(/^Objects of reports under teams\/<kubernetes-namespace>\//);
    expect((await abac('s3-prefix', '--bucket', 'NO', '-i', API)).err).toMatch(/^podid: The parameters of s3-prefix/);
  });

  it('prints the statement for a resource of another account', async () => {
    const ran = await abac(
      ...['resource', 'queue', '--resource', 'arn:aws:sqs:eu-west-1:444455556666:jobs', '-i', API, '-o', 'json'],
      ...['--role', 'arn:aws:iam::111122223333:role/api', '--organization', 'o-a1b2c3d4e5'],
    );
    expect(JSON.parse(ran.out).policy.Statement[0].Condition.StringEquals).toMatchObject({
      'aws:PrincipalOrgID': 'o-a1b2c3d4e5',
      'aws:PrincipalTag/kubernetes-service-account': 'api',
    });
  });

  it('checks whether a policy depends on a tag', async () => {
    const check = (file: string) =>
      abac('check', file, '-i', API, '--action', 's3:GetObject', '--require', 'kubernetes-namespace');
    expect(await check('permissions.json')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^error AccessIgnoresSessionTag\n/),
    });
  });
});

it('every command explains itself with an example', async () => {
  for (const args of [
    ['trust', 'explain'],
    ['trust', 'admits'],
    ['trust', 'author'],
    ['trust', 'tighten'],
    ['trust', 'diff'],
    ['abac'],
  ]) {
    const { code, out } = await podid([...args, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^ {2}.*podid ${args.join(' ')}`, 'm'));
  }
}, 60_000);
