/** Findings as metrics: each by its reason, by mode, and by both. */
import { expect, it } from '@jest/globals';
import { countFindings } from '../../../../functions/drift/looking/count-findings.ts';
import { seenRow } from '../../../../functions/store/finding-row.ts';
import { NOW } from '../remedy/objects.ts';

const judged = { at: NOW, cause: { kind: 'Looked' }, complete: true };
const row = (reason: string) => seenRow('an object', { reason, severity: 'error', sentence: '' }, undefined, judged);
const counted = (kept: Parameters<typeof countFindings>[1]): readonly string[] => {
  const metrics: string[] = [];
  const modeOf = (reason: string) => (reason === 'BoundaryRemoved' ? 'remediate' : 'notify');
  countFindings((metric, by = {}) => metrics.push([metric, ...Object.values(by)].join(' ')), kept, modeOf);
  return metrics.sort();
};

it('counts what was opened by reason, by the mode for that reason, and by both', () => {
  expect(counted({ opened: ['PolicyAttached', 'BoundaryRemoved'].map(row), resolved: [] })).toEqual([
    'BoundaryRemoved',
    'FindingOpened BoundaryRemoved remediate',
    'FindingOpened PolicyAttached notify',
    'FindingOpened notify',
    'FindingOpened remediate',
    'PolicyAttached',
  ]);
});

it('counts what was resolved apart from it', () => {
  expect(counted({ opened: [], resolved: [row('PolicyAttached'), row('PolicyAttached')] })).toEqual([
    'FindingResolved PolicyAttached notify',
    'FindingResolved PolicyAttached notify',
    'FindingResolved notify',
    'FindingResolved notify',
  ]);
});

it('counts nothing where nothing changed', () => {
  expect(counted({ opened: [], resolved: [] })).toEqual([]);
});
