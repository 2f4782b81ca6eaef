import { describe, expect, it } from '@jest/globals';
import { factsOf, judge, table } from './judge.ts';

describe('rules of principals, providers, services, actions and conditions', () => {
  it.each(table('linters').map((row) => [row.why, row] as const))('%s', (_, row) => {
    const findings = judge(factsOf(row));
    expect(findings.map(({ reason }) => reason)).toEqual(row.findings.map(({ reason }) => reason));
    expect(findings).toMatchObject(row.findings);
  });
});
