import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { REASONS } from '../../../../functions/trust/findings/index.ts';

const page = readFileSync(new URL('../../../../docs/findings.md', import.meta.url), 'utf8');

it('docs/findings.md has each reason with its severity', () => {
  const lines = Object.entries(REASONS).map(([reason, { severity }]) => `| \`${reason}\` | ${severity} |`);
  expect(lines.filter((line) => !page.includes(line))).toEqual([]);
});
