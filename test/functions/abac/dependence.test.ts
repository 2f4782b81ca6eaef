import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { judgeDependence, type SessionTag, TEMPLATES } from '../../../functions/abac/index.ts';
import { parsePolicy } from '../../../functions/policy/index.ts';
import { API } from './sessions.ts';

type Row = {
  readonly why: string;
  readonly statements: readonly unknown[];
  readonly action?: string;
  readonly tags?: readonly SessionTag[];
  /** The tags that access ignores. */
  readonly ignored: readonly SessionTag[];
};

const rows: readonly Row[] = JSON.parse(readFileSync(new URL('./dependence.json', import.meta.url), 'utf8'));

const judge = (statements: unknown, action = 's3:GetObject', tags: readonly SessionTag[] = ['kubernetes-namespace']) =>
  judgeDependence(
    [{ name: 'inline', document: parsePolicy({ Version: '2012-10-17', Statement: statements }, { kind: 'identity' }) }],
    API,
    [{ actions: [action], tags }],
  );

describe('judgeDependence', () => {
  it.each(rows.map((row) => [row.why, row] as const))('%s', (_why, { statements, action, tags, ignored }) => {
    const findings = judge(statements, action, tags);
    expect(findings.map(({ reason }) => reason)).toEqual(ignored.map(() => 'AccessIgnoresSessionTag'));
    for (const tag of ignored) expect(findings.some(({ sentence }) => sentence.includes(tag))).toBe(true);
  });

  it('says which statement, to whom, with a session that shows it', () => {
    expect(judge([{ Sid: 'All', Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::orders/*' }])).toEqual([
      {
        reason: 'AccessIgnoresSessionTag',
        severity: 'error',
        sentence:
          "s3:GetObject is allowed by statement All of inline whatever the session's kubernetes-namespace is, so not only to checkout/api in cluster pay (111111111111, eu-west-1).",
        witness: 'a session without the tag kubernetes-namespace that asks s3:GetObject on arn:aws:s3:::orders/x',
        remedy: `Compare aws:PrincipalTag/kubernetes-namespace in the statement's Condition (StringEquals, without IfExists), or name the resource by \${aws:PrincipalTag/kubernetes-namespace}.`,
      },
    ]);
  });

  it.each([
    ['s3-prefix', { bucket: 'orders' }, 's3:GetObject'],
    ['s3-prefix', { bucket: 'orders' }, 's3:ListBucket'],
    ['dynamodb-leading-key', { tableArn: 'arn:aws:dynamodb:eu-west-1:111111111111:table/orders' }, 'dynamodb:Query'],
    ['same-tag', { actions: ['sqs:SendMessage'], tags: ['team'] }, 'sqs:SendMessage'],
    ['secrets-by-tag', {}, 'secretsmanager:GetSecretValue'],
  ])('finds nothing in what %s makes of %j for %s, but for the tags of pods', (name, parameters, action) => {
    const statements = TEMPLATES.find((each) => each.name === name)?.render(parameters, [API]).policy.Statement;
    const tags = ['eks-cluster-arn', 'kubernetes-namespace', 'kubernetes-service-account'] as const;
    expect(judge(statements, action, tags)).toEqual([]);
    expect(judge(statements, action, ['kubernetes-pod-name'])).toHaveLength(1);
  });
});
