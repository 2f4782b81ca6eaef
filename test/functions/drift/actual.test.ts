import { expect, it } from '@jest/globals';
import { actualFrom } from '../../../functions/drift/actual.ts';

const readAt = '2026-11-21T09:00:00.000Z';
const roleArn = 'arn:aws:iam::111122223333:role/team/orders';
const POLICY = 'arn:aws:iam::111122223333:policy/p';
const TRUST = '{"Version":"2012-10-17","Statement":[]}';
const identity = {
  account: '111122223333',
  region: 'eu-west-1',
  cluster: 'shop',
  namespace: 'checkout',
  serviceAccount: 'web',
};
const role = {
  object: 'role' as const,
  seen: { roleArn, present: true as const, trust: TRUST, managedPolicyArns: [POLICY], inline: {}, tags: {} },
  roleId: 'AROAORDERS',
  documents: { [POLICY]: TRUST },
  readAt,
};

it('a role: its facets, with the versions of its policies', () => {
  const { facets, ...rest } = actualFrom(role);
  expect(rest).toEqual({ readAt, complete: true, unread: [] });
  expect(facets).toEqual({
    exists: 'AROAORDERS',
    trust: TRUST,
    [`attached:${POLICY}`]: 'attached',
    [`version:${POLICY}`]: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

it('a policy that nobody could read is unread, and the read not complete', () => {
  expect(actualFrom({ ...role, documents: { [POLICY]: null } })).toMatchObject({
    complete: false,
    unread: [`version:${POLICY}`],
  });
});

it('a role that is not there has no facet', () => {
  const gone = { object: 'role' as const, seen: { roleArn, present: false as const }, documents: {}, readAt };
  expect(actualFrom(gone)).toEqual({ readAt, complete: true, unread: [], facets: {} });
});

it('an association, or none, or not even its cluster', () => {
  const state = { associationId: 'a-1', associationArn: 'arn:a', roleArn, disableSessionTags: false };
  const found = { identity, state, tags: { team: 'web' } };
  const association = { object: 'association' as const, readAt };
  expect(actualFrom({ ...association, cluster: 'present', found }).facets).toEqual({
    exists: 'a-1',
    role: roleArn,
    'session-tags': 'on',
    'tag:team': 'web',
  });
  expect(actualFrom({ ...association, cluster: 'present' }).facets).toEqual({});
  expect(actualFrom({ ...association, cluster: 'gone' }).facets).toEqual({ cluster: 'gone' });
});

it('a cluster is whole without what only Kubernetes knows, and not without anything else', () => {
  const control = { present: true as const, createdAt: readAt, agent: { kind: 'built-in' as const }, access: [] };
  const cluster = { object: 'cluster' as const, readAt };
  expect(actualFrom({ ...cluster, control })).toEqual({
    readAt,
    complete: true,
    unread: ['rbac'],
    facets: { exists: readAt, agent: 'built-in' },
  });
  const { access: _, ...blind } = control;
  expect(actualFrom({ ...cluster, control: blind })).toMatchObject({ complete: false, unread: ['access', 'rbac'] });
  expect(actualFrom({ ...cluster, control: { present: false } })).toMatchObject({ complete: true, facets: {} });
});
