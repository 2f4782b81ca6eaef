/** Objects by facets: two that mean the same are the same text, and the text can be written. */
import { describe, expect, test } from '@jest/globals';
import { denyName, isOurDeny, renderDeny } from '../../../../functions/abac/session-deny.ts';
import {
  actualOf,
  canonicalPolicy,
  covers,
  denyText,
  facetsOfAssociation,
  facetsOfCluster,
  facetsOfRole,
} from '../../../../functions/drift/facets/index.ts';
import { parsePolicy } from '../../../../functions/policy/index.ts';

const one = (statement: object, rest: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*', ...statement }],
    ...rest,
  });

describe('canonical policies', () => {
  test.each([
    ['white space', one({}), JSON.stringify(JSON.parse(one({})), null, 2)],
    ['URL-encoding', one({}), encodeURIComponent(one({}))],
    ['a list of one', one({ Action: ['s3:*'] }), one({ Action: 's3:*' })],
    ['the order of actions', one({ Action: ['s3:a', 's3:b'] }), one({ Action: ['s3:b', 's3:a', 's3:b'] })],
    ['a statement alone', one({}), one({}, { Statement: JSON.parse(one({})).Statement[0] })],
    [
      'an account and its root',
      one({ Principal: { AWS: '111122223333' } }),
      one({ Principal: { AWS: ['arn:aws:iam::111122223333:root'] } }),
    ],
    ['everybody', one({ Principal: '*' }), one({ Principal: { AWS: '*' } })],
    [
      'a truth in a condition',
      one({ Condition: { Bool: { 'a:b': true } } }),
      one({ Condition: { Bool: { 'a:b': ['true'] } } }),
    ],
    ['the oldest version', JSON.stringify({ Statement: [] }), JSON.stringify({ Statement: [], Version: '2008-10-17' })],
  ])('%s makes no difference', (_what, a, b) => {
    expect(canonicalPolicy(a)).toBe(canonicalPolicy(b));
  });

  test.each([
    ['the effect', one({}), one({ Effect: 'Deny' })],
    ['an operator', one({ Condition: { Bool: { a: 'true' } } }), one({ Condition: { BoolIfExists: { a: 'true' } } })],
    ['the version', one({}), one({}, { Version: '2008-10-17' })],
    ['what is negated', one({}), one({ Action: undefined, NotAction: 's3:*' })],
    [
      'a role and its account',
      one({ Principal: { AWS: '111122223333' } }),
      one({ Principal: { AWS: 'arn:aws:iam::111122223333:role/root' } }),
    ],
  ])('%s does', (_what, a, b) => {
    expect(canonicalPolicy(a)).not.toBe(canonicalPolicy(b));
  });

  test('it can be written, and is its own canonical form', () => {
    const text = canonicalPolicy(
      one({ Principal: { Service: ['b', 'a'] }, Resource: undefined, Sid: 'X', Action: 'sts:AssumeRole' }),
    );
    expect(text).toBe(
      '{"Version":"2012-10-17","Statement":[{"Sid":"X","Effect":"Allow","Principal":{"Service":["a","b"]},"Action":"sts:AssumeRole"}]}',
    );
    expect(canonicalPolicy(text)).toBe(text);
    expect(parsePolicy(text).statements).toHaveLength(1);
  });

  test('what is no policy stays as it is', () => {
    expect(canonicalPolicy('nonsense')).toBe('nonsense');
    const twice = '{"Version":"2012-10-17","Version":"2008-10-17","Statement":[]}';
    expect(canonicalPolicy(twice)).toBe(twice);
  });
});

const identity = {
  account: '222222222222',
  region: 'eu-west-1',
  cluster: 'payments',
  namespace: 'shop',
  serviceAccount: 'api',
};
const roleArn = 'arn:aws:iam::222222222222:role/shop';

describe('session denies', () => {
  test.each([
    { form: 'tags' as const },
    { form: 'tags' as const, issuedBefore: '2026-11-21T09:00:00Z' },
    { form: 'session-name' as const, issuedBefore: '2026-11-21T09:00:00Z' },
    { form: 'whole-role' as const, issuedBefore: '2026-11-21T09:00:00Z' },
  ])('$form $issuedBefore: reformatted it is what we would write', (terms) => {
    const text = renderDeny({ identity, roleArn, ...terms });
    expect(denyText(canonicalPolicy(text))).toBe(text);
    expect(denyText(JSON.stringify(JSON.parse(text), null, 2))).toBe(text);
  });

  test('one that says more is none of ours', () => {
    const text = renderDeny({ identity, roleArn, form: 'tags' });
    const more = JSON.parse(text);
    more.Statement[0].Condition.StringNotEquals = { 'aws:SourceIp': '203.0.113.7' };
    expect(isOurDeny(denyText(JSON.stringify(more)))).toBe(false);
    expect(denyText(JSON.stringify(more))).toContain('203.0.113.7');
  });
});

describe('objects', () => {
  test('a role', () => {
    const name = denyName({ identity, roleArn, form: 'tags' });
    const seen = {
      roleArn,
      present: true as const,
      trust: one({ Resource: undefined }),
      managedPolicyArns: ['arn:p', 'arn:q', 'arn:r'],
      inline: { more: one({}), [name]: renderDeny({ identity, roleArn, form: 'tags' }) },
      boundary: 'arn:b',
      tags: { 'podid:grant': 'g-1' },
    };
    const read = facetsOfRole({ seen, roleId: 'AROAX', documents: { 'arn:p': one({}), 'arn:q': null } });
    expect(Object.keys(read.facets).toSorted()).toEqual(
      [
        'attached:arn:p',
        'attached:arn:q',
        'attached:arn:r',
        'boundary',
        `deny:${name}`,
        'exists',
        'inline:more',
        'tag:podid:grant',
        'trust',
        'version:arn:p',
      ].toSorted(),
    );
    expect(read.unread).toEqual(['version:arn:q']);
    expect(actualOf(read, '2026-11-21T12:00:00Z').complete).toBe(false);
    expect(facetsOfRole({ seen })).toMatchObject({ unread: ['exists'] });
    expect(facetsOfRole({ seen: { roleArn, present: false } })).toEqual({ facets: {}, unread: [] });
  });

  test('an association', () => {
    const state = {
      associationId: 'a-1',
      associationArn: 'arn:a',
      roleArn,
      targetRoleArn: roleArn,
      disableSessionTags: true,
      policy: one({}),
      ownerArn: 'arn:o',
    };
    expect(facetsOfAssociation({ state, tags: { a: 'b' } }).facets).toEqual({
      exists: 'a-1',
      role: roleArn,
      target: roleArn,
      'session-tags': 'off',
      policy: canonicalPolicy(one({})),
      owner: 'arn:o',
      'tag:a': 'b',
    });
    expect(facetsOfAssociation(undefined, true).facets).toEqual({ cluster: 'gone' });
  });

  test('a cluster: what nobody read is unread, what is not there is absent', () => {
    const seen = {
      present: true as const,
      createdAt: '2026-01-01T00:00:00Z',
      agent: { kind: 'none' as const },
      access: [{ principalArn: 'arn:b', groups: ['y', 'x'] }],
    };
    expect(facetsOfCluster(seen)).toEqual({
      facets: { exists: '2026-01-01T00:00:00Z', access: 'arn:b\narn:b x\narn:b y' },
      unread: ['rbac'],
    });
    const withAgent = (status: string) => facetsOfCluster({ ...seen, agent: { kind: 'add-on', status } }).facets.agent;
    expect([withAgent('UPDATING'), withAgent('DEGRADED')]).toEqual(['add-on', 'degraded add-on: DEGRADED']);
  });

  test.each([
    ['trust', ['trust'], true],
    ['inline:a', ['inline'], true],
    ['inline:a', ['inline:*'], true],
    ['inline:a', ['inline:b'], false],
    ['inline:a', ['*'], true],
    ['tag:a:b', ['tag:a'], false],
  ])('%s in %s: %s', (facet, some, is) => {
    expect(covers(some, facet)).toBe(is);
  });
});
