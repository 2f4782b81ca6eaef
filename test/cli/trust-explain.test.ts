/** `podid trust explain` on files: who can get a role, what is wrong with its trust policy, and the forms for programs. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { type Ran, workplace } from './command.ts';

const CLUSTER = 'arn:aws:eks:eu-west-1:111122223333:cluster/payments';
const API = `${CLUSTER}/pay/api`;
const pods = (conditions?: object) => ({
  Sid: 'Pods',
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  ...(conditions && { Condition: conditions }),
});
const policy = (...statements: readonly object[]) => ({ Version: '2012-10-17', Statement: statements });
const EXACT = {
  StringEquals: {
    'aws:RequestTag/eks-cluster-arn': CLUSTER,
    'aws:RequestTag/kubernetes-namespace': 'pay',
    'aws:RequestTag/kubernetes-service-account': 'api',
  },
};

const work = workplace({
  'exact.json': policy(pods(EXACT)),
  'encoded.txt': encodeURIComponent(JSON.stringify(policy(pods(EXACT)))),
  'broad.json': policy(pods({ StringEquals: { 'aws:RequestTag/eks-cluster-arn': CLUSTER } })),
  'untagged.json': policy({ ...pods(), Action: 'sts:AssumeRole' }),
  'org.json': policy(pods({ StringEquals: { ...EXACT.StringEquals, 'aws:SourceOrgID': 'o-a1b2c3d4e5' } })),
  'accounts.json': policy(pods({ ArnLike: { 'aws:SourceArn': [CLUSTER, CLUSTER.replace('1111', '2222')] } })),
  'broken.json': '{"Version"',
  'large.json': policy(pods({ StringEquals: { 'aws:x': 'x'.repeat(9000) } })),
});
afterAll(work.end);

const explain = (...args: readonly string[]): Promise<Ran> => work.podid(['trust', 'explain', ...args]);
const reasons = async (...args: readonly string[]): Promise<readonly string[]> =>
  JSON.parse((await explain(...args, '--json')).out).findings.map(({ reason }: { reason: string }) => reason);

describe('podid trust explain', () => {
  it('tells who gets the role, and that nothing is wrong', async () => {
    const ran = await explain('exact.json', '--association', API);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out.split('\n').slice(0, 3)).toEqual([
      'Who can get it',
      '  By Pod Identity',
      '    service account `api` in namespace `pay` of cluster `payments` (eu-west-1)',
    ]);
    expect((await explain('encoded.txt', '--association', API)).out).toBe(ran.out);
  });

  it('tells what is wrong with statement, witness and remedy, and exits 1 for an error', async () => {
    const ran = await explain('broad.json', '--association', API);
    expect(ran).toMatchObject({ code: 1, err: '' });
    expect(ran.out).toMatch(/^ {2}error TrustTooBroad .*\n {4}.+\n {4}Witness: .+\n {4}Remedy: .+podid trust /m);
    expect((await explain('untagged.json')).out).toMatch(/ TagSessionMissing \(statement Pods\)$/m);
  });

  it('judges by what it is given', async () => {
    expect(await reasons('broad.json')).not.toContain('TrustTooBroad');
    expect(await reasons('broad.json', '--association', API)).toContain('TrustTooBroad');
    expect(await reasons('exact.json', '--quota', '200')).toContain('TrustOverQuota');
  });

  it('tells what hangs on a key that nobody gave, until somebody gives it', async () => {
    const given = await explain('org.json', '--org', 'o-a1b2c3d4e5');
    expect((await explain('org.json')).out).toMatch(
      /^ {4}perhaps, it hangs on aws:sourceorgid:\n {4}service account `api`/m,
    );
    expect(given.out).not.toContain('perhaps');
    expect((await explain('org.json', '--context', 'aws:SourceOrgID=o-ffffffffff')).out).toMatch(
      /^ {2}By Pod Identity\n {4}nobody$/m,
    );
  });

  it('gives SARIF for code scanning', async () => {
    const { out, code } = await explain('broad.json', '--association', API, '--sarif');
    expect(code).toBe(1);
    const { version, runs } = JSON.parse(out);
    expect(version).toBe('2.1.0');
    const rules = runs[0].tool.driver.rules.map(({ id }: { id: string }) => id);
    for (const { ruleId, locations } of runs[0].results) {
      expect(rules).toContain(ruleId);
      expect(locations[0].physicalLocation.artifactLocation.uri).toBe('broad.json');
    }
    const broad = runs[0].results.find(({ ruleId }: { ruleId: string }) => ruleId === 'TrustTooBroad');
    expect(broad).toMatchObject({ level: 'error' });
  });

  it.each<[what: string, args: readonly string[], err: RegExp]>([
    ['accounts that disagree', ['accounts.json'], /^podid: Which account is the role in\? .*say --account 1111/],
    ['no policy', [], /^podid: Which policy\?/],
    [
      'two sources',
      ['exact.json', '--role', 'arn:aws:iam::111122223333:role/x'],
      /^podid: Either FILE or --role ARN\.$/,
    ],
    ['two forms', ['exact.json', '--json', '--sarif'], /^podid: Either --json or --sarif\.$/],
    ['no JSON', ['broken.json'], /^podid: broken\.json is no trust policy: \$: the text is not JSON/],
    ['a document over the highest quota', ['large.json'], /^podid: large\.json is no trust policy: .*larger than 8192/],
    ['a wrong account', ['exact.json', '--account', '1'], /^error: .*An account is twelve digits\.$/],
    ['a wrong cluster', ['exact.json', '--cluster', 'payments'], /^error: .*A cluster is named by its ARN/],
  ])('tells %s in a line', async (_what, args, err) => {
    const ran = await explain(...args);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err.trimEnd()).toMatch(err);
  });
});
