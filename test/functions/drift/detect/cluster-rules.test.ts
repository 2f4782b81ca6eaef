/** What a person reads about a cluster that doesn't let podid do what it has to. */
import { expect, test } from '@jest/globals';
import { detect } from '../../../../functions/drift/detect/index.ts';
import { rbacText } from '../../../../functions/drift/facets/index.ts';
import { SETUP_LINES } from '../../../../functions/kubernetes-setup.ts';
import { CLUSTER, snapshot } from '../remedy/objects.ts';

const told = (rbac: readonly string[]): readonly string[] => {
  const setup = [{ kind: 'setup' as const }];
  const given = snapshot({
    ref: CLUSTER,
    facets: { exists: '2026', ...(rbac.length > 0 && { rbac: rbacText(rbac) }) },
    desired: { wanted: [{ facet: 'rbac', value: rbacText(SETUP_LINES), by: setup }], closed: [], conflicts: [] },
  });
  return detect(given, new Set()).map(({ reason, sentence }) => `${reason}: ${sentence}`);
};
const COMMAND = 'Run `kubectl apply -k infra/kubernetes` there.';

test('where nobody ever applied infra/kubernetes, or the binding went by which podid reads it, one sentence says both', () => {
  expect(told([])).toEqual([expect.stringContaining('the role podid-observe or its binding is gone, or all of it')]);
  expect(told([])).toEqual([expect.stringContaining(COMMAND)]);
});

test('one line that is gone is named', () => {
  const gone = 'podid-observe list pods';
  expect(told(SETUP_LINES.filter((line) => line !== gone))).toEqual([
    expect.stringMatching(new RegExp(`missing: ${gone}\\. Run `)),
  ]);
});

test('of many, five are named', () => {
  const [sentence = ''] = told(SETUP_LINES.filter((line) => !line.startsWith('podid-restart ')));
  expect(sentence).toContain('and 24 more');
  expect(sentence.match(/podid-restart [a-z]+ /g)).toHaveLength(5);
  expect(sentence).toContain(COMMAND);
});

test('a policy that was changed is told without its digest', () => {
  const changed = SETUP_LINES.map((line) => line.replace(/[0-9a-f]{64}$/, '0'.repeat(64)));
  expect(told(changed)).toEqual([
    expect.stringContaining('missing: the admission policy podid-restart-only as it was deployed. Run'),
  ]);
});

test('all of it, or more: nothing to tell', () => {
  expect(told(SETUP_LINES)).toEqual([]);
  expect(told([...SETUP_LINES, 'podid-observe list secrets'])).toEqual([]);
});
