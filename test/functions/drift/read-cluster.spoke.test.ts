/** The look into a cluster, on an embedded one. */
import { DescribeClusterCommand, EKSClient, EKSServiceException } from '@aws-sdk/client-eks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ReadClusterOutput } from '../../../functions/drift/spoke-contract.ts';
import { SETUP_LINES, setupLost } from '../../../functions/kubernetes-setup.ts';
import { makeAuthority, startCluster } from '../../../local/kubernetes/index.ts';
import { type TestCluster, testCluster } from '../revocation/cluster.ts';
import { ACCOUNT, handlerOf, REGION } from '../revocation/spoke.ts';
import { setupManifests } from '../setup-objects.ts';

const read = await handlerOf('drift', 'read-cluster');
const run = async (cluster: string, more: object = {}) =>
  ReadClusterOutput.parse(await read({ account: ACCOUNT, region: REGION, cluster, ...more }));
const NAME = 'read-cluster-test';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster(NAME);
});
afterAll(() => cluster.close());
beforeEach(async () => {
  cluster.says.groups = ['podid-observe'];
  await cluster.local.apply(setupManifests());
});

/** The rest is for the other tests. */
const lost = async () => {
  const { rbac } = await run(NAME);
  return rbac === undefined ? 'unread' : setupLost(SETUP_LINES, rbac);
};
const named = (...kinds: string[]) => setupManifests().filter(({ kind }) => kinds.includes(kind));

describe('what it lets podid do', () => {
  it('is all there, as the API server gives it', async () => {
    expect((await run(NAME)).rbac).toEqual(SETUP_LINES.toSorted());
  });

  it('lacks what is gone with a binding', async () => {
    await cluster.local.remove(
      named('ClusterRoleBinding').filter(({ metadata }) => metadata?.name === 'podid-restart'),
    );
    expect(await lost()).toEqual(SETUP_LINES.filter((line) => /^podid-restart (patch|create|delete) /.test(line)));
  });

  it('lacks the admission policy with either of its halves', async () => {
    for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']) {
      await cluster.local.remove(named(kind));
      expect([kind, await lost()]).toEqual([
        kind,
        SETUP_LINES.filter((line) => line.startsWith('podid-restart-only ')),
      ]);
      await cluster.local.apply(named(kind));
    }
  });

  it('is nothing where our own binding is gone, or nobody ever applied any of it', async () => {
    await cluster.local.remove(
      named('ClusterRoleBinding').filter(({ metadata }) => metadata?.name === 'podid-observe'),
    );
    expect(await run(NAME)).toEqual({ rbac: [] });
    await cluster.local.remove(setupManifests());
    expect(await run(NAME)).toEqual({ rbac: [] });
  });

  it('may be read by those alone', async () => {
    cluster.says.groups = [];
    expect(await run(NAME)).toEqual({ rbac: [] });
    cluster.says.groups = ['podid-restart'];
    expect(await lost()).toEqual([]);
  });
});

describe('the agent', () => {
  const daemonSet = (name: string, labels: Record<string, string>) => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'kube-system', labels },
    spec: {
      selector: { matchLabels: { agent: name } },
      template: {
        metadata: { labels: { agent: name } },
        spec: { containers: [{ name: 'agent', image: 'agent' }] },
      },
    },
  });

  it('is the DaemonSet of its name in kube-system, once it runs on every node', async () => {
    expect((await run(NAME)).agent).toEqual({ kind: 'none' });
    const own = daemonSet('eks-pod-identity-agent', {});
    await cluster.local.apply([daemonSet('aws-node', {}), own]);
    let agent: ReadClusterOutput['agent'];
    for (let tries = 0; tries < 200 && !(agent?.kind === 'daemon-set' && agent.ready); tries += 1) {
      agent = (await run(NAME)).agent;
    }
    expect(agent).toEqual({ kind: 'daemon-set', ready: true });
    await cluster.local.remove([own]);
    expect((await run(NAME)).agent).toEqual({ kind: 'none' });
  });
});

describe('what can’t be read is left out, and no failure', () => {
  const eks = () => mockClient(EKSClient).on(DescribeClusterCommand);

  it('an endpoint that nobody reaches, a cluster that is gone', async () => {
    const certificateAuthority = { data: Buffer.from(cluster.local.certificateAuthority).toString('base64') };
    eks().resolves({ cluster: { endpoint: 'https://127.0.0.1:1', certificateAuthority } });
    expect(await run('private')).toEqual({});
    eks().rejects(
      new EKSServiceException({ name: 'ResourceNotFoundException', message: 'no', $fault: 'client', $metadata: {} }),
    );
    expect(await run('gone')).toEqual({});
  });

  it('one that doesn’t know our role', async () => {
    const authority = await makeAuthority(new Date());
    const shut = await startCluster({
      ...{ name: 'shut', account: ACCOUNT, region: REGION, arn: `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/shut` },
      tls: { ca: authority.ca, ...(await authority.issue(['127.0.0.1'])) },
      authenticate: async () => undefined,
      association: () => undefined,
      now: () => new Date(),
    });
    const data = Buffer.from(shut.certificateAuthority).toString('base64');
    eks().resolves({ cluster: { endpoint: shut.endpoint, certificateAuthority: { data } } });
    expect(await run('shut')).toEqual({});
    await shut.close();
  });

  it('but one of another account is not asked for at all', async () => {
    const asked = mockClient(EKSClient);
    await expect(run('other', { account: '444455556666' })).rejects.toMatchObject({ name: 'InputMalformed' });
    expect(asked.calls()).toEqual([]);
  });
});
