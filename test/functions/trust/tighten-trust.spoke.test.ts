import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { parsePolicy } from '../../../functions/policy/index.ts';
import { compareTrust } from '../../../functions/trust/compare/index.ts';
import { TightenOutput } from '../../../functions/trust/contract.ts';
import { digestOf } from '../../../functions/trust/digest.ts';
import { difference, isEmpty, podIdentity, reach, setOf } from '../../../functions/trust/reach/index.ts';
import { ACCOUNT, handlerOf } from '../revocation/spoke.ts';
import { CLUSTER, described, fault, holds, identity, input, roleArn, trustOf } from './tighten-trust.ts';

const tightenTrust = await handlerOf('trust', 'tighten-trust');
const iam = mockClient(IAMClient);

const run = async (asked: object) => TightenOutput.parse(await tightenTrust(asked));
const written = () => iam.commandCalls(UpdateAssumeRolePolicyCommand).map(({ args }) => args[0].input);
const facts = { account: ACCOUNT, partition: 'aws', roleArn };
const ANYONE = trustOf();
const ec2 = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };

/** Those whom the policy admits are exactly these. */
const admitsExactly = (text: string, ...identities: ReturnType<typeof identity>[]): boolean => {
  const request = podIdentity(facts);
  const { may, must } = reach(parsePolicy(text), request);
  const wish = setOf(request.universe, identities);
  return isEmpty(difference(may, wish)) && isEmpty(difference(wish, must));
};

beforeEach(() => {
  iam.reset();
  delete process.env.PODID_EXCLUDED_ROLES;
  process.env.PODID_MANAGED_ROLES = '["team/*"]';
  holds(iam, ANYONE);
});

describe('tighten-trust', () => {
  it('writes a policy that admits exactly who was named, once, and reads it back', async () => {
    const outcome = await run(input(ANYONE, identity('api'), identity('worker')));
    const after = outcome.after ?? '';
    expect(outcome).toEqual({
      status: 'written',
      at: expect.any(String),
      before: ANYONE,
      after,
      digest: digestOf(after),
    });
    expect(admitsExactly(after, identity('api'), identity('worker'))).toBe(true);
    expect(written()).toEqual([{ RoleName: 'orders', PolicyDocument: after }]);
    expect(iam.calls()).toHaveLength(3);
  });

  it('leaves what is not about pods as it was', async () => {
    const trust = trustOf({}, ec2);
    holds(iam, trust);
    const { after = '' } = await run(input(trust, identity('api')));
    expect(JSON.parse(after).Statement).toContainEqual(ec2);
    expect(admitsExactly(after, identity('api'))).toBe(true);
  });

  it('writes nothing where the policy is narrow enough', async () => {
    const trust = trustOf({
      'eks-cluster-arn': CLUSTER,
      'kubernetes-namespace': 'checkout',
      'kubernetes-service-account': 'api',
    });
    holds(iam, trust);
    expect(await run(input(trust, identity('api')))).toEqual({ status: 'unchanged', at: expect.any(String) });
    expect(written()).toEqual([]);
  });

  it('twice is as once', async () => {
    const { after = '' } = await run(input(ANYONE, identity('api')));
    expect(await run(input(after, identity('api')))).toMatchObject({ status: 'unchanged' });
    // Whoever asks again with what was judged before the write is sent back to judge again.
    expect(await run(input(ANYONE, identity('api')))).toMatchObject({ status: 'changed' });
    expect(written()).toHaveLength(1);
  });
});

describe('what IAM shows after the write', () => {
  it('in another order or form is what was written, and is told by the digest of its own form', async () => {
    const reordered = (text: string) =>
      JSON.stringify({ ...JSON.parse(text), Statement: JSON.parse(text).Statement.toReversed() }, null, 2);
    const trust = trustOf({}, ec2);
    holds(iam, trust, reordered);
    const { status, after = '', digest } = await run(input(trust, identity('api')));
    expect({ status, digest }).toEqual({ status: 'written', digest: digestOf(reordered(after)) });
    expect(digest).not.toBe(digestOf(after));
  });

  it.each([
    ['still the old one', () => ANYONE, /does not show it yet/],
    ['yet another one', () => trustOf({ 'kubernetes-namespace': 'billing' }), /does not show it yet/],
    ['one that nobody can read', () => '{"Version":"2012-10-17","Statement":[]}', /does not show it yet/],
  ])('%s: accepted', async (_, stores, because) => {
    holds(iam, ANYONE, stores);
    const outcome = await run(input(ANYONE, identity('api')));
    expect(outcome).toMatchObject({ status: 'accepted', because: expect.stringMatching(because), before: ANYONE });
    expect(outcome.digest).toBe(digestOf(outcome.after ?? ''));
    expect(written()).toHaveLength(1);
  });

  it.each([
    ['nothing at all: the role went', 'NoSuchEntityException', /does not show it yet/],
    ['an error', 'Throttling', /reading it again failed: .*Throttling/],
  ])('%s: accepted, for the write is done', async (_, name, because) => {
    iam.on(GetRoleCommand).resolvesOnce(described(ANYONE)).rejects(fault(name));
    expect(await run(input(ANYONE, identity('api')))).toMatchObject({
      status: 'accepted',
      because: expect.stringMatching(because),
    });
  });
});

describe('nothing is written', () => {
  it.each([
    [
      'when there is no such role',
      () => iam.on(GetRoleCommand).rejects(fault('NoSuchEntity', 404)),
      'role-gone',
      /does not exist/,
    ],
    [
      'when the role was made again',
      () => iam.on(GetRoleCommand).resolves(described(ANYONE, { RoleId: 'AROAOTHER' })),
      'role-gone',
      /made again: AROAOTHER, not AROAORDERS/,
    ],
    [
      'when the role of that name has another path',
      () => iam.on(GetRoleCommand).resolves(described(ANYONE, { Arn: `arn:aws:iam::${ACCOUNT}:role/orders` })),
      'role-gone',
      /the role of that name is .*:role\/orders/,
    ],
    ['when somebody wrote in between', () => holds(iam, trustOf({}, ec2)), 'changed', /not the one that was judged/],
  ])('%s', async (_, arrange, status, because) => {
    arrange();
    expect(await run(input(ANYONE, identity('api')))).toEqual({
      status,
      at: expect.any(String),
      because: expect.stringMatching(because),
    });
    expect(written()).toEqual([]);
  });

  it('when nobody who was named is admitted now: that would leave no statement, or let them in', async () => {
    const trust = trustOf({ 'kubernetes-namespace': 'billing' });
    holds(iam, trust);
    expect(await run(input(trust, identity('api')))).toMatchObject({ status: 'refused' });
    expect(written()).toEqual([]);
  });

  it('when the result is over the quota', async () => {
    const many = Array.from({ length: 50 }, (_, index) => identity(`account-${index}`, `namespace-${index}`));
    expect(await run(input(ANYONE, ...many))).toMatchObject({
      status: 'does-not-fit',
      because: expect.stringMatching(/over the quota of 2048/),
    });
    expect(written()).toEqual([]);
  });

  it('when the exact reach costs too much', async () => {
    const pattern = { StringLike: { 'aws:RequestTag/kubernetes-service-account': `*a${'?'.repeat(40)}` } };
    const trust = trustOf({}, { ...JSON.parse(ANYONE).Statement[0], Condition: pattern });
    holds(iam, trust);
    expect(await run(input(trust, identity('api')))).toMatchObject({ status: 'undecided' });
    expect(written()).toEqual([]);
  });

  it('when the present policy is one that we can not read', async () => {
    const trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}';
    holds(iam, trust);
    expect(await run(input(trust, identity('api')))).toMatchObject({ status: 'refused' });
    expect(written()).toEqual([]);
  });

  it.each([
    ['account', { account: '444455556666' }],
    ['partition', { region: 'cn-north-1' }],
  ])('for a service account of another %s', async (_, part) => {
    expect(await run(input(ANYONE, identity('api'), { ...identity('worker'), ...part }))).toMatchObject({
      status: 'refused',
      because: expect.stringMatching(/by an association/),
    });
    expect(written()).toEqual([]);
  });
});

describe('refused before IAM is asked', () => {
  it.each([
    ["another account's role", 'arn:aws:iam::444455556666:role/team/orders', /account 444455556666/],
    ["AWS's own role", `arn:aws:iam::${ACCOUNT}:role/aws-service-role/x/orders`, /AWS's own/],
    ["podid's own role", `arn:aws:iam::${ACCOUNT}:role/team/podid-restart`, /podid's own/],
    ['an excluded role', `arn:aws:iam::${ACCOUNT}:role/team/admin`, /excluded/],
    ['a role that nobody opted in', `arn:aws:iam::${ACCOUNT}:role/orders`, /not under management/],
  ])('%s', async (_, arn, because) => {
    process.env.PODID_EXCLUDED_ROLES = '["team/admin"]';
    expect(await run({ ...input(ANYONE, identity('api')), roleArn: arn })).toEqual({
      status: 'refused',
      at: expect.any(String),
      because: expect.stringMatching(because),
    });
    expect(iam.calls()).toEqual([]);
  });

  it('every role, where no variable opts any in', async () => {
    delete process.env.PODID_MANAGED_ROLES;
    expect(await run(input(ANYONE, identity('api')))).toMatchObject({ status: 'refused' });
    expect(iam.calls()).toEqual([]);
  });

  it.each(['PODID_MANAGED_ROLES', 'PODID_EXCLUDED_ROLES'])('and when %s can not be read', async (variable) => {
    process.env[variable] = 'team/*';
    await expect(run(input(ANYONE, identity('api')))).rejects.toThrow();
    expect(iam.calls()).toEqual([]);
  });

  it.each([
    ['a policy to write', { policy: ANYONE }],
    ['nobody', { identities: [] }],
    ['a digest that is none', { digest: 'x' }],
  ])('an input with %s', async (_, part) => {
    await expect(run({ ...input(ANYONE, identity('api')), ...part })).rejects.toMatchObject({ name: 'InputMalformed' });
    expect(iam.calls()).toEqual([]);
  });
});

describe("IAM's answers to the write", () => {
  it.each([
    ['NoSuchEntityException', 'role-gone'],
    ['LimitExceededException', 'does-not-fit'],
    ['LimitExceeded', 'does-not-fit'],
    ['UnmodifiableEntityException', 'refused'],
    ['MalformedPolicyDocumentException', 'refused'],
  ])('%s: %s, in IAM’s words', async (name, status) => {
    iam.on(UpdateAssumeRolePolicyCommand).rejects(fault(name));
    expect(await run(input(ANYONE, identity('api')))).toEqual({
      status,
      at: expect.any(String),
      because: `IAM says ${name}`,
    });
  });

  it.each<[name: string, ours: string, status?: number]>([
    ['Throttling', 'Throttled'],
    ['AccessDenied', 'AccessDenied'],
    ['ServiceFailureException', 'ServiceUnavailable', 500],
  ])('%s becomes %s, with its cause', async (name, ours, status = 400) => {
    iam.on(UpdateAssumeRolePolicyCommand).rejects(fault(name, status));
    await expect(run(input(ANYONE, identity('api')))).rejects.toMatchObject({
      name: ours,
      cause: { name },
      message: expect.stringMatching(/UpdateAssumeRolePolicy/),
    });
  });
});

it('a stolen hub can not widen anything, whatever names it hands in', async () => {
  const asking = (names: string[], clusters: string[], regions: string[]) =>
    fc.array(
      fc.record({
        account: fc.constant(ACCOUNT),
        region: fc.constantFrom(...regions),
        cluster: fc.constantFrom(...clusters),
        namespace: fc.constantFrom(...names),
        serviceAccount: fc.constantFrom(...names),
      }),
      { minLength: 1, maxLength: 6 },
    );
  const honest = asking(['a', 'api', 'worker', 'kube-system'], ['payments', 'other'], ['eu-west-1', 'us-east-1']);
  const odd = asking(
    ['a', '*', 'x*', '?', '$\u007b*}', 'a.b', 'A', 'a"b', 'ä'],
    ['payments', '*', 'pay*'],
    ['eu-west-1', '*'],
  );
  const tags = fc.record(
    {
      'eks-cluster-arn': fc.constantFrom(CLUSTER, `${CLUSTER}2`),
      'kubernetes-namespace': fc.constantFrom<(string | string[])[]>('a', 'api', ['a', 'api']),
      'kubernetes-service-account': fc.constantFrom<(string | string[])[]>('a', 'worker', ['a', 'worker']),
    },
    { requiredKeys: [] },
  );
  const statuses = new Set<string>();
  await fc.assert(
    fc.asyncProperty(tags, fc.boolean(), fc.oneof(honest, odd), async (some, also, identities) => {
      const before = trustOf(some, ...(also ? [ec2] : []));
      iam.reset();
      holds(iam, before);
      statuses.add((await run(input(before, ...identities))).status);
      for (const { PolicyDocument = '' } of written()) {
        const differences = compareTrust(parsePolicy(before), parsePolicy(PolicyDocument), facts);
        expect(differences.filter(({ gains }) => gains !== undefined)).toEqual([]);
        expect(differences.some(({ loses }) => loses !== undefined)).toBe(true);
      }
    }),
    { seed: 7, numRuns: 150 },
  );
  expect(statuses).toEqual(new Set(['written', 'refused']));
});
