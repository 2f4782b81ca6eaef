import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { REASONS_A } from '../../../../../functions/trust/findings/reasons.ts';
import { factsOf, judge, type Row } from './judge.ts';

const rows: readonly Row[] = JSON.parse(readFileSync(new URL('./rules.json', import.meta.url), 'utf8'));

describe('findings about Pod Identity', () => {
  it.each(rows)('$why', (row) => {
    const findings = judge(factsOf(row));
    expect(findings.map(({ reason }) => reason)).toEqual(row.findings.map(({ reason }) => reason));
    expect(findings).toMatchObject(row.findings);
  });

  it('has a row for every reason', () => {
    const told = new Set(rows.flatMap(({ findings }) => findings.map(({ reason }) => reason)));
    expect([...told].toSorted()).toEqual(Object.keys(REASONS_A).toSorted());
  });
});
