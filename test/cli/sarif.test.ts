import { describe, expect, it } from '@jest/globals';
import { sarifOf } from '../../cli/sarif.ts';

const REASONS = {
  TrustTooBroad: { severity: 'error', title: 'Too broad', why: 'Others get in.' },
  ClusterByNameAlone: { severity: 'info', title: 'By name', why: 'Names repeat.' },
} as const;

const FINDING = {
  reason: 'TrustTooBroad',
  severity: 'critical',
  sentence: 'Everybody gets in.',
  witness: 'pay/api',
  remedy: 'Narrow it.',
  statement: { index: 1, sid: 'Pods' },
  subject: 'Pods',
} as const;

const TEXT = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "A" },
    {
      "Sid": "Pods"
    }
  ]
}`;

const results = (finding: Parameters<typeof sarifOf>[0][number], text = TEXT) =>
  sarifOf([finding], REASONS, 'trust.json', text).runs[0]?.results;

describe('sarifOf', () => {
  it('has a rule for every reason, and a result with its place for every finding', () => {
    const { runs, version } = sarifOf([FINDING], REASONS, 'trust.json', TEXT);
    expect(version).toBe('2.1.0');
    expect(runs[0]?.tool.driver.rules).toMatchObject([
      { id: 'ClusterByNameAlone', defaultConfiguration: { level: 'note' } },
      { id: 'TrustTooBroad', shortDescription: { text: 'Too broad' }, defaultConfiguration: { level: 'error' } },
    ]);
    expect(runs[0]?.results).toEqual([
      {
        ruleId: 'TrustTooBroad',
        level: 'error',
        message: { text: 'Everybody gets in. For example pay/api. Narrow it.' },
        locations: [{ physicalLocation: { artifactLocation: { uri: 'trust.json' }, region: { startLine: 5 } } }],
        partialFingerprints: { 'podid/v1': expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    ]);
  });

  it('knows a finding again by reason and subject, wherever its statement stands', () => {
    const print = (finding: Parameters<typeof results>[0]) => results(finding)?.[0]?.partialFingerprints;
    expect(print({ ...FINDING, statement: { index: 0 }, witness: 'x', sentence: 'y' })).toEqual(print(FINDING));
    expect(print({ ...FINDING, subject: 'Other' })).not.toEqual(print(FINDING));
    expect(print({ ...FINDING, reason: 'ClusterByNameAlone' })).not.toEqual(print(FINDING));
  });

  it.each<[what: string, text: string, index: number | undefined, line: number]>([
    ['no statement', TEXT, undefined, 1],
    ['a statement alone', '{\n"Statement":\n{}}', 0, 3],
    ['URL-encoded text', encodeURIComponent(TEXT), 1, 1],
    ['an index that is not there', TEXT, 7, 1],
    ['no text', '', 0, 1],
  ])('finds a line for %s', (_what, text, index, line) => {
    const { statement: _, ...rest } = FINDING;
    const found = results({ ...rest, ...(index !== undefined && { statement: { index } }) }, text);
    expect(found?.[0]?.locations?.[0]?.physicalLocation?.region?.startLine).toBe(line);
  });
});
