/** What podid misses in a cluster is what `infra/kubernetes` puts there, neither more nor less. */
import { describe, expect, test } from '@jest/globals';
import { setupLines } from '../../functions/kubernetes/setup-lines.ts';
import { SETUP_LINES, setupLost, showSetupLine } from '../../functions/kubernetes-setup.ts';
import { setupManifests, setupObjects } from './setup-objects.ts';

test('the lines are those of the YAML; after a change there, change them, and the digest of the policy', () => {
  expect(setupLines(setupObjects())).toEqual(SETUP_LINES.toSorted());
});

test('the YAML has nothing that the lines know nothing of', () => {
  const { roles, bindings, policy, policyBinding } = setupObjects();
  expect(setupManifests()).toHaveLength(
    roles.length + bindings.length + [policy, policyBinding].flatMap((one) => one ?? []).length,
  );
  expect([roles.length, bindings.length]).toEqual([2, 2]);
});

describe('what is lost', () => {
  test.each<[why: string, wanted: string, is: string[], lost: boolean]>([
    ['it is there', 'g list pods', ['g get pods', 'g list pods'], false],
    ['nothing is there', 'g list pods', [], true],
    ['another verb', 'g list pods', ['g get pods'], true],
    ['another group', 'g list pods', ['h list pods'], true],
    ['any verb', 'g list pods', ['g * pods'], false],
    ['anything of the core group', 'g list pods', ['g list *'], false],
    ['anything of another group', 'g list pods', ['g list *.apps'], true],
    ['anything of its group', 'g patch deployments.apps', ['g patch *.apps'], false],
    ['anything of the core group is nothing of another', 'g patch deployments.apps', ['g patch *'], true],
    ['anything', 'g patch deployments.apps', ['g * *.*'], false],
    ['the same name in any group', 'g patch deployments.apps', ['g patch deployments.*'], false],
    ['a dotted group', 'g get clusterroles.a.b own', ['g get clusterroles.a.b own'], false],
    ['any name', 'g get clusterroles.a.b own', ['g get clusterroles.a.b'], false],
    ['another name', 'g get clusterroles.a.b own', ['g get clusterroles.a.b other'], true],
    ['one name is not all', 'g get clusterroles.a.b', ['g get clusterroles.a.b own'], true],
    ['a subresource', 'g create pods/eviction', ['g create pods'], true],
    ['another policy', 'podid-restart-only 1', ['podid-restart-only 2'], true],
  ])('%s: %s', (_why, wanted, is, lost) => {
    expect(setupLost([wanted], is)).toEqual(lost ? [wanted] : []);
  });
});

test('nobody reads a digest', () => {
  expect(SETUP_LINES.map(showSetupLine).filter((line) => /[0-9a-f]{16}/.test(line))).toEqual([]);
  expect(showSetupLine('podid-observe list pods')).toBe('podid-observe list pods');
});
