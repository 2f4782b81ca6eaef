/** The spoke functions of the sweep: the exact calls, page by page, of their own account alone. */
import '../../runtime/quiet.ts';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  DescribeClusterCommand,
  DescribePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-eks';
import { GetAccountAuthorizationDetailsCommand, IAMClient } from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { handler as describeThem } from '../../../../functions/drift/describe-associations.spoke.ts';
import { facetsOfRole } from '../../../../functions/drift/facets/index.ts';
import { handler as list } from '../../../../functions/drift/list-associations.spoke.ts';
import { handler as listRoles } from '../../../../functions/drift/list-roles.spoke.ts';
import { handler as lookUp } from '../../../../functions/drift/lookup-events.spoke.ts';
import {
  DescribeAssociationsOutput,
  ListAssociationsOutput,
  ListRolesOutput,
  LookupEventsOutput,
} from '../../../../functions/drift/sweep/contract.ts';
import { digestWithoutVersions } from '../../../../functions/drift/sweep/role-digest.ts';
import { context } from '../../runtime/context.ts';
import { ACCOUNT, CLUSTER, roleArn } from './world.ts';

const here = (name: string) => ({
  ...context(name),
  invokedFunctionArn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:${name}`,
});
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const gone = () => new ResourceNotFoundException({ message: 'none', $metadata: {} });

describe('associations', () => {
  const eks = mockClient(EKSClient);
  beforeEach(() => {
    eks.reset();
    eks.on(DescribeClusterCommand).resolves({ cluster: {} });
  });
  const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF';
  const listed = async (more: object = {}) =>
    ListAssociationsOutput.parse(
      plain(await list({ ...CLUSTER, perSecond: 1000, ...more }, here('podid-list-associations'))),
    );
  const summary = (name: string) => ({
    clusterName: 'payments',
    associationId: `a-${name}`,
    namespace: 'checkout',
    serviceAccount: name,
  });
  const of = (name: string) => ({ associationId: `a-${name}`, namespace: 'checkout', serviceAccount: name });

  it('are listed a hundred a page, up to the last, with the issuer', async () => {
    eks
      .on(ListPodIdentityAssociationsCommand, { clusterName: 'payments', maxResults: 100 })
      .resolves({ associations: [summary('a')], nextToken: 'two' })
      .on(ListPodIdentityAssociationsCommand, { nextToken: 'two' })
      .resolves({ associations: [summary('b')] })
      .on(DescribeClusterCommand, { name: 'payments' })
      .resolves({ cluster: { identity: { oidc: { issuer: `https://${ISSUER}` } } } });
    expect(await listed()).toEqual({ status: 'present', associations: [of('a'), of('b')], issuer: ISSUER });
    expect(eks.commandCalls(DescribePodIdentityAssociationCommand)).toHaveLength(0);
  });

  it('are listed in several calls where there are many, and the issuer is asked for in the first', async () => {
    let page = 0;
    eks.on(ListPodIdentityAssociationsCommand).callsFake(() => {
      page += 1;
      return { associations: [summary(`n${page}`)], ...(page < 12 && { nextToken: String(page) }) };
    });
    const first = await listed();
    expect(first).toMatchObject({ next: '10' });
    expect(first.associations).toHaveLength(10);
    expect(await listed({ next: '10' })).toEqual({ status: 'present', associations: [of('n11'), of('n12')] });
    expect(eks.commandCalls(DescribeClusterCommand)).toHaveLength(1);
  });

  it('of a cluster that is gone there are none', async () => {
    eks.on(ListPodIdentityAssociationsCommand).rejects(gone());
    expect(await listed()).toEqual({ status: 'gone', associations: [] });
  });

  it('are described by id, but for those that were deleted in between', async () => {
    const found = {
      ...summary('a'),
      roleArn: roleArn('orders'),
      associationArn: `arn:aws:eks:eu-west-1:${ACCOUNT}:podidentityassociation/payments/a-a`,
      createdAt: new Date('2026-03-01T10:00:00Z'),
      modifiedAt: new Date('2026-03-01T10:00:00Z'),
    };
    eks
      .on(DescribePodIdentityAssociationCommand, { clusterName: 'payments', associationId: 'a-a' })
      .resolves({ association: found })
      .on(DescribePodIdentityAssociationCommand, { associationId: 'a-b' })
      .rejects(gone());
    const input = { ...CLUSTER, ids: ['a-a', 'a-b'], perSecond: 1000 };
    const answer = DescribeAssociationsOutput.parse(
      plain(await describeThem(input, here('podid-describe-associations'))),
    );
    expect(answer.associations).toMatchObject([
      { identity: { ...CLUSTER, serviceAccount: 'a' }, state: { associationId: 'a-a', roleArn: roleArn('orders') } },
    ]);
  });

  it("are those of the function's own account and region", async () => {
    const elsewhere = { ...CLUSTER, account: '444455556666', perSecond: 10 };
    await expect(list(elsewhere, here('podid-list-associations'))).rejects.toThrow('not of the account and region');
    await expect(describeThem({ ...elsewhere, ids: ['a-a'] }, here('podid-describe-associations'))).rejects.toThrow(
      'not of the account and region',
    );
  });
});

describe('roles', () => {
  const iam = mockClient(IAMClient);
  beforeEach(() => {
    iam.reset();
  });
  const TRUST = '{"Version":"2012-10-17","Statement":[]}';

  it('are answered as the digests that a read of each would give, with the policies apart', async () => {
    iam.on(GetAccountAuthorizationDetailsCommand).resolves({
      RoleDetailList: [
        {
          Arn: roleArn('team/orders'),
          RoleId: 'AROAORDERS',
          CreateDate: new Date('2026-03-01T10:00:00Z'),
          AssumeRolePolicyDocument: encodeURIComponent(TRUST),
          Tags: [{ Key: 'team', Value: 'a' }],
          PermissionsBoundary: { PermissionsBoundaryArn: 'arn:b' },
          AttachedManagedPolicies: [{ PolicyName: 'own', PolicyArn: 'arn:p' }],
          RolePolicyList: [{ PolicyName: 'inline', PolicyDocument: encodeURIComponent('{"Statement":[]}') }],
        },
      ],
      Policies: [
        {
          Arn: 'arn:p',
          PolicyVersionList: [{ IsDefaultVersion: true, Document: encodeURIComponent('{"Statement":[]}') }],
        },
      ],
      IsTruncated: true,
      Marker: 'two',
    });
    const answer = ListRolesOutput.parse(
      plain(await listRoles({ account: ACCOUNT, next: 'one' }, here('podid-list-roles'))),
    );
    const seen = {
      roleArn: roleArn('team/orders'),
      present: true as const,
      trust: TRUST,
      managedPolicyArns: ['arn:p'],
      inline: { inline: '{"Statement":[]}' },
      boundary: 'arn:b',
      tags: { team: 'a' },
    };
    // As read-object's answer becomes facets: with the policy's document.
    const read = facetsOfRole({ seen, roleId: 'AROAORDERS', documents: { 'arn:p': '{"Statement":[]}' } }).facets;
    expect(answer).toEqual({
      roles: [{ roleArn: roleArn('team/orders'), digest: digestWithoutVersions(read) }],
      policies: { 'arn:p': read['version:arn:p'] },
      next: 'two',
    });
    expect(iam.commandCalls(GetAccountAuthorizationDetailsCommand)[0]?.args[0].input).toMatchObject({
      Filter: ['Role', 'LocalManagedPolicy'],
      Marker: 'one',
      MaxItems: 250,
    });
  });

  it("are those of the function's own account", async () => {
    await expect(listRoles({ account: '444455556666' }, here('podid-list-roles'))).rejects.toThrow('ask its own spoke');
  });
});

describe('the history', () => {
  const trail = mockClient(CloudTrailClient);
  beforeEach(() => {
    trail.reset();
  });
  const QUESTION = {
    account: ACCOUNT,
    region: 'us-east-1',
    eventNames: ['DeleteRole', 'CreateRole'],
    from: '2026-03-01T10:00:00.000Z',
    to: '2026-03-01T11:00:00.000Z',
    perSecond: 1000,
  };
  const event = (id: string, text = `{"eventID":"${id}"}`) => ({
    EventId: id,
    EventTime: new Date('2026-03-01T10:30:00Z'),
    CloudTrailEvent: text,
  });
  const looked = async (more: object = {}) =>
    LookupEventsOutput.parse(plain(await lookUp({ ...QUESTION, ...more }, here('podid-lookup-events'))));
  const named = (name: string) => ({
    LookupAttributes: [{ AttributeKey: 'EventName' as const, AttributeValue: name }],
  });

  it('is asked for name after name, each to its last page', async () => {
    trail
      .on(LookupEventsCommand, named('DeleteRole'))
      .resolvesOnce({ Events: [event('a')], NextToken: 'two' })
      .resolvesOnce({ Events: [event('b')] })
      .on(LookupEventsCommand, named('CreateRole'))
      .resolves({ Events: [event('c')] });
    expect(await looked()).toEqual({ records: ['{"eventID":"a"}', '{"eventID":"b"}', '{"eventID":"c"}'] });
    expect(trail.commandCalls(LookupEventsCommand).map(({ args }) => args[0].input.NextToken)).toEqual([
      undefined,
      'two',
      undefined,
    ]);
  });

  it('goes on in another call before its answer is too long', async () => {
    trail
      .on(LookupEventsCommand, named('DeleteRole'))
      .resolvesOnce({ Events: [event('a', JSON.stringify('x'.repeat(2_100_000)))], NextToken: 'two' })
      .resolvesOnce({ Events: [event('b')] })
      .on(LookupEventsCommand, named('CreateRole'))
      .resolves({});
    const first = await looked();
    expect(first.records).toHaveLength(1);
    expect(first.cursor).toEqual({ name: 0, next: 'two' });
    expect(await looked({ cursor: first.cursor })).toEqual({ records: ['{"eventID":"b"}'] });
  });

  it('is asked about a resource for so many pages, and tells the calls of these names', async () => {
    const call = (id: string, eventName: string) => event(id, JSON.stringify({ eventID: id, eventName }));
    trail
      .on(LookupEventsCommand, {
        LookupAttributes: [
          { AttributeKey: 'ResourceName' as const, AttributeValue: 'arn:aws:iam::111122223333:role/ops' },
        ],
      })
      .resolvesOnce({ Events: [call('a', 'DeleteRole'), call('b', 'GetRole')], NextToken: 'two' })
      .resolvesOnce({ Events: [call('c', 'CreateRole'), event('d', 'no JSON')], NextToken: 'three' });
    const about = { resourceName: 'arn:aws:iam::111122223333:role/ops', pages: 2 };
    const { records, cursor } = await looked({ about });
    expect(records.map((text) => JSON.parse(text).eventID)).toEqual(['a', 'c']);
    expect(cursor).toBeUndefined();
    expect(trail.commandCalls(LookupEventsCommand)).toHaveLength(2);
  });

  it("is that of the function's own account", async () => {
    await expect(looked({ account: '444455556666' })).rejects.toThrow('ask its own spoke');
  });
});
