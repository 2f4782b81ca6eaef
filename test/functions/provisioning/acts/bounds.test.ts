/** Which roles and whom the functions accept, held against what the permissions of their own roles would let them do. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  boundsFrom,
  refusedParties,
  refusedRole,
  refusedTarget,
} from '../../../../functions/provisioning/acts/bounds.ts';
import { ACCOUNT } from '../../revocation/spoke.ts';
import { web } from '../roles.ts';
import { allowing, bounds, EXCLUDED, FUNCTION, MANAGED, role } from './place.ts';

const OTHER = '444455556666';

describe('the environment', () => {
  const environment = {
    PODID_EXCLUDED_ROLES: '["break-glass"]',
    PODID_MANAGED_ROLES: '[]',
    PODID_GRANTS: '{"rolePath":"/podid/","boundaryName":"podid-boundary","trustCharacters":2048}',
  };

  it('is read whole', () => {
    expect(boundsFrom(environment, FUNCTION)).toEqual({
      account: ACCOUNT,
      region: 'eu-west-1',
      partition: 'aws',
      excluded: ['break-glass'],
      managed: [],
      rolePath: '/podid/',
      boundaryName: 'podid-boundary',
      trustCharacters: 2048,
    });
  });

  it.each<[string, string | undefined]>([
    ['PODID_GRANTS', undefined],
    ['PODID_GRANTS', ''],
    ['PODID_GRANTS', '[]'],
    ['PODID_GRANTS', '{"rolePath":"/"}'],
    ['PODID_GRANTS', '{"rolePath":"/aws-reserved/"}'],
    ['PODID_GRANTS', '{"rolePath":"/podid/","boundaryName":""}'],
    ['PODID_EXCLUDED_ROLES', ''],
    ['PODID_EXCLUDED_ROLES', '"break-glass"'],
    ['PODID_EXCLUDED_ROLES', '[1]'],
    ['PODID_MANAGED_ROLES', '{"0":"*"}'],
  ])('with %s as %j lets nothing be written', (name, value) => {
    expect(() => boundsFrom({ ...environment, [name]: value }, FUNCTION)).toThrow();
  });

  it('of a function without an account owns nothing', () => {
    expect(refusedRole(role('podid/web'), boundsFrom(environment, 'podid-apply-role'))).toEqual(expect.any(String));
  });
});

describe('roles', () => {
  it.each([
    ['podid/web', true],
    ['podid/W.e+b=,@_-1', true],
    ['orders', true],
    ['team/x', true],
    ['team/deep/x', true],
    ['podid/secret-web', false],
    ['break-glass', false],
    ['team/lead', false],
    ['team/break-glass', false],
    ['podid/podid-web', false],
    ['podid/', false],
    ['podid/x/web', false],
    ['podid/../orders', false],
    ['podid/we b', false],
    ['podid/*', false],
    ['podid/web\n', false],
    [`podid/${'a'.repeat(65)}`, false],
    ['Podid/web', false],
    ['web', false],
    ['x/orders', false],
    ['aws-service-role/x', false],
  ])('%j may be written: %s', (name, expected) => {
    expect(refusedRole(role(name), bounds) === undefined).toBe(expected);
  });

  it('of another account, partition or service are never written', () => {
    for (const arn of [
      role('podid/web', OTHER),
      `arn:aws:iam::${ACCOUNT}:user/podid/web`,
      `arn:aws:sts::${ACCOUNT}:role/podid/web`,
      'podid/web',
      '',
    ])
      expect([arn, refusedRole(arn, bounds)]).toEqual([arn, expect.any(String)]);
  });

  it('that a function accepts, its own role lets it write: exactly those that IAM matches', () => {
    const allows = allowing(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'iam:PutRolePolicy', Resource: ['podid/*', ...MANAGED].map((glob) => role(glob)) },
          {
            Effect: 'Deny',
            Action: 'iam:PutRolePolicy',
            Resource: [...EXCLUDED, 'podid-*', 'aws-service-role/*', 'aws-reserved/*'].map((glob) => role(glob)),
          },
        ],
      }),
    );
    const parts = fc.constantFrom(
      'podid',
      'podid-x',
      'team',
      'lead',
      'orders',
      'secret-',
      'break-glass',
      'web',
      'aws-reserved',
      '*',
      '?',
    );
    const names = fc.array(parts, { minLength: 1, maxLength: 3 }).map((each) => each.join('/'));
    fc.assert(
      fc.property(names, fc.constantFrom(ACCOUNT, OTHER), (name, account) => {
        if (refusedRole(role(name, account), bounds) !== undefined) return;
        expect([name, allows('iam:PutRolePolicy', role(name, account))]).toEqual([name, true]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('targets', () => {
  it.each([
    [role('warehouse', OTHER), true],
    [role('podid/other'), true],
    [role('orders'), true],
    [role('break-glass', OTHER), true],
    [role('break-glass'), false],
    [role('podid/secret-1'), false],
    [role('podid-call-spoke', OTHER), false],
    [role('aws-service-role/x', OTHER), false],
    ['arn:aws-cn:iam::444455556666:role/warehouse', false],
    [`arn:aws:iam::${OTHER}:root`, false],
    ['*', false],
  ])('%s: %s', (arn, expected) => {
    expect(refusedTarget(arn, bounds) === undefined).toBe(expected);
  });
});

describe('parties', () => {
  const party = (identity: object, more: object = {}) => [{ tagged: [{ ...web, ...identity }], untagged: [], ...more }];

  it.each<[string, ReturnType<typeof party>, boolean]>([
    ['pods of this account', party({}), true],
    ['pods of any region and cluster of it', party({ region: 'us-east-1', cluster: 'other' }), true],
    ['pods of another account', party({ account: OTHER }), false],
    [
      'pods of a source of their account',
      party({ account: OTHER }, { sourceRoleArn: role('podid/source', OTHER) }),
      true,
    ],
    ['pods of another account than their source', party({}, { sourceRoleArn: role('podid/source', OTHER) }), false],
    ['a source of another partition', party({}, { sourceRoleArn: 'arn:aws-cn:iam::111122223333:role/x' }), false],
    ['a source that is a pattern', party({}, { sourceRoleArn: role('podid/*') }), false],
    ['a source that is a variable', party({}, { sourceRoleArn: role(`\${aws:username}`) }), false],
    ['a source that is an account', party({}, { sourceRoleArn: `arn:aws:iam::${ACCOUNT}:root` }), false],
    ["podid's own role as a source", party({}, { sourceRoleArn: role('podid-call-spoke') }), false],
    ['any namespace', party({ namespace: '*' }), false],
    ['a namespace in capitals', party({ namespace: 'Checkout' }), false],
    ['a service account with a pattern', party({ serviceAccount: 'we?' }), false],
    ['a service account with a variable', party({ serviceAccount: `\${aws:username}` }), false],
    ['a cluster with a pattern', party({ cluster: 'sho*' }), false],
    ['a cluster with a slash', party({ cluster: 'shop/x' }), false],
  ])('%s: %s', (_, parties, expected) => {
    expect(refusedParties(parties, bounds) === undefined).toBe(expected);
  });
});
