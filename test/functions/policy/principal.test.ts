import { describe, expect, it } from '@jest/globals';
import { gradeOf, parsePrincipal } from '../../../functions/policy/principal.ts';
import type { RequestPrincipal } from '../../../functions/policy/request.ts';
import { table } from './table.ts';

type Row = {
  readonly why: string;
  readonly principal: unknown;
  readonly caller: RequestPrincipal;
  /** Absent when the element does not reach the caller. */
  readonly grade?: string;
};

describe('principals', () => {
  it.each(table<Row>('principals').map((row) => [row.why, row] as const))('%s', (_why, row) => {
    expect(gradeOf(parsePrincipal(row.principal, '$', false), row.caller, 'Allow')).toBe(row.grade);
  });
});
