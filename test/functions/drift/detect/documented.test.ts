/** docs/drift.md has a line for every reason, as `podid findings explain` says it. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { DRIFT_REASONS } from '../../../../functions/drift/detect/index.ts';

const lines = readFileSync(new URL('../../../../docs/drift.md', import.meta.url), 'utf8').split('\n');

test.each(Object.entries(DRIFT_REASONS))('%s', (name, { severity, title, why, remedy }) => {
  expect(lines).toContain(`| \`${name}\` | ${severity} | ${title}. ${why} | ${remedy} |`);
});
