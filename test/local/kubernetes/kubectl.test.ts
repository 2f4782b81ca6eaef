/** The real kubectl against the embedded API: what people type, and what they see. Skipped where kubectl is not installed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import type { LocalCluster } from '../../../local/kubernetes/index.ts';
import {
  deployment,
  hasKubectl,
  type Kubectl,
  kubectlFor,
  namespace,
  serviceAccount,
  start,
  until,
} from './harness.ts';

const suite = hasKubectl ? describe : describe.skip;
const TITLE = hasKubectl ? 'kubectl' : 'kubectl: skipped, because no kubectl is on PATH';
const ROLE = 'arn:aws:iam::111122223333:role/orders';

suite(TITLE, () => {
  let cluster: LocalCluster;
  let kubectl: Kubectl;
  let bob: Kubectl;
  const disposals: (() => void)[] = [];

  beforeAll(async () => {
    cluster = await start({ association: (_space, account) => (account === 'orders' ? { roleArn: ROLE } : undefined) });
    const [admin, other] = [kubectlFor(cluster), kubectlFor(cluster, 'bob-token')];
    [kubectl, bob] = [admin.kubectl, other.kubectl];
    disposals.push(admin.dispose, other.dispose);
    const manifests = [
      namespace('shop'),
      serviceAccount('orders'),
      serviceAccount('legacy', { 'eks.amazonaws.com/role-arn': ROLE }),
      deployment('orders', 2, {}, { serviceAccountName: 'orders' }),
      deployment('legacy', 1, {}, { serviceAccountName: 'legacy' }),
    ];
    const applied = await kubectl('apply -f -', manifests.map((manifest) => stringify(manifest)).join('---\n'));
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect((await kubectl('-n shop rollout status deploy/orders --timeout=20s')).stdout).toContain(
      'successfully rolled out',
    );
  });
  afterAll(async () => {
    for (const dispose of disposals) dispose();
    await cluster.close();
  });

  const ok = async (args: string, input?: string, env?: { [name: string]: string }): Promise<string> => {
    const { code, stdout, stderr } = await kubectl(args, input, env);
    if (code !== 0) throw new Error(`kubectl ${args}: ${stderr}`);
    return stdout;
  };
  const words = (line: string | undefined): string[] => (line ?? '').trim().split(/\s{2,}/);

  it('prints tables, wide and narrow', async () => {
    const [head, ...rows] = (await ok('-n shop get pods -l app=orders')).trim().split('\n');
    expect(words(head)).toEqual(['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE']);
    expect(rows).toHaveLength(2);
    expect(words(rows[0]).slice(1, 4)).toEqual(['1/1', 'Running', '0']);
    const wide = (await ok('-n shop get deploy orders -o wide')).trim().split('\n');
    expect(words(wide[0])).toEqual([
      'NAME',
      'READY',
      'UP-TO-DATE',
      'AVAILABLE',
      'AGE',
      'CONTAINERS',
      'IMAGES',
      'SELECTOR',
    ]);
    expect(words(wide[1]).slice(5)).toEqual(['main', 'main:1', 'app=orders']);
    expect(await ok('get nodes')).toMatch(/node-1\s+Ready\s+<none>/);
    expect(await ok('get ns')).toMatch(/shop\s+Active/);
    expect((await ok('-n shop get all -o name')).split('\n')).toEqual(
      expect.arrayContaining(['deployment.apps/orders']),
    );
    expect(await ok('-n shop get sa')).toMatch(/^NAME\s+SECRETS\s+AGE\ndefault/);
  });

  it('prints objects, and selects by fields', async () => {
    const env = await ok(`-n shop get pods -l app=orders -o 'jsonpath={.items[*].spec.containers[*].env[*].name}'`);
    expect(env.match(/AWS_CONTAINER_CREDENTIALS_FULL_URI/g)).toHaveLength(2);
    const legacy = await ok(
      `-n shop get pods --field-selector spec.serviceAccountName=legacy -o 'jsonpath={.items[*].spec.volumes[0].name}'`,
    );
    expect(legacy).toBe('aws-iam-token');
    expect(JSON.parse(await ok('-n shop get deploy orders -o json'))).toMatchObject({
      kind: 'Deployment',
      spec: { replicas: 2 },
    });
    expect(await ok('-n shop get pods -o name --chunk-size=1')).toMatch(/^(pod\/[a-z0-9-]+\n){3}$/);
    expect(await ok('-n shop describe deploy orders')).toContain('NewReplicaSet:');
    expect(await ok('-n shop describe pods -l app=orders')).toContain('Successfully assigned shop/orders-');
    expect(await ok('describe node node-1')).toContain('podid local node');
    expect(await ok('explain deployment.spec.strategy.rollingUpdate')).toContain('maxSurge');
  });

  it('applies again without a change, and shows differences', async () => {
    const manifest = stringify(deployment('orders', 2, {}, { serviceAccountName: 'orders' }));
    expect(await ok('apply -f -', manifest)).toBe('deployment.apps/orders unchanged\n');
    expect((await kubectl('diff -f -', manifest)).code).toBe(0);
    const other = stringify(deployment('orders', 2, { minReadySeconds: 1 }, { serviceAccountName: 'orders' }));
    const diff = await kubectl('diff -f -', other);
    expect(diff.code).toBe(1);
    expect(diff.stdout).toContain('+  minReadySeconds: 1');
    expect(await ok('apply --dry-run=server -f -', other)).toBe('deployment.apps/orders configured (server dry run)\n');
    expect(await ok(`-n shop get deploy orders -o 'jsonpath={.spec.minReadySeconds}'`)).toBe('');
  });

  it('restarts a deployment; the pods lose what is no longer associated', async () => {
    const before = await ok('-n shop get pods -l app=orders -o name');
    await ok('-n shop rollout restart deploy/orders');
    expect(await ok('-n shop rollout status deploy/orders --timeout=20s')).toContain('successfully rolled out');
    const after = await until(
      () => ok('-n shop get pods -l app=orders -o name'),
      (names) => names.trim().split('\n').length === 2,
      'old pods gone',
    );
    for (const name of before.trim().split('\n')) expect(after).not.toContain(name);
    expect(await ok('-n shop rollout history deploy/orders')).toMatch(
      /REVISION\s+CHANGE-CAUSE\n1\s+<none>\n2\s+<none>/,
    );
    expect(await ok('-n shop rollout undo deploy/orders')).toContain('rolled back');
    await ok('-n shop rollout status deploy/orders --timeout=20s');
    expect(await ok('-n shop rollout history deploy/orders')).toMatch(/\n2\s+<none>\n3\s+<none>/);
  });

  it('watches', async () => {
    const watching = kubectl('-n shop get deploy legacy --watch --request-timeout=2s');
    await ok('-n shop annotate deploy legacy note=seen');
    await ok('-n shop scale deploy legacy --replicas=2');
    await ok('-n shop rollout status deploy/legacy --timeout=20s');
    const { stdout } = await watching;
    expect(stdout.match(/NAME /g)).toHaveLength(1);
    expect(stdout).toMatch(/legacy\s+2\/2/);
    await ok('-n shop scale deploy legacy --replicas=1');
  });

  it('creates things with protobuf bodies, changes and deletes them', async () => {
    await ok('-n shop create sa made');
    await ok('-n shop create configmap settings --from-literal=a=b');
    await ok('-n shop create secret generic hidden --from-literal=a=b');
    await ok('-n shop create deployment web --image=nginx:1 --replicas=0');
    await ok('-n shop create job once --image=busybox');
    await ok('-n shop create role look --verb=get --resource=pods');
    await ok('-n shop create rolebinding look --role=look --serviceaccount=shop:made');
    await ok('-n shop expose deploy web --port=80');
    expect(await ok(`-n shop get secret hidden -o 'jsonpath={.data.a}'`)).toBe('Yg==');
    expect(await ok(`-n shop get deploy web -o 'jsonpath={.spec.replicas}'`)).toBe('0');
    await ok('-n shop label cm settings tier=web');
    await ok('-n shop set image deploy/web nginx=nginx:2');
    await ok(`-n shop patch deploy web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":1}]'`);
    await ok('-n shop rollout status deploy/web --timeout=20s');
    expect(await ok('-n shop get deploy web -o wide')).toMatch(/web\s+1\/1\s+1\s+1\s+\S+\s+nginx\s+nginx:2/);
    await ok('-n shop delete deploy,svc web');
    await ok('-n shop delete job once --cascade=foreground --timeout=20s');
    expect(await ok('-n shop get cm -l tier=web -o name')).toBe('configmap/settings\n');
    await ok('-n shop delete cm settings');
    expect(await kubectl('-n shop get cm settings')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('configmaps "settings" not found'),
    });
  });

  it('makes tokens that are bound to a pod', async () => {
    const pod = (await ok('-n shop get pods -l app=orders -o name')).split('\n')[0]?.replace('pod/', '');
    const token = await ok(
      `-n shop create token orders --audience pods.eks.amazonaws.com --bound-object-kind Pod --bound-object-name ${pod} --duration 20m`,
    );
    const reviewed = await cluster.reviewToken(token.trim(), 'pods.eks.amazonaws.com');
    expect(reviewed).toMatchObject({ namespace: 'shop', serviceAccount: 'orders', pod: { name: pod } });
    expect(await kubectl('-n shop create token nobody')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('serviceaccounts "nobody" not found'),
    });
    expect((await kubectl('-n shop create token orders --duration 1m')).stderr).toContain(
      'may not specify a duration less than 10 minutes',
    );
  });

  it('says who one is, and what one may do', async () => {
    expect(await ok('auth whoami')).toMatch(/Username\s+admin/);
    expect(await ok('auth can-i delete pods')).toBe('yes\n');
    expect(await bob('auth can-i delete pods')).toMatchObject({ code: 1, stdout: 'no\n' });
    expect(await ok('-n shop auth can-i get pods --as system:serviceaccount:shop:made')).toBe('yes\n');
    expect((await bob('get pods')).stderr).toBe(
      'Error from server (Forbidden): pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"\n',
    );
    expect((await bob('auth can-i --list')).stdout).toContain('selfsubjectaccessreviews.authorization.k8s.io');
  });

  it('drains a node, but for what a budget holds back', async () => {
    await ok('-n shop create pdb orders --selector=app=orders --min-available=2');
    const [node, other] = (await ok(`-n shop get pods -l app=orders -o 'jsonpath={.items[*].spec.nodeName}'`)).split(
      ' ',
    );
    await until(
      () => ok('-n shop get pdb orders -o jsonpath={.status.currentHealthy}'),
      (healthy) => healthy === '2',
      'budget',
    );
    const refused = await kubectl(`drain ${node} --ignore-daemonsets --force --timeout=1s`);
    expect(refused.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
    await ok('-n shop delete pdb orders');
    expect(await ok(`drain ${node} --ignore-daemonsets --force --timeout=20s`)).toContain(`node/${node} drained`);
    expect(await ok('get nodes')).toMatch(new RegExp(`${node}\\s+Ready,SchedulingDisabled`));
    await ok(`uncordon ${node}`);
    expect([node, other]).toEqual([expect.stringMatching(/^node-/), expect.stringMatching(/^node-/)]);
  });

  it("names what is wrong, in Kubernetes' words", async () => {
    const wrong = stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'Wrong_Name', namespace: 'shop' },
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'b' } }, spec: { containers: [{ name: 'c', imagee: 'd' }] } },
      },
    });
    expect((await kubectl('apply -f -', wrong)).stderr).toContain(
      'strict decoding error: unknown field "spec.template.spec.containers[0].imagee"',
    );
    const { stderr } = await kubectl('apply --validate=false -f -', wrong);
    expect(stderr).toContain(
      '* metadata.name: Invalid value: "Wrong_Name": a lowercase RFC 1123 subdomain must consist of',
    );
    expect(stderr).toContain(
      '* spec.template.metadata.labels: Invalid value: {"app":"b"}: `selector` does not match template `labels`',
    );
    expect(stderr).toContain('* spec.template.spec.containers[0].image: Required value');
  });

  it('is told what only a real cluster can do', async () => {
    const pod = (await ok('-n shop get pods -l app=orders -o name')).split('\n')[0];
    expect((await kubectl(`-n shop logs ${pod}`)).stderr).toContain('KUBEBUILDER_ASSETS');
    expect((await kubectl(`-n shop exec ${pod} -- ls`)).stderr).toContain('KUBEBUILDER_ASSETS');
    expect((await kubectl(`-n shop port-forward ${pod} 20001:80`)).stderr).toContain('KUBEBUILDER_ASSETS');
    expect((await kubectl(`-n shop debug ${pod} --image=busybox`)).stderr).toContain('KUBEBUILDER_ASSETS');
    const manifest = stringify(deployment('orders', 2));
    for (const each of [manifest, stringify(deployment('not-there-yet', 1))]) {
      expect((await kubectl('apply --server-side -f -', each)).stderr).toContain(
        'Server-side apply not available on the server: (server-side apply is not supported',
      );
    }
  });

  it('edits, replaces, labels, taints and waits', async () => {
    await ok('-n shop create configmap edited --from-literal=a=b');
    // The editor is a program like any other: kubectl gives it a file.
    expect(await ok('-n shop edit cm edited', '', { KUBE_EDITOR: "sed -i 's/a: b/a: c/'" })).toContain('edited');
    expect(await ok('-n shop get cm edited -o jsonpath={.data.a}')).toBe('c');
    const manifest = await ok('-n shop get cm edited -o yaml');
    expect(await ok('replace -f -', manifest.replace('a: c', 'a: d'))).toBe('configmap/edited replaced\n');
    expect((await kubectl('replace -f -', manifest)).stderr).toContain('the object has been modified');
    await ok('-n shop label cm edited x=1');
    expect((await kubectl('-n shop label cm edited x=2')).stderr).toContain('already has a value (1), and --overwrite');
    await ok('-n shop label cm edited x-');
    expect(await ok('-n shop wait cm/edited --for=jsonpath={.data.a}=d --timeout=10s')).toContain('condition met');
    await ok('taint nodes node-1 spot=yes:NoSchedule');
    expect(await ok('describe node node-1')).toMatch(/Taints:\s+spot=yes:NoSchedule/);
    await ok('taint nodes node-1 spot-');
    await ok('-n shop delete cm edited --wait');
    expect(await ok('-n shop wait cm/edited --for=delete --timeout=10s')).toBe('');
  });

  it('runs jobs, and makes them from cron jobs', async () => {
    await ok(`-n shop create cronjob nightly --image=busybox --schedule='0 3 * * *' -- date`);
    await ok('-n shop create job by-hand --from=cronjob/nightly');
    expect(await ok('-n shop wait job/by-hand --for=condition=complete --timeout=20s')).toContain('condition met');
    expect(await ok('-n shop get jobs by-hand')).toMatch(/by-hand\s+Complete\s+1\/1/);
    expect(await ok('-n shop get pods -l job-name=by-hand')).toMatch(/0\/1\s+Completed/);
    expect(await ok('-n shop describe job by-hand')).toMatch(/SuccessfulCreate .*Created pod: by-hand-/);
    expect(await ok('-n shop get cronjobs')).toMatch(/nightly\s+0 3 \* \* \*\s+<none>\s+False\s+0\s+<none>/);
    expect((await kubectl(`-n shop create cronjob bad --image=a --schedule='* * *'`)).stderr).toContain(
      'spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]',
    );
    await ok('-n shop delete cronjob nightly');
    await until(
      () => ok('-n shop get jobs -o name'),
      (names) => !names.includes('by-hand'),
      'its job gone',
    );
  });

  it('applies and diffs an Argo rollout', async () => {
    const rollout = (image: string): string =>
      stringify({ ...deployment('canary', 1), apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }).replace(
        'main:1',
        image,
      );
    expect(await ok('apply -f -', rollout('main:1'))).toBe('rollout.argoproj.io/canary created\n');
    expect((await kubectl('diff -f -', rollout('main:2'))).stdout).toContain('+      - image: main:2');
    await ok('apply -f -', rollout('main:2'));
    await ok('-n shop wait ro/canary --for=jsonpath={.status.phase}=Healthy --timeout=20s');
    expect(await ok('-n shop get ro')).toMatch(/canary\s+1\s+1\s+1\s+1/);
    await ok('-n shop delete ro canary');
  });

  it('applies what an application brings along, though nothing acts on it', async () => {
    await ok('-n shop create quota few --hard=pods=100');
    await ok('-n shop create ingress web --rule=shop.example/=web:80');
    expect(await ok('-n shop get ing,quota,pvc,netpol,hpa,limits')).toMatch(/ingress\S+\/web\s+<none>\s+shop\.example/);
    expect(await ok('-n shop get quota')).toMatch(/few\s+pods: 0\/100/);
    await ok('-n shop delete ingress,quota --all');
  });

  it('deletes a namespace and waits for it', async () => {
    await ok('create ns brief');
    await ok('-n brief create deployment web --image=nginx');
    expect(await ok('delete ns brief --timeout=20s')).toBe('namespace "brief" deleted\n');
    expect((await kubectl('get ns brief')).stderr).toContain('namespaces "brief" not found');
  });
});
