import { EKSClient, ListFargateProfilesCommand, ListPodIdentityAssociationsCommand } from '@aws-sdk/client-eks';
import {
  GetPolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { SurveyOutput } from '../../../functions/provisioning/contract.ts';
import { ACCOUNT, handlerOf, REGION } from '../revocation/spoke.ts';
import { fault } from '../trust/tighten-trust.ts';
import { association, eksFault, eksWrites, holdsAssociations, MARKED } from './associations.ts';
import { BOUNDARY, environment, holdsRole, type Kept, NAME, policyOf, roleArn, web, writes } from './roles.ts';

const survey = await handlerOf('provisioning', 'survey');
const iam = mockClient(IAMClient);
const eks = mockClient(EKSClient);
const run = async (input: object) =>
  SurveyOutput.parse(await survey({ roleArns: [], policyArns: [], identities: [], ...input }));

const TRUST = '{"Version":"2012-10-17","Statement":[]}';
const DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}';
const READS = 'arn:aws:iam::aws:policy/Reads';

const role = (more: Partial<Kept> = {}): Kept => ({
  arn: roleArn,
  trust: TRUST,
  inline: new Map([['podid-inline', policyOf('s3:GetObject')]]),
  attached: new Set([READS]),
  tags: new Map(Object.entries(MARKED)),
  boundary: BOUNDARY,
  ...more,
});

beforeEach(() => {
  iam.reset();
  eks.reset();
  eks.on(ListFargateProfilesCommand).resolves({ fargateProfileNames: [] });
  environment();
});

describe('roles', () => {
  it('are read whole: trust, policies, boundary, tags', async () => {
    holdsRole(iam, role());
    expect((await run({ roleArns: [roleArn] })).roles).toEqual([
      {
        roleArn,
        present: true,
        trust: TRUST,
        managedPolicyArns: [READS],
        inline: { 'podid-inline': policyOf('s3:GetObject') },
        boundary: BOUNDARY,
        tags: MARKED,
      },
    ]);
  });

  it('have no deny of a revocation, but whatever allows something under such a name', async () => {
    const inline = new Map([
      ['podid-deny-1', DENY],
      ['podid-deny-2', policyOf('s3:*')],
      ['podid-deny-3', 'no policy'],
      ['deny', DENY],
    ]);
    holdsRole(iam, role({ inline }));
    const [seen] = (await run({ roleArns: [roleArn] })).roles;
    expect(seen).toMatchObject({ present: true });
    expect(seen?.present && Object.keys(seen.inline)).toEqual(['podid-deny-2', 'podid-deny-3', 'deny']);
  });

  it('that are not there, or of another path, are absent', async () => {
    const elsewhere = `arn:aws:iam::${ACCOUNT}:role/${NAME}`;
    holdsRole(iam, role());
    expect((await run({ roleArns: [elsewhere] })).roles).toEqual([{ roleArn: elsewhere, present: false }]);
    holdsRole(iam);
    expect((await run({ roleArns: [roleArn] })).roles).toEqual([{ roleArn, present: false }]);
  });

  it('are read to the last page', async () => {
    const policies = Array.from({ length: 3 }, (_, index) => `arn:aws:iam::${ACCOUNT}:policy/p${index}`);
    holdsRole(iam, role({ inline: new Map([1, 2, 3].map((each) => [`p${each}`, DENY])) }));
    iam.on(ListRolePoliciesCommand).callsFake(({ Marker }) => {
      const page = Number(Marker ?? 1);
      return { PolicyNames: [`p${page}`], IsTruncated: page < 3, ...(page < 3 && { Marker: String(page + 1) }) };
    });
    iam.on(ListAttachedRolePoliciesCommand).callsFake(({ Marker }) => {
      const page = Number(Marker ?? 0);
      const more = page < 2 && { Marker: String(page + 1) };
      return { AttachedPolicies: [{ PolicyArn: policies[page] }], IsTruncated: page < 2, ...more };
    });
    expect((await run({ roleArns: [roleArn] })).roles).toMatchObject([
      { inline: { p1: DENY, p2: DENY, p3: DENY }, managedPolicyArns: policies },
    ]);
  });

  it('come in the order of the question', async () => {
    const arns = Array.from({ length: 7 }, (_, index) => `arn:aws:iam::${ACCOUNT}:role/podid/r${index}`);
    holdsRole(iam);
    expect((await run({ roleArns: arns })).roles.map((seen) => seen.roleArn)).toEqual(arns);
  });
});

describe('documents', () => {
  it('are those of the default versions; what is not there is left out', async () => {
    const own = `arn:aws:iam::${ACCOUNT}:policy/own`;
    holdsRole(iam, undefined, { [READS]: policyOf('s3:Get*'), [own]: policyOf('sqs:*') });
    expect((await run({ policyArns: [READS, `${own}-gone`, own] })).documents).toEqual({
      [READS]: policyOf('s3:Get*'),
      [own]: policyOf('sqs:*'),
    });
  });
});

describe('associations and their clusters', () => {
  const worker = { ...web, serviceAccount: 'worker' };

  it('are those of the identities, with their tags, and how many the cluster has', async () => {
    const theirs = { associationId: 'a-x', namespace: 'other' };
    holdsAssociations(eks, association(), association(theirs));
    const seen = await run({ identities: [web, worker] });
    expect(seen.associations).toEqual([
      { identity: web, state: expect.objectContaining({ associationId: 'a-web', roleArn }), tags: MARKED },
    ]);
    expect(seen.clusters).toMatchObject([{ account: ACCOUNT, region: REGION, cluster: 'shop', associations: 2 }]);
  });

  it('a full cluster is counted to its last page, once for all of its identities', async () => {
    eks.on(ListPodIdentityAssociationsCommand, { serviceAccount: 'web' }).resolves({ associations: [] });
    eks.on(ListPodIdentityAssociationsCommand, { serviceAccount: 'worker' }).resolves({ associations: [] });
    eks
      .on(ListPodIdentityAssociationsCommand, { clusterName: 'shop', namespace: undefined, serviceAccount: undefined })
      .callsFake(({ nextToken, maxResults }) => {
        const page = Number(nextToken ?? 1);
        const ids = Array.from({ length: maxResults }, (_, index) => ({ associationId: `a-${page}-${index}` }));
        return { associations: ids, ...(page < 50 && { nextToken: String(page + 1) }) };
      });
    const seen = await run({ identities: [web, worker] });
    expect(seen.clusters).toMatchObject([{ associations: 5000 }]);
    const pages = eks
      .commandCalls(ListPodIdentityAssociationsCommand)
      .filter(({ args }) => args[0].input.serviceAccount === undefined);
    expect(pages).toHaveLength(50);
  });

  it('of a cluster that is not there are none, and no cluster', async () => {
    holdsAssociations(eks, association());
    const seen = await run({ identities: [{ ...web, cluster: 'gone' }] });
    expect(seen).toMatchObject({ associations: [], clusters: [] });
  });

  it("another identity's is not taken for it", async () => {
    holdsAssociations(eks, association());
    eks.on(ListPodIdentityAssociationsCommand).resolves({ associations: [{ associationId: 'a-web' }] });
    expect((await run({ identities: [worker] })).associations).toEqual([]);
  });
});

describe('refused before anything is read', () => {
  it('a role of another account', async () => {
    const foreign = 'arn:aws:iam::444455556666:role/podid/web';
    await expect(run({ roleArns: [roleArn, foreign], identities: [web] })).rejects.toMatchObject({
      name: 'Refused',
      message: expect.stringContaining(foreign),
    });
    expect([...iam.calls(), ...eks.calls()]).toEqual([]);
  });

  it.each<[string, object]>([
    ['a cluster of another account', { identities: [web, { ...web, account: '444455556666' }] }],
    ['a cluster of another region', { identities: [{ ...web, region: 'us-east-1' }] }],
    ['a role that is a user', { roleArns: [`arn:aws:iam::${ACCOUNT}:user/x`] }],
    ['too many roles', { roleArns: Array.from({ length: 101 }, () => roleArn) }],
    ['too many identities', { identities: Array.from({ length: 101 }, () => web) }],
    ['too many policies', { policyArns: Array.from({ length: 101 }, () => READS) }],
    ['an unknown field', { write: true }],
    ['a field in an identity', { identities: [{ ...web, pod: 'x' }] }],
    ['no lists', { roleArns: undefined }],
  ])('%s', async (_, input) => {
    await expect(run(input)).rejects.toMatchObject({ name: 'InputMalformed' });
    expect([...iam.calls(), ...eks.calls()]).toEqual([]);
  });
});

it('writes nothing', async () => {
  holdsRole(iam, role(), { [READS]: DENY });
  holdsAssociations(eks, association());
  await run({ roleArns: [roleArn], policyArns: [READS], identities: [web] });
  expect(writes(iam)).toEqual([]);
  expect(eksWrites(eks)).toEqual([]);
});

describe('a failure is no "not there"', () => {
  it.each([
    ['Throttling', 'Throttled'],
    ['AccessDenied', 'AccessDenied'],
    ['ServiceFailure', 'Refused'],
  ])('of IAM: %s', async (name, ours) => {
    for (const fail of [
      () => iam.on(GetRoleCommand).rejects(fault(name)),
      () => iam.on(ListRolePoliciesCommand).rejects(fault(name)),
      () => iam.on(ListAttachedRolePoliciesCommand).rejects(fault(name)),
    ]) {
      holdsRole(iam, role());
      fail();
      await expect(run({ roleArns: [roleArn] })).rejects.toMatchObject({ name: ours });
    }
    iam.on(GetPolicyCommand).rejects(fault(name));
    await expect(run({ policyArns: [READS] })).rejects.toMatchObject({ name: ours });
  });

  it.each([
    ['ThrottlingException', 'Throttled'],
    ['AccessDeniedException', 'AccessDenied'],
    ['ServerException', 'ServiceUnavailable'],
  ])('of EKS: %s', async (name, ours) => {
    eks.on(ListPodIdentityAssociationsCommand).rejects(eksFault(name));
    await expect(run({ identities: [web] })).rejects.toMatchObject({ name: ours });
  });
});
