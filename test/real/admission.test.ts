/**
 * What the groups of `infra/kubernetes/` may do on a real kube-apiserver: restart, and nothing else.
 * Needs ../shared/tools/kubernetes (`build` it once); KUBEBUILDER_ASSETS says where the programs are.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setupLines } from '../../functions/kubernetes/setup-lines.ts';
import { SETUP_LINES } from '../../functions/kubernetes-setup.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const TOOLS = path.join(ROOT, '../shared/tools/kubernetes');
const suite = existsSync(TOOLS) ? describe : describe.skip;

const KINDS = ['deployment', 'statefulset', 'daemonset'] as const;
const RESTART = { 'kubectl.kubernetes.io/restartedAt': '2026-01-02T03:04:05Z' };
const template = (part: object) => ({ spec: { template: part } });

/** What podid-restart may not write; each is a merge patch on a workload with a label, an annotation and one container. */
const FORBIDDEN: [what: string, patch: object][] = [
  ['another image', template({ spec: { containers: [{ name: 'web', image: 'evil' }] } })],
  ['another service account', template({ spec: { serviceAccountName: 'admin' } })],
  ['a volume', template({ spec: { volumes: [{ name: 'v', hostPath: { path: '/' } }] } })],
  ['a label of the template', template({ metadata: { labels: { more: 'x' } } })],
  ['another annotation of the template', template({ metadata: { annotations: { more: 'x' } } })],
  ['another annotation beside the restart', template({ metadata: { annotations: { ...RESTART, more: 'x' } } })],
  ['a changed annotation', template({ metadata: { annotations: { kept: 'changed' } } })],
  ['a removed annotation', template({ metadata: { annotations: { kept: null } } })],
  [
    'an image beside the restart',
    template({ metadata: { annotations: RESTART }, spec: { containers: [{ name: 'web', image: 'evil' }] } }),
  ],
  ['an annotation of the workload', { metadata: { annotations: { more: 'x' } } }],
  ['a changed annotation of the workload', { metadata: { annotations: { kept: 'changed' } } }],
  ['a removed annotation of the workload', { metadata: { annotations: { kept: null } } }],
  ['a label of the workload', { metadata: { labels: { more: 'x' } } }],
  ['a finalizer', { metadata: { finalizers: ['example.com/stay'] } }],
  ['an owner', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '1' }] } }],
  ['the history limit', { spec: { revisionHistoryLimit: 3 } }],
  ['the ready seconds', { spec: { minReadySeconds: 7 } }],
];

suite('the real kube-apiserver', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'podid-admission-'));
  let kubeconfig = '';
  let program = '';

  const kubectl = (...args: string[]) =>
    new Promise<{ ok: boolean; text: string }>((resolve) => {
      execFile(program, ['--kubeconfig', kubeconfig, ...args], (error, stdout, stderr) =>
        resolve({ ok: error === null, text: `${stdout}${stderr}` }),
      );
    });
  const as = (group: string, ...args: string[]) =>
    kubectl('--as', 'podid', '--as-group', group, '--as-group', 'system:authenticated', ...args);
  // A dry run goes through admission and is not stored, so the tests can't disturb each other.
  const patch = (group: string, kind: string, change: object) =>
    as(group, 'patch', kind, 'web', '--type=strategic', '--dry-run=server', '--patch', JSON.stringify(change));
  const mayI = async (group: string, ...args: string[]) =>
    (await as(group, 'auth', 'can-i', ...args)).text.trim() === 'yes';

  beforeAll(async () => {
    program = path.join(execFileSync(path.join(TOOLS, 'build'), { encoding: 'utf8' }).trim(), 'kubectl');
    kubeconfig = execFileSync(path.join(TOOLS, 'up'), [dir, '1'], { encoding: 'utf8' }).trim();
    const applied = await kubectl('apply', '-k', path.join(ROOT, 'infra/kubernetes'));
    expect(applied).toMatchObject({ ok: true });
    execFileSync(program, ['--kubeconfig', kubeconfig, 'apply', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: KINDS.map(workload) }),
    });
    // The policy counts some moments after it was stored; when it does, this is refused by name.
    await until(async () =>
      (await patch('podid-restart', 'deployment', { metadata: { labels: { more: 'x' } } })).text.includes(
        'podid-restart-only',
      ),
    );
  });
  afterAll(() => {
    execFileSync(path.join(TOOLS, 'down'), [dir]);
    rmSync(dir, { recursive: true });
  });

  test.each(KINDS)('podid-restart may restart a %s', async (kind) => {
    expect(await patch('podid-restart', kind, template({ metadata: { annotations: RESTART } }))).toMatchObject({
      ok: true,
    });
  });

  test.each(KINDS)('kubectl rollout restart works on a %s, twice', async (kind) => {
    expect(await as('podid-restart', 'rollout', 'restart', `${kind}/web`)).toMatchObject({ ok: true });
    expect(await patch('podid-restart', kind, template({ metadata: { annotations: RESTART } }))).toMatchObject({
      ok: true,
    });
  });

  describe.each(KINDS)('podid-restart may not change a %s otherwise', (kind) => {
    test.each(FORBIDDEN)('%s', async (_what, change) => {
      const answer = await patch('podid-restart', kind, change);
      expect(answer).toMatchObject({
        ok: false,
        text: expect.stringContaining("ValidatingAdmissionPolicy 'podid-restart-only'"),
      });
    });
  });

  test('the policy is for podid alone: an administrator in no group of ours is not held back', async () => {
    expect(await kubectl('label', 'deployment', 'web', 'by=admin', '--dry-run=server')).toMatchObject({ ok: true });
  });

  test('its expressions fit the types of the objects', async () => {
    const status = await kubectl(
      'get',
      'validatingadmissionpolicy',
      'podid-restart-only',
      '-o',
      'jsonpath={.status.typeChecking}',
    );
    expect(status.text).toBe('{}');
  });

  const OBSERVED = [
    'pods',
    'serviceaccounts',
    'nodes',
    'deployments',
    'replicasets',
    'statefulsets',
    'daemonsets',
    'jobs',
    'poddisruptionbudgets',
  ];
  test.each(['podid-observe', 'podid-restart'])('%s may read what it must', async (group) => {
    for (const resource of OBSERVED) {
      for (const verb of ['get', 'list'])
        expect([verb, resource, await mayI(group, verb, resource, '-A')]).toEqual([verb, resource, true]);
    }
  });

  test('what the API server makes of infra/kubernetes is what podid looks for', async () => {
    const get = async (kind: string, name: string) =>
      JSON.parse((await as('podid-observe', 'get', kind, name, '-o', 'json')).text);
    const seen = {
      roles: [await get('clusterrole', 'podid-observe'), await get('clusterrole', 'podid-restart')],
      bindings: [await get('clusterrolebinding', 'podid-observe'), await get('clusterrolebinding', 'podid-restart')],
      policy: await get('validatingadmissionpolicy', 'podid-restart-only'),
      policyBinding: await get('validatingadmissionpolicybinding', 'podid-restart-only'),
    };
    expect(setupLines(seen)).toEqual(SETUP_LINES.toSorted());
  });

  test.each(['podid-observe', 'podid-restart'])('%s may read these by name, and no others', async (group) => {
    for (const kind of ['clusterroles', 'clusterrolebindings']) {
      expect([kind, await mayI(group, 'get', `${kind}/podid-restart`, '-A')]).toEqual([kind, true]);
      expect([kind, await mayI(group, 'get', `${kind}/cluster-admin`, '-A')]).toEqual([kind, false]);
      expect([kind, await mayI(group, 'list', kind, '-A')]).toEqual([kind, false]);
    }
  });

  const NEVER: string[][] = [
    ['get', 'secrets'],
    ['create', 'pods'],
    ['create', 'pods', '--subresource=exec'],
    ['get', 'pods', '--subresource=log'],
    ['patch', 'pods'],
    ['update', 'deployments'],
    ['create', 'deployments'],
    ['delete', 'deployments'],
    ['patch', 'deployments', '--subresource=scale'],
    ['patch', 'replicasets'],
    ['patch', 'nodes'],
    ['create', 'serviceaccounts', '--subresource=token'],
    ['impersonate', 'users'],
    ['patch', 'clusterroles'],
    ['patch', 'validatingadmissionpolicies'],
    ['deletecollection', 'pods'],
  ];
  test.each(['podid-observe', 'podid-restart'])('%s may do none of what it need not', async (group) => {
    for (const ask of NEVER) {
      expect([...ask, await mayI(group, ...ask, '-A')]).toEqual([...ask, false]);
    }
  });

  test('only podid-restart may write at all', async () => {
    const writes = [
      ['patch', 'deployments'],
      ['patch', 'statefulsets'],
      ['patch', 'daemonsets'],
      ['create', 'pods', '--subresource=eviction'],
      ['delete', 'pods'],
    ];
    for (const ask of writes) {
      expect([...ask, await mayI('podid-restart', ...ask, '-A')]).toEqual([...ask, true]);
      expect([...ask, await mayI('podid-observe', ...ask, '-A')]).toEqual([...ask, false]);
    }
  });
});

const workload = (kind: (typeof KINDS)[number]) => ({
  apiVersion: 'apps/v1',
  kind: { deployment: 'Deployment', statefulset: 'StatefulSet', daemonset: 'DaemonSet' }[kind],
  metadata: { name: 'web', annotations: { kept: 'as it was' } },
  spec: {
    ...(kind === 'statefulset' ? { serviceName: 'web' } : {}),
    selector: { matchLabels: { app: kind } },
    template: {
      metadata: { labels: { app: kind }, annotations: { kept: 'as it was' } },
      spec: { containers: [{ name: 'web', image: 'web:1' }] },
    },
  },
});

const until = async (done: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 100; tries += 1) if (await done()) return;
  throw new Error('the admission policy never came into force');
};
