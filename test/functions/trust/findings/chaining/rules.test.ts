import { describe, expect, it } from '@jest/globals';
import { factsOf, judge, table } from '../linters/judge.ts';

describe('rules of target roles and their sources', () => {
  it.each(table('chaining').map((row) => [row.why, row] as const))('%s', (_, row) => {
    const findings = judge(factsOf(row));
    expect(findings.map(({ reason }) => reason)).toEqual(row.findings.map(({ reason }) => reason));
    expect(findings).toMatchObject(row.findings);
  });
});
