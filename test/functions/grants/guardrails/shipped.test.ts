/** The guardrails that are shipped: sound, said by cases, and each of them needed. */
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readText } from '../../../../cli/guardrails-files.ts';
import {
  aboutWhat,
  checkGuardrails,
  loadGuardrails,
  runCases,
  undecidedBy,
} from '../../../../functions/grants/guardrails/index.ts';
import { cases, config, engine, files, guardrails, ROOT } from './shipped.ts';

const { source, teams, teamsFile } = files;
const results = runCases({ guardrails, teams, config }, cases);
const all = [...guardrails.policies.values()];

test('nothing is wrong with them', () => {
  expect(checkGuardrails(engine, source, { config, teams, teamsFile })).toEqual([]);
});

test.each(results.map((result) => [result.name, result] as const))('%s', (_name, { differences }) => {
  expect(differences).toEqual([]);
});

test('every guardrail decides in a case', () => {
  expect(undecidedBy(guardrails, results)).toEqual([]);
});

describe.each(all.map((policy) => [policy.id, policy] as const))('%s', (id, policy) => {
  const { file, text } = policy;
  test('leaves cases of its action alone', () => {
    const { actions } = aboutWhat(guardrails, policy);
    const asked = cases.cases.flatMap(({ when }, index) => {
      const action = typeof when === 'string' ? when : (Object.keys(when)[0] ?? '');
      return actions.includes(action) ? [results[index]] : [];
    });
    expect(asked.some((result) => result?.verdict?.because.every((because) => because.id !== id))).toBe(true);
  });

  test('without it a case fails', () => {
    const without = source.policies.map((each) =>
      each.file === file ? { file, text: each.text.replace(text, '') } : each,
    );
    const mutated = loadGuardrails(engine, { ...source, policies: without });
    expect(mutated.problems).toEqual([]);
    const its = cases.cases.filter(({ expect: { because = [] } }) => because.includes(id));
    const red = runCases({ guardrails: mutated, teams, config }, { ...cases, cases: its });
    expect(red.filter(({ passed }) => !passed)).not.toEqual([]);
  });
});

test('the documentation has a row for each, and for no other', () => {
  const rows = [...readText(path.join(ROOT, 'docs/guardrails.md')).text.matchAll(/^\| `([a-z.-]+)` \| [A-Z]/gm)];
  expect(rows.map(([, id = '']) => id).sort()).toEqual(all.map(({ id }) => id).sort());
});

test('every approval that can be missing says so, and nothing else does', () => {
  expect(all.filter(({ missing }) => missing !== undefined).map(({ id }) => id)).toEqual(
    all
      .filter((policy) => policy.effect === 'forbid' && aboutWhat(guardrails, policy).actions.includes('Proceed'))
      .map(({ id }) => id),
  );
});
