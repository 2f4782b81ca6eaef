/** What people get wrong: each is a problem that says what and where, and nothing is written of it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GrantView, PreviewView, ProblemView } from '../../../../functions/provisioning/api/schemas.ts';
import {
  ANALYTICS,
  ada,
  bob,
  contextFor,
  emptyAccounts,
  mallory,
  openStage,
  PAYMENTS,
  type Stage,
  tokenOf,
  wish,
} from './stage.ts';

const stages: Stage[] = [];
const opened = async (...options: Parameters<typeof openStage>): Promise<Stage> => {
  const stage = await openStage(...options);
  stages.push(stage);
  return stage;
};
let stage: Stage;
/** Ada's, which is there before, waiting for an approval. */
let grant: GrantView;
let before: readonly unknown[];
let toldBefore: number;

beforeAll(async () => {
  stage = await opened({ api: { callerLimit: { burst: 1000 } } });
  grant = GrantView.parse(
    (await stage.ask(ada, 'POST', '/grants', { body: { ...wish, serviceAccount: 'there' } })).body,
  );
  before = await stage.rows();
  toldBefore = stage.told.length;
  expect(before.length).toBeGreaterThan(0);
});
afterAll(async () => {
  await Promise.all(stages.map((each) => each.close()));
});

const expectUntouched = async (): Promise<void> => {
  expect(await stage.rows()).toEqual(before);
  expect([stage.told.length, stage.started, stage.failures]).toEqual([toldBefore, [], []]);
};

const role = (account: string): string => `arn:aws:iam::${account}:role/orders`;
const inline = (policy: unknown): object => ({ source: { role: 'managed', permissions: { inline: policy } } });
const policy = (statement: object): object => ({ Version: '2012-10-17', Statement: [statement] });
const cluster = { account: PAYMENTS, region: 'eu-west-1', cluster: 'payments' };
const read = wish.source.permissions.inline;

const BAD: readonly [what: string, change: object, path: string, says: RegExp][] = [
  ['an unknown cluster', { clusters: [{ ...cluster, cluster: 'nowhere' }] }, '$.clusters[0]', /podid.config.yaml/],
  ['a cluster of another region', { clusters: [{ ...cluster, region: 'eu-west-2' }] }, '$.clusters[0]', /unknown/],
  ['an unknown account', { clusters: [{ ...cluster, account: '999999999999' }] }, '$.clusters[0]', /unknown/],
  ['no cluster', { clusters: [] }, '$.clusters', /./],
  ['a namespace in capitals', { namespace: 'Checkout' }, '$.namespace', /lower-case/],
  ['a namespace with a dot', { namespace: 'check.out' }, '$.namespace', /lower-case/],
  ['a namespace of 64 characters', { namespace: 'a'.repeat(64) }, '$.namespace', /63/],
  ['a namespace that ends in a line feed', { namespace: 'checkout\n' }, '$.namespace', /lower-case/],
  ['a service account with a wildcard', { serviceAccount: 'api-*' }, '$.serviceAccount', /lower-case/],
  ['a role of another account as the source', { source: { role: role(ANALYTICS) } }, '$.source.role', /account/],
  ['an empty role', { source: { role: '' } }, '$.source.role', /empty/],
  ['an empty role of a target', { targets: [{ account: ANALYTICS, role: '' }] }, '$.targets[0].role', /empty/],
  ['a role that is no ARN', { source: { role: 'orders' } }, '$.source.role', /ARN/],
  ['a policy that is no JSON', inline('{"Version":'), '$.source.permissions.inline', /JSON/],
  [
    'a policy without statements',
    inline({ Version: '2012-10-17' }),
    '$.source.permissions.inline',
    /IAM would refuse it/,
  ],
  [
    'an effect that is none',
    inline(policy({ Effect: 'Maybe', Action: 's3:GetObject', Resource: '*' })),
    '$.source.permissions.inline',
    /IAM would refuse it/,
  ],
  [
    'a principal in a permissions policy',
    inline(policy({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' })),
    '$.source.permissions.inline',
    /IAM would refuse it/,
  ],
  ['a session policy with session tags on', { sessionPolicy: read }, '$.sessionPolicy', /session tags/],
  ['an end in the past', { lifetime: { until: '2020-01-01T00:00:00Z' } }, '$.lifetime', /past|over/],
  ['a lifetime that is too long', { lifetime: { for: 'P4000D' } }, '$.lifetime', /would last until/],
  ['a field that nobody knows', { roleArn: role(PAYMENTS) }, '$', /roleArn/],
];

describe.each(BAD)('%s', (_what, change, path, says) => {
  const body = { ...wish, ...change };
  test.each([
    ['asked for', 'POST', () => '/grants'],
    ['previewed', 'POST', () => '/grants/preview'],
    ['as a change', 'PUT', () => `/grants/${grant.id}`],
  ])('%s', async (_as, method, at) => {
    const answer = await stage.ask(ada, method, at(), { body, headers: { 'if-match': '*' } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([422, 'application/problem+json']);
    const { type, problems = [] } = ProblemView.parse(answer.body);
    expect(type).toBe('urn:podid:problem:wish-invalid');
    const here = problems.filter((each) => each.path.startsWith(path));
    expect(here.map(({ problem }) => problem).join(' ')).toMatch(says);
    await expectUntouched();
  });
});

describe("another team's grant", () => {
  const ASKED: readonly [method: string, path: string, body: object][] = [
    ['PUT', '', { ...wish, serviceAccount: 'there', reason: 'mine now' }],
    ['POST', '/approve', { version: 1 }],
    ['POST', '/reject', { version: 1, why: 'no' }],
    ['POST', '/withdraw', {}],
    ['POST', '/revoke', {}],
    ['POST', '/extend', { lifetime: { for: 'P10D' } }],
  ];
  test.each(ASKED)('%s %s', async (method, path, body) => {
    const answer = await stage.ask(mallory, method, `/grants/${grant.id}${path}`, {
      body,
      headers: { 'if-match': '*' },
    });
    expect(answer).toMatchObject({ status: 403, body: { type: 'urn:podid:problem:not-yours', grant: grant.id } });
    await expectUntouched();
  });

  test("nor can its service account be had by another team's wish", async () => {
    const body = { ...wish, serviceAccount: 'there', team: 'billing' };
    const answer = await stage.ask(mallory, 'POST', '/grants', { body });
    expect([403, 409]).toContain(answer.status);
    await expectUntouched();
  });
});

test('a token that is not the one that was verified is nobody', async () => {
  const forged = tokenOf({ ...bob, groups: ['operators'] });
  const answer = await stage.api.request(
    `/grants/${grant.id}/approve`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${forged}`, 'content-type': 'application/json' },
      body: JSON.stringify({ version: 1 }),
    },
    { requestContext: contextFor(mallory, 'request-forged') },
  );
  expect(answer.status).toBe(401);
  ProblemView.parse(await answer.json());
  await expectUntouched();
});

describe('what only the accounts can say', () => {
  const full = (associations: number) => ({
    survey: async (asked: Parameters<typeof emptyAccounts>[0]) => {
      const answer = await emptyAccounts(asked);
      return { ...answer, clusters: answer.clusters.map((each) => ({ ...each, associations })) };
    },
  });

  test('a cluster that has its 5,000 associations', async () => {
    const at = await opened(full(5000));
    const answer = await at.ask(ada, 'POST', '/grants', { body: wish });
    expect(answer).toMatchObject({ status: 422, body: { type: 'urn:podid:problem:plan-blocked' } });
    expect(ProblemView.parse(answer.body).problems?.[0]?.problem).toContain('5000');
    expect(await at.rows()).toEqual([]);
    const last = await opened(full(4999));
    expect((await last.ask(ada, 'POST', '/grants', { body: wish })).status).toBe(201);
  });

  test('a trust policy that would be longer than the quota', async () => {
    const body = { ...wish, serviceAccount: 'a'.repeat(253) };
    const at = await opened({ grants: { trustCharacters: 512 } });
    const answer = await at.ask(ada, 'POST', '/grants', { body });
    expect(answer).toMatchObject({ status: 422, body: { type: 'urn:podid:problem:plan-blocked' } });
    expect(ProblemView.parse(answer.body).problems?.[0]?.problem).toMatch(/quota of 512/);
    expect(await at.rows()).toEqual([]);
    const roomier = await opened({ grants: { trustCharacters: 2048 } });
    expect((await roomier.ask(ada, 'POST', '/grants', { body })).status).toBe(201);
  });

  test('a namespace whose pods are on Fargate: it is said, with what to do instead, and may be asked for', async () => {
    const at = await opened({
      survey: async (asked) => {
        const answer = await emptyAccounts(asked);
        return { ...answer, clusters: answer.clusters.map((each) => ({ ...each, fargate: 'all' as const })) };
      },
    });
    const { plan } = PreviewView.parse((await at.ask(ada, 'POST', '/grants/preview', { body: wish })).body);
    const [warning] = plan.warnings.filter(({ reason }) => reason === 'OnFargate');
    expect(warning?.sentence).toMatch(/no Pod Identity.*IRSA/);
    expect(await at.rows()).toEqual([]);
  });
});
