import { EKSClient, ListPodIdentityAssociationsCommand } from '@aws-sdk/client-eks';
import { GetRoleCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { renderTrust } from '../../../functions/grants/index.ts';
import { VerifyGrantOutput } from '../../../functions/provisioning/contract.ts';
import { ACCOUNT, handlerOf } from '../revocation/spoke.ts';
import { fault } from '../trust/tighten-trust.ts';
import { association, eksFault, eksWrites, holdsAssociations, TARGET } from './associations.ts';
import {
  BOUNDARY,
  environment,
  holdsRole,
  type Kept,
  NAME,
  parties,
  policyOf,
  roleArn,
  TAGS,
  TARGETS,
  web,
  writes,
} from './roles.ts';

const verifyGrant = await handlerOf('provisioning', 'verify-grant');
const iam = mockClient(IAMClient);
const eks = mockClient(EKSClient);
const run = async (input: object) =>
  VerifyGrantOutput.parse(await verifyGrant({ roles: [], associations: [], ...input }));

const CHAIN = ['sts:AssumeRole', 'sts:TagSession'];
const EVERYTHING = policyOf('*');
const worker = { ...web, serviceAccount: 'worker' };
const planned = (more: object = {}) => ({
  identity: web,
  roleArn,
  disableSessionTags: false,
  tags: TAGS,
  standing: 'create',
  ...more,
});
const asked = (more: object = {}) => ({ roles: [{ roleArn, parties, mayReach: [], ...more }] });

const trustFor = (admitted: object[], arn = roleArn, into?: string): string => {
  const tagged = admitted.map((each) => ({ ...web, ...each }));
  const trust = renderTrust({
    parties: [{ tagged, untagged: [] }],
    role: { account: ACCOUNT, partition: 'aws', roleArn: arn },
    into,
    quota: 2048,
  });
  if (!('text' in trust)) throw new Error(trust.refused);
  return trust.text;
};

const role = (more: Partial<Kept> = {}): Kept => ({
  arn: roleArn,
  trust: trustFor([web]),
  inline: new Map([[TARGETS, policyOf(CHAIN, TARGET)]]),
  attached: new Set(),
  tags: new Map(),
  boundary: BOUNDARY,
  ...more,
});

/** A policy that lets its bearer be only who has the tag. */
const onlyFor = (serviceAccount: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: CHAIN,
        Resource: TARGET,
        Condition: { StringEquals: { 'aws:PrincipalTag/kubernetes-service-account': serviceAccount } },
      },
    ],
  });

beforeEach(() => {
  iam.reset();
  eks.reset();
  environment();
});

it('nothing is missing where all is as it should be, and nothing is written', async () => {
  holdsRole(iam, role(), { [BOUNDARY]: EVERYTHING });
  holdsAssociations(eks, association());
  const input = { ...asked({ mayReach: [TARGET] }), associations: [planned()] };
  expect(await run(input)).toEqual({ missing: [], at: expect.any(String) });
  expect(writes(iam)).toEqual([]);
  expect(eksWrites(eks)).toEqual([]);
});

describe('a trust', () => {
  const missingOf = async (trust: string, more: object = {}) => {
    holdsRole(iam, role({ trust }));
    return (await run(asked(more))).missing;
  };

  it('that admits somebody else besides is told with a witness', async () => {
    expect(await missingOf(trustFor([web, worker]))).toEqual([
      { about: roleArn, sentence: expect.stringMatching(/admits, and would not .*`worker`/), temporary: true },
    ]);
  });

  it('that does not admit the party is told with a witness', async () => {
    expect(await missingOf(trustFor([worker]))).toEqual(
      expect.arrayContaining([
        { about: roleArn, sentence: expect.stringMatching(/would admit, and does not .*`web`/), temporary: true },
      ]),
    );
  });

  it.each([
    ['every pod of the account', { Principal: { Service: 'pods.eks.amazonaws.com' }, Action: CHAIN }],
    ['a role', { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/ops` }, Action: 'sts:AssumeRole' }],
    ['an account', { Principal: { AWS: `arn:aws:iam::444455556666:root` }, Action: CHAIN }],
    ['the world', { Principal: '*', Action: 'sts:AssumeRole' }],
    ['functions', { Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  ])('of a role of ours that admits %s besides is not what was written', async (_, statement) => {
    const { Statement } = JSON.parse(trustFor([web]));
    const trust = JSON.stringify({
      Version: '2012-10-17',
      Statement: [...Statement, { Effect: 'Allow', ...statement }],
    });
    expect(await missingOf(trust)).not.toEqual([]);
  });

  it('in other words is the same', async () => {
    expect(await missingOf(JSON.stringify(JSON.parse(trustFor([web])), null, 2))).toEqual([]);
  });

  it("of an existing role may admit whom its owner admits, and must admit the grant's", async () => {
    const arn = `arn:aws:iam::${ACCOUNT}:role/team/${NAME}`;
    const owners = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/ops` }, Action: 'sts:AssumeRole' },
      ],
    });
    holdsRole(iam, role({ arn, trust: trustFor([web], arn, owners) }));
    expect((await run(asked({ roleArn: arn }))).missing).toEqual([]);
    holdsRole(iam, role({ arn, trust: owners }));
    expect((await run(asked({ roleArn: arn }))).missing).toMatchObject([
      { about: arn, sentence: expect.stringMatching(/would admit, and does not .*`web`/) },
    ]);
  });

  it('that can not be authored at all is told for good', async () => {
    expect(
      await missingOf(trustFor([web]), { parties: [{ tagged: [{ ...web, namespace: '*' }], untagged: [] }] }),
    ).toEqual([{ about: roleArn, sentence: expect.any(String), temporary: false }]);
    expect(await missingOf(trustFor([web]), { parties: [] })).toMatchObject([{ temporary: false }]);
  });

  it('of a role that IAM does not show: again later; of another path: for good', async () => {
    holdsRole(iam);
    expect((await run(asked())).missing).toMatchObject([{ about: roleArn, temporary: true }]);
    holdsRole(iam, role({ arn: `arn:aws:iam::${ACCOUNT}:role/${NAME}` }));
    expect((await run(asked({ mayReach: [TARGET] }))).missing).toMatchObject([
      { about: roleArn, sentence: expect.stringContaining(`role/${NAME}`), temporary: false },
    ]);
  });
});

describe('the way to a target', () => {
  const missingOf = async (more: Partial<Kept>, policies: Record<string, string> = { [BOUNDARY]: EVERYTHING }) => {
    holdsRole(iam, role(more), policies);
    holdsAssociations(eks, association());
    return (await run({ ...asked({ mayReach: [TARGET] }), associations: [planned()] })).missing;
  };
  const closed = [{ about: roleArn, sentence: expect.stringContaining(TARGET), temporary: true }];
  const one = (name: string, document: string) => ({ inline: new Map([[name, document]]) });

  it.each<[string, Partial<Kept>, object[]]>([
    ['is open by a managed policy, too', { inline: new Map(), attached: new Set(['arn:aws:iam::aws:policy/P']) }, []],
    ['is closed without a policy', { inline: new Map() }, closed],
    ['is closed where tags may not be passed', one(TARGETS, policyOf('sts:AssumeRole', TARGET)), closed],
    ['is closed where the role may not be assumed', one(TARGETS, policyOf('sts:TagSession', TARGET)), closed],
    ['is open for whose tags the policy asks', one('p', onlyFor('web')), []],
    ['is closed for others', one('p', onlyFor('worker')), closed],
    ['is closed by a policy that nobody can read', one(TARGETS, 'no policy'), closed],
  ])('%s', async (_, more, expected) => {
    const policies = { [BOUNDARY]: EVERYTHING, 'arn:aws:iam::aws:policy/P': policyOf(CHAIN, TARGET) };
    expect(await missingOf(more, policies)).toEqual(expected);
  });

  it('needs no boundary', async () => {
    const { boundary: _, ...unbounded } = role();
    holdsRole(iam, unbounded);
    expect((await run({ ...asked({ mayReach: [TARGET] }), associations: [planned()] })).missing).toMatchObject([
      { about: expect.stringContaining('checkout/web') },
    ]);
  });

  it('is closed by a boundary that does not allow it, or that nobody can read', async () => {
    expect(await missingOf({}, { [BOUNDARY]: policyOf('s3:*') })).toEqual(closed);
    expect(await missingOf({}, {})).toEqual(closed);
  });

  it('is closed by a deny of a revocation', async () => {
    const deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}';
    const inline = new Map([
      [TARGETS, policyOf(CHAIN, TARGET)],
      ['podid-deny-1', deny],
    ]);
    expect(await missingOf({ inline })).toEqual(closed);
  });

  it('of a role without associations is judged by a certain no alone', async () => {
    holdsRole(iam, role(one('p', onlyFor('worker'))), { [BOUNDARY]: EVERYTHING });
    expect((await run(asked({ mayReach: [TARGET] }))).missing).toEqual([]);
    holdsRole(iam, role({ inline: new Map() }), { [BOUNDARY]: EVERYTHING });
    expect((await run(asked({ mayReach: [TARGET] }))).missing).toEqual(closed);
  });
});

describe('an association', () => {
  const missingOf = async (more: object = {}) => (await run({ associations: [planned(more)] })).missing;
  const about = expect.stringContaining('checkout/web');

  it.each<[string, object]>([
    ['another role', { roleArn: `arn:aws:iam::${ACCOUNT}:role/team/x` }],
    ['a target role', { targetRoleArn: TARGET }],
    ['no session tags', { disableSessionTags: true }],
    ['a session policy', { disableSessionTags: true, policy: EVERYTHING }],
  ])('that is to give %s, and does not, is missing', async (_, more) => {
    holdsAssociations(eks, association());
    expect(await missingOf(more)).toEqual([{ about, sentence: expect.stringContaining('a-web'), temporary: true }]);
  });

  it('that is not there, or whose cluster is not, is missing', async () => {
    holdsAssociations(eks);
    expect(await missingOf()).toMatchObject([{ about, temporary: true }]);
    expect(await missingOf({ identity: { ...web, cluster: 'gone' } })).toMatchObject([{ about }]);
  });

  it('is told beside all others, in their order', async () => {
    holdsAssociations(eks, association());
    const all = [planned({ identity: worker }), planned(), planned({ roleArn: `arn:aws:iam::${ACCOUNT}:role/team/x` })];
    expect((await run({ associations: all })).missing).toMatchObject([
      { about: expect.stringContaining('checkout/worker') },
      { about },
    ]);
  });
});

describe('malformed', () => {
  it.each<[string, object]>([
    ['a cluster of another account', { associations: [planned({ identity: { ...web, account: '444455556666' } })] }],
    ['a cluster of another region', { associations: [planned({ identity: { ...web, region: 'us-east-1' } })] }],
    ['an unknown field', { trusted: true }],
    ['an unknown field of a role', asked({ trust: '{}' })],
    ['too many roles', { roles: Array.from({ length: 51 }, () => asked().roles[0]) }],
    ['too many associations', { associations: Array.from({ length: 101 }, () => planned()) }],
    ['a target that is no role', asked({ mayReach: ['*'] })],
  ])('%s', async (_, input) => {
    await expect(run(input)).rejects.toMatchObject({ name: 'InputMalformed' });
    expect([...iam.calls(), ...eks.calls()]).toEqual([]);
  });
});

describe('a failure proves nothing', () => {
  it.each([
    ['Throttling', 'Throttled'],
    ['AccessDenied', 'AccessDenied'],
  ])('of IAM: %s', async (name, ours) => {
    holdsRole(iam, role(), { [BOUNDARY]: EVERYTHING });
    iam.on(ListRolePoliciesCommand).rejects(fault(name));
    await expect(run(asked({ mayReach: [TARGET] }))).rejects.toMatchObject({ name: ours });
    iam.on(GetRoleCommand).rejects(fault(name));
    await expect(run(asked())).rejects.toMatchObject({ name: ours });
  });

  it('of EKS', async () => {
    eks.on(ListPodIdentityAssociationsCommand).rejects(eksFault('ThrottlingException'));
    await expect(run({ associations: [planned()] })).rejects.toMatchObject({ name: 'Throttled' });
  });
});
