import { expect, it } from '@jest/globals';
import { type Finding, sortFindings } from '../../functions/finding.ts';

const finding = (severity: Finding['severity'], reason: string, sentence = ''): Finding => ({
  severity,
  reason,
  sentence,
});

it('puts the worst first, then goes by reason and sentence', () => {
  const sorted = sortFindings([
    finding('info', 'A'),
    finding('critical', 'Z', 'b'),
    finding('critical', 'Z', 'a'),
    finding('error', 'M'),
  ]);
  expect(sorted.map((f) => `${f.severity} ${f.reason} ${f.sentence}`)).toEqual([
    'critical Z a',
    'critical Z b',
    'error M ',
    'info A ',
  ]);
});
