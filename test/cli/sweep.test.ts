/** How `podid sweep` tells what became of a sweep. */
import { expect, it } from '@jest/globals';
import { qualityText, summaryText } from '../../cli/sweep.ts';
import type { SweepSummary } from '../../functions/store/sweeps.ts';

const SUMMARY: SweepSummary = {
  id: 's-1',
  startedAt: '2026-03-10T00:00:00.000Z',
  endedAt: '2026-03-10T00:01:30.000Z',
  complete: true,
  failed: [],
  roles: { accounts: 1, lookedAfter: 4, listed: 40, hinted: 1 },
  clusters: { swept: 2, gone: 0, described: 30, left: 0, listed: 120, hinted: 0 },
  due: 0,
  delivery: [
    { account: '111122223333', region: 'eu-west-1', told: 0, missed: 0, silent: 0, poison: 0 },
    { account: '111122223333', region: 'us-east-1', told: 2, missed: 1, silent: 0, poison: 0, quality: 2 / 3 },
  ],
};
const NOW = new Date('2026-03-10T00:05:00.000Z');

it('tells what was looked at, what differs, and how events come through', () => {
  expect(summaryText(SUMMARY, NOW)).toBe(
    [
      'Sweep s-1, begun 5m ago, took 90 s: complete.',
      'Roles: 40 listed in 1 account, 4 looked after, 1 differ.',
      'Associations: 120 listed in 2 clusters, 30 described, 0 differ.',
      'Due for other reasons: 0.',
      '',
      'ACCOUNT       REGION     TOLD  MISSED  FOUND  UNREADABLE  QUALITY',
      '111122223333  eu-west-1  0     0       0      0           - (nothing happened)',
      '111122223333  us-east-1  2     1       0      0           66.6 %',
    ].join('\n'),
  );
});

it('tells what could not be looked at, what is left and what is gone', () => {
  const failed = [{ what: '111122223333', at: 'keep-roles', error: 'AccessDenied' }];
  const clusters = { ...SUMMARY.clusters, gone: 1, left: 7 };
  const text = summaryText({ ...SUMMARY, complete: false, failed, clusters }, NOW);
  expect(text).toContain('took 90 s: NOT complete.');
  expect(text).toContain('in 2 clusters (1 gone), 30 described, 7 left for the next sweep, 0 differ.');
  expect(text).toContain(
    'Could not be looked at: 111122223333 (keep-roles: AccessDenied). Nothing of it was taken for gone.',
  );
});

it('tells who asks for a role by IRSA, and where nobody could list service accounts', () => {
  const irsa = {
    users: 12,
    malformed: 0,
    clusters: 1,
    unread: [{ what: 'arn:aws:eks:eu-west-1:111122223333:cluster/b', why: 'ClusterUnreachable: no answer' }],
  };
  const text = summaryText({ ...SUMMARY, irsa }, NOW);
  expect(text).toContain('0 differ.\nIRSA: 12 service accounts in 1 cluster ask for a role by annotation.\nDue for');
  expect(text).toContain(
    'Service accounts not listed: arn:aws:eks:eu-west-1:111122223333:cluster/b (ClusterUnreachable: no answer). What was known of them stays.',
  );
  expect(summaryText({ ...SUMMARY, irsa: { ...irsa, malformed: 2 } }, NOW)).toContain(
    "by annotation, 2 of them by what is no role's ARN.",
  );
  expect(summaryText(SUMMARY, NOW)).not.toContain('IRSA');
});

it('tells never more quality than there is', () => {
  const place = { account: 'a', region: 'r', told: 9_999, missed: 1, silent: 0, poison: 0, quality: 0.9999 };
  expect(qualityText({ delivery: [place] })).toContain('99.9 %');
  expect(qualityText({ delivery: [] })).toBe('Nothing is known of any account.');
});

it('tells what was found by its tag, and what is not any more', () => {
  const lost = [
    { what: 'arn:aws:eks:eu-west-1:111122223333:cluster/a', because: 'untagged' as const },
    { what: 'arn:aws:eks:eu-west-1:111122223333:cluster/b', because: 'gone' as const },
  ];
  const lines = summaryText({ ...SUMMARY, discovery: { found: 1, lost } }, NOW).split('\n');
  expect(lines.slice(3, 6)).toEqual([
    "Found by their tag: 1 cluster that podid.config.yaml doesn't list.",
    'Not among them any more: arn:aws:eks:eu-west-1:111122223333:cluster/a (the tag is gone).',
    'Not among them any more: arn:aws:eks:eu-west-1:111122223333:cluster/b (it was deleted).',
  ]);
});
