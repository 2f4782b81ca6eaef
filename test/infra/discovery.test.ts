/** What is deployed to find clusters by their tag, and what its roles may see: nothing where nobody looks for a tag. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { configuration, HUB, may, PAYMENTS, resourcesOf, synthesize } from './fixture.ts';

type Resources = ReturnType<typeof resourcesOf>;
const spokeOf = (sweep: object): Resources =>
  resourcesOf(synthesize(configuration({ sweep })).find(({ name }) => name === `podid-spoke-${PAYMENTS}-eu-west-1`));
let valued: Resources;
let any: Resources;
let off: Resources;
let hub: Resources;
beforeAll(() => {
  valued = spokeOf({ discover: { tag: { key: 'podid', value: 'observe' } } });
  any = spokeOf({ discover: { tag: { key: 'team/podid' } } });
  off = spokeOf({});
  hub = resourcesOf(synthesize().find(({ name }) => name === 'podid-hub'));
});

const cluster = (name: string) => `arn:aws:eks:eu-west-1:${PAYMENTS}:cluster/${name}`;
const tagged = (key: string, value: string) => ({ [`aws:ResourceTag/${key}`]: value });
const describes = (resources: Resources, role: string, name: string, context: Record<string, string> = {}) =>
  may(resources, role, 'eks:DescribeCluster', cluster(name), context);

describe('find-clusters', () => {
  test('lists every cluster, and sees those alone that bear the tag', () => {
    expect(may(valued, 'FindClustersRole', 'eks:ListClusters', '*')).toBe('allow');
    expect(describes(valued, 'FindClustersRole', 'found', tagged('podid', 'observe'))).toBe('allow');
    expect(describes(valued, 'FindClustersRole', 'found', tagged('podid', 'no'))).toBe('implicitDeny');
    expect(describes(valued, 'FindClustersRole', 'found')).toBe('implicitDeny');
    expect(describes(valued, 'FindClustersRole', 'payments')).toBe('implicitDeny');
    expect(may(valued, 'FindClustersRole', 'eks:ListPodIdentityAssociations', cluster('found'))).toBe('implicitDeny');
  });

  test('any value does where none is asked for', () => {
    expect(describes(any, 'FindClustersRole', 'found', tagged('team/podid', ''))).toBe('allow');
    expect(describes(any, 'FindClustersRole', 'found', tagged('team/podid', 'x'))).toBe('allow');
    expect(describes(any, 'FindClustersRole', 'found', tagged('podid', 'x'))).toBe('implicitDeny');
    expect(describes(any, 'FindClustersRole', 'found')).toBe('implicitDeny');
  });

  test('is not there where nobody looks for a tag', () => {
    expect(Object.keys(off).filter((id) => id.startsWith('FindClusters'))).toEqual([]);
    expect(Object.keys(valued)).toEqual(expect.arrayContaining(['FindClusters', 'FindClustersInvokedByHub']));
  });
});

describe.each(['ListAssociationsRole', 'ReadObjectRole'])('%s', (role) => {
  test('sees the clusters that are listed, and those that bear the tag', () => {
    expect(describes(valued, role, 'payments')).toBe('allow');
    expect(describes(valued, role, 'found', tagged('podid', 'observe'))).toBe('allow');
    expect(describes(valued, role, 'found')).toBe('implicitDeny');
    expect(describes(off, role, 'payments')).toBe('allow');
    expect(describes(off, role, 'found', tagged('podid', 'observe'))).toBe('implicitDeny');
  });
});

test('the agent of a cluster that was found may be read, and no other add-on, nor who may come in', () => {
  const look = (resources: Resources, action: string, resource: string) =>
    may(resources, 'ReadObjectRole', `eks:${action}`, `arn:aws:eks:eu-west-1:${PAYMENTS}:${resource}`);
  expect(look(valued, 'DescribeAddon', 'addon/found/eks-pod-identity-agent/1')).toBe('allow');
  expect(look(valued, 'DescribeAddon', 'addon/found/vpc-cni/1')).toBe('implicitDeny');
  expect(look(valued, 'DescribeAccessEntry', `access-entry/found/role/${PAYMENTS}/x/1`)).toBe('implicitDeny');
  expect(look(off, 'DescribeAddon', 'addon/found/eks-pod-identity-agent/1')).toBe('implicitDeny');
  expect(look(off, 'DescribeAddon', 'addon/payments/eks-pod-identity-agent/1')).toBe('allow');
});

test('nothing may be written to a cluster that was only found', () => {
  for (const role of ['AssociateRole', 'UndoGrantRole', 'DropAssociationRole']) {
    for (const action of [
      'CreatePodIdentityAssociation',
      'UpdatePodIdentityAssociation',
      'DeletePodIdentityAssociation',
    ])
      expect([role, action, may(valued, role, `eks:${action}`, cluster('found'), tagged('podid', 'observe'))]).toEqual([
        role,
        action,
        'implicitDeny',
      ]);
  }
});

describe('list-clusters', () => {
  const sees = (machine: string) =>
    may(hub, 'ListClustersRole', 'states:DescribeExecution', `arn:aws:states:eu-west-1:${HUB}:execution:${machine}:x`);
  const puts = (key: string) =>
    may(hub, 'ListClustersRole', 'dynamodb:PutItem', 'arn:aws:test:::Table', { 'dynamodb:LeadingKeys': [key] });

  test('sees whether a sweep has ended, and no other execution', () => {
    expect([sees('podid-sweep'), sees('podid-revoke'), sees('podid-sweep-2')]).toEqual([
      'allow',
      'implicitDeny',
      'implicitDeny',
    ]);
  });

  test('keeps what it finds, and begins looks and slices of a sweep, but no revocation', () => {
    for (const kind of ['SWEEP', 'LEASE', 'FINDING', 'OBJECT', 'TOLD']) expect(puts(`${kind}#x`)).toBe('allow');
    for (const kind of ['CLUSTER', 'REVOCATION', 'GRANT', 'BREAKER']) expect(puts(`${kind}#x`)).toBe('implicitDeny');
    const starts = (machine: string) =>
      may(hub, 'ListClustersRole', 'states:StartExecution', `arn:aws:states:eu-west-1:${HUB}:stateMachine:${machine}`);
    expect(['podid-reconcile', 'podid-sweep', 'podid-revoke'].map(starts)).toEqual(['allow', 'allow', 'implicitDeny']);
  });
});
