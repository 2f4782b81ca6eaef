/** Which objects each kind of change is about, and which facets of them it can have touched. */
import { expect, test } from '@jest/globals';
import type { AssociationState } from '../../../functions/association.ts';
import type { Change } from '../../../functions/changes/index.ts';
import { type Known, refsOf } from '../../../functions/drift/changes-seen.ts';
import { canonicalPolicy } from '../../../functions/drift/facets/index.ts';
import { objectKey } from '../../../functions/drift/object.ts';
import { ACCOUNT, API, CLUSTER, NOW } from './remedy/objects.ts';

const actor = { type: 'IAMUser', eventId: 'e-1' };
const told = { at: NOW, actor };
const role = { account: ACCOUNT, name: 'orders' };
const roleArn = `arn:aws:iam::${ACCOUNT}:role/team/orders`;
const cluster = { account: ACCOUNT, region: 'eu-west-1', cluster: 'shop' };
const ARN = 'arn:aws:eks:eu-west-1:222222222222:cluster/shop';
const ADD_ON = 'arn:aws:eks:eu-west-1:222222222222:addon/shop/csi/1-2';
const POLICY = `arn:aws:iam::${ACCOUNT}:policy/reads`;
const state = (change: Partial<AssociationState> = {}): AssociationState => ({
  associationId: 'a-1',
  associationArn: `${ARN}/a-1`,
  roleArn,
  disableSessionTags: false,
  ...change,
});
const OTHER = `arn:aws:iam::${ACCOUNT}:role/other`;
const neighbours = [
  { identity: API, state: state({ ownerArn: ADD_ON }) },
  { identity: { ...API, serviceAccount: 'web' }, state: state() },
];

const CASES: [
  what: string,
  change: Change,
  known: Known,
  seen: [key: string, facets: string[], value?: string | null][],
][] = [
  [
    'a trust policy, in its canonical form',
    { ...told, kind: 'RoleTrustChanged', role, trust: '{ "Statement": [] }' },
    { roleArn },
    [[roleArn, ['trust'], '{"Version":"2008-10-17","Statement":[]}']],
  ],
  ['a role by its ARN in the event', { ...told, kind: 'RoleCreated', role, roleArn }, {}, [[roleArn, ['*']]]],
  ['a role that went', { ...told, kind: 'RoleDeleted', role }, { roleArn }, [[roleArn, ['exists']]]],
  [
    'an attached policy',
    { ...told, kind: 'RolePolicyChanged', role, what: 'attached', policy: { arn: POLICY } },
    { roleArn },
    [[roleArn, [`attached:${POLICY}`], 'attached']],
  ],
  [
    'a detached one: it is gone',
    { ...told, kind: 'RolePolicyChanged', role, what: 'detached', policy: { arn: POLICY } },
    { roleArn },
    [[roleArn, [`attached:${POLICY}`], null]],
  ],
  [
    'an inline policy that was put',
    {
      ...told,
      kind: 'RolePolicyChanged',
      role,
      what: 'put',
      policy: { name: 'reads', document: '{ "Statement": [] }' },
    },
    { roleArn },
    [[roleArn, ['inline:reads'], canonicalPolicy('{ "Statement": [] }')]],
  ],
  [
    'one whose record tells no document',
    { ...told, kind: 'RolePolicyChanged', role, what: 'put', policy: { name: 'reads' } },
    { roleArn },
    [[roleArn, ['inline:reads']]],
  ],
  [
    'an inline policy under the name of a session deny',
    { ...told, kind: 'RolePolicyChanged', role, what: 'deleted', policy: { name: 'podid-deny-0123456789abcdef0123' } },
    { roleArn },
    [[roleArn, ['deny:podid-deny-0123456789abcdef0123'], null]],
  ],
  ['a boundary', { ...told, kind: 'RoleBoundaryChanged', role }, { roleArn }, [[roleArn, ['boundary']]]],
  [
    'a boundary that was set',
    { ...told, kind: 'RoleBoundaryChanged', role, boundary: POLICY },
    { roleArn },
    [[roleArn, ['boundary'], POLICY]],
  ],
  [
    'a boundary that was removed',
    { ...told, kind: 'RoleBoundaryChanged', role, boundary: null },
    { roleArn },
    [[roleArn, ['boundary'], null]],
  ],
  ['tags', { ...told, kind: 'RoleTagsChanged', role }, { roleArn }, [[roleArn, ['tag']]]],
  ['a description, which nobody compares', { ...told, kind: 'RoleUpdated', role }, { roleArn }, []],
  [
    'a managed policy, for those who bear it',
    { ...told, kind: 'ManagedPolicyChanged', what: 'default-version-set', policyArn: POLICY },
    { bearers: [roleArn, OTHER] },
    [
      [roleArn, [`version:${POLICY}`, `attached:${POLICY}`]],
      [OTHER, [`version:${POLICY}`, `attached:${POLICY}`]],
    ],
  ],
  [
    'an association made',
    { ...told, kind: 'AssociationCreated', identity: API, state: state() },
    {},
    [[`${ARN}#orders/api`, ['*']]],
  ],
  [
    'an association changed: what differs from before, with its value',
    { ...told, kind: 'AssociationUpdated', identity: API, state: state({ roleArn: OTHER }) },
    { association: { identity: API, before: state() } },
    [[`${ARN}#orders/api`, ['role'], OTHER]],
  ],
  [
    'two things of it: no value says which',
    { ...told, kind: 'AssociationUpdated', identity: API, state: state({ roleArn: OTHER, disableSessionTags: true }) },
    { association: { identity: API, before: state() } },
    [[`${ARN}#orders/api`, ['role', 'session-tags']]],
  ],
  [
    'nothing that is known of before',
    { ...told, kind: 'AssociationUpdated', identity: API, state: state() },
    {},
    [[`${ARN}#orders/api`, ['role', 'target', 'session-tags', 'policy']]],
  ],
  [
    'a deletion that tells only ids',
    { ...told, kind: 'AssociationDeleted', cluster, associationId: 'a-1' },
    { association: { identity: API } },
    [[`${ARN}#orders/api`, ['exists']]],
  ],
  [
    'a deletion of which nobody knows whose it was',
    { ...told, kind: 'AssociationDeleted', cluster, associationId: 'a-1' },
    {},
    [],
  ],
  [
    'the agent',
    { ...told, kind: 'AddOnChanged', cluster, addOn: 'eks-pod-identity-agent', did: 'deleted' },
    { neighbours },
    [[ARN, ['agent']]],
  ],
  [
    'an add-on, with the associations that it owns',
    { ...told, kind: 'AddOnChanged', cluster, addOn: 'csi', did: 'updated' },
    { neighbours },
    [
      [ARN, []],
      [`${ARN}#orders/api`, ['*']],
    ],
  ],
  [
    'a cluster that went, with all of its associations',
    { ...told, kind: 'ClusterDeleted', cluster },
    { neighbours },
    [
      [ARN, ['exists']],
      [`${ARN}#orders/api`, ['*']],
      [`${ARN}#orders/web`, ['*']],
    ],
  ],
  ['a cluster that was made', { ...told, kind: 'ClusterCreated', cluster }, {}, [[ARN, ['*']]]],
  ['its configuration', { ...told, kind: 'ClusterConfigChanged', cluster }, {}, [[ARN, ['access', 'agent']]]],
  [
    'an access entry',
    { ...told, kind: 'AccessEntryChanged', cluster, principalArn: roleArn, did: 'deleted' },
    {},
    [[ARN, ['access']]],
  ],
];

test.each(CASES)('%s', (_what, change, known, expected) => {
  const seen = refsOf(change, known, 'lookup');
  expect(
    seen.map(({ ref, change: { facets, value } }) => [objectKey(ref), facets, ...(value === undefined ? [] : [value])]),
  ).toEqual(expected);
  for (const { change: one } of seen) {
    expect(one).toMatchObject({ eventId: 'e-1', at: NOW, kind: change.kind, actor, via: 'lookup' });
  }
});

test('an object of a cluster is that cluster', () => {
  const [seen] = refsOf({ ...told, kind: 'ClusterCreated', cluster }, {});
  expect(seen?.ref).toEqual(CLUSTER);
});
