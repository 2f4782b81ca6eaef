import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type JudgeFacts, judgeRole } from '../../../../functions/trust/judging/judge.ts';
import { JUDGING_REASONS } from '../../../../functions/trust/judging/reasons.ts';
import { OTHER, present, role, trust, use } from './samples.ts';

const facts = (change: Partial<JudgeFacts> = {}): JudgeFacts => ({
  roleArn: role('orders'),
  reading: { read: present(role('orders'), trust('api')) },
  sources: [],
  uses: [use('api')],
  clusters: [],
  ...change,
});
const reasons = (change: Partial<JudgeFacts>) => judgeRole(facts(change)).found.map(({ reason }) => reason);
const gone = { read: { role: 'gone', roleArn: role('orders'), readAt: '2026-03-01T12:00:05.000Z' } } as const;

describe('a role', () => {
  it('that admits whom it is given to has nothing wrong with it', () => {
    expect(judgeRole(facts())).toEqual({ found: [], complete: true });
  });

  it('that admits others is too broad, with one of them as witness', () => {
    const { found, complete } = judgeRole(facts({ reading: { read: present(role('orders'), trust()) } }));
    expect(complete).toBe(true);
    expect(found).toEqual(expect.arrayContaining([expect.objectContaining({ reason: 'TrustTooBroad' })]));
    for (const { witness } of found) expect(witness).toEqual(expect.any(String));
  });

  it('that asks for the organization is judged for the one that is configured', () => {
    const { Version, Statement } = JSON.parse(trust());
    const asking = { ...Statement[0], Condition: { StringEquals: { 'aws:SourceOrgID': 'o-exampleorgid' } } };
    const read = present(role('orders'), JSON.stringify({ Version, Statement: [asking] }));
    const severity = (organization?: string) =>
      judgeRole(facts({ reading: { read }, organization })).found.find(({ reason }) => reason === 'TrustTooBroad')
        ?.severity;
    expect([severity(), severity('o-exampleorgid'), severity('o-anotherorgid')]).toEqual([
      'warning',
      'error',
      undefined,
    ]);
  });

  it('that does not exist is missing to those who are associated with it, and to nobody else', () => {
    expect(judgeRole(facts({ reading: gone, uses: [use('api'), use('web'), use('job')] }))).toMatchObject({
      complete: true,
      found: [
        {
          reason: 'AssociatedRoleMissing',
          severity: 'error',
          witness: expect.stringContaining('checkout/api'),
          sentence: expect.stringContaining('and 2 more'),
        },
      ],
    });
    expect(judgeRole(facts({ reading: gone, uses: [] }))).toEqual({ found: [], complete: true });
  });

  it.each([
    ['the spoke failed', { error: { Error: 'AccessDenied', Cause: '{"errorMessage":"no GetRole"}' } }, 'no GetRole'],
    ['nobody answered', {}, 'no answer'],
  ])('that could not be read, since %s, is told, and nothing is taken for mended', (_title, reading, why) => {
    const { found, complete } = judgeRole(facts({ reading }));
    expect(found).toMatchObject([
      { reason: 'RoleUnreadable', severity: 'warning', sentence: expect.stringContaining(why) },
    ]);
    expect(complete).toBe(false);
  });

  it.each(['{"Version":"2012-10-17"}', '', '[', '{"Statement":[{"Effect":"Perhaps"}]}'])(
    'whose policy nobody can read is told: %s',
    (text) => {
      const { found, complete } = judgeRole(facts({ reading: { read: present(role('orders'), text) } }));
      expect(found).toMatchObject([{ reason: 'RoleUnreadable', subject: 'trust' }]);
      expect(complete).toBe(false);
    },
  );
});

describe('a target role', () => {
  const target = role('ledger', OTHER);
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: role('orders') },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
    },
  });
  const asTarget = {
    roleArn: target,
    reading: { read: present(target, text) },
    uses: [use('api', { sourceRoleArn: role('orders') })],
  };
  const chain = (verdict: 'allow' | 'deny') => ({
    roleArn: role('orders'),
    chains: [{ sourceRoleArn: role('orders'), targetRoleArn: target, assumeRole: verdict, tagSession: verdict }],
  });

  it('that its source may not get is told of, from what was read of the source', () => {
    expect(reasons({ ...asTarget, sources: [chain('deny')] })).toContain('SourceCannotReach');
    expect(reasons({ ...asTarget, sources: [chain('allow')] })).not.toContain('SourceCannotReach');
  });

  it('whose source could not be read leaves open what was found', () => {
    const unread = { roleArn: role('orders'), error: { Error: 'Throttled' } };
    const { found, complete } = judgeRole(facts({ ...asTarget, sources: [unread] }));
    expect(found).toContainEqual(expect.objectContaining({ reason: 'RoleUnreadable', subject: role('orders') }));
    expect(complete).toBe(false);
  });
});

it('docs/findings.md explains the reasons that the hub adds', () => {
  const page = readFileSync(new URL('../../../../docs/findings.md', import.meta.url), 'utf8');
  for (const [reason, { severity }] of Object.entries(JUDGING_REASONS)) {
    expect(page).toContain(`| \`${reason}\` | ${severity} |`);
  }
});
