/** What can go wrong around a revocation: clusters that don't answer, roles that can't be written, events that can't be read, tokens that are wrong. */
import {
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  EKSClient,
  UpdateAccessEntryCommand,
} from '@aws-sdk/client-eks';
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { OBSERVE_GROUP, RESTART_GROUP, spokeRoleName } from '../../../functions/names.ts';
import type { Credentials, Service } from '../../../local/contract.ts';
import { makeAuthority } from '../../../local/kubernetes/authority.ts';
import { clustersOf } from '../../../local/services/eks/state.ts';
import { ApiError } from '../../../local/wire/errors.ts';
import { dissociate } from './associations.ts';
import { podid } from './command-line.ts';
import { concerns, instead } from './faults.ts';
import { fleet, inShop, NAMESPACE, REGION, roleArn, SHOP } from './fleets.ts';
import { as, clusterAt, deadLetters, type Place, type Running, settled, startFleet, storeOf } from './harness.ts';
import { changeIn, type Mail, mailOf } from './mail.ts';
import { assumeRoleForPodIdentity, namesOf, podCredentials, podsOf, podsRunning, podToken, scan } from './pods.ts';
import { deniesOn, ended, reasonsOf, resultOf } from './revocations.ts';

/** A cluster for each way of not getting in, with the finding that it must give. */
const CLUSTERS = [
  { name: 'closed', reason: 'ClusterUnreachable', sentence: /no answer from the endpoint of cluster closed/ },
  { name: 'no-entry', reason: 'ClusterUnauthorized', sentence: /cluster no-entry does not know this function's role/ },
  {
    name: 'no-group',
    reason: 'ClusterForbidden',
    sentence: /may not list pods in namespace checkout of cluster no-group/,
  },
  { name: 'impostor', reason: 'ClusterUntrusted', sentence: /certificate that is not from the cluster's CA/ },
] as const;
const MEMBERS = ['role-gone', 'protected', 'throttled', 'undone', 'forbidden', 'unread'];

const inCluster = (name: string): Place => ({ context: name, namespace: NAMESPACE, serviceAccount: name });

let demo: Running;
let mail: Mail;
let throttled = 0;
const taken = new Map<string, { readonly credentials: Credentials; readonly pods: string[] }>();

beforeAll(async () => {
  demo = await startFleet(
    fleet({
      clusters: [{ name: 'shop', members: MEMBERS }, ...CLUSTERS.map(({ name }) => ({ name, members: [name] }))],
      excludedRoles: ['protected'],
    }),
    {
      around: (service) =>
        instead(undoing(service), 'iam', 'PutRolePolicy', async (input, { caller }, run) => {
          const ours = caller.role?.name.startsWith('podid-cut-sessions') === true;
          if (!ours || !JSON.stringify(input).includes('throttled') || throttled > 1) return run();
          throttled += 1;
          throw new ApiError('Throttling', 400, 'Rate exceeded');
        }),
    },
  );
  mail = mailOf(demo);
  for (const place of [...MEMBERS.map(inShop), ...CLUSTERS.map(({ name }) => inCluster(name))]) {
    const pods = namesOf(await podsRunning(demo, place, 1));
    taken.set(place.serviceAccount, { credentials: await podCredentials(demo, place), pods });
  }
}, 120_000);
afterAll(async () => demo?.stop(), 20_000);

/** Takes the deny of `undone` away again when its pods are looked at, as Terraform's `inline_policy` would. */
const undoing = (service: Service): Service =>
  instead(service, 'lambda', 'Invoke', async (input, _call, run) => {
    if (concerns({ file: 'verify', about: 'undone' }, input)) {
      const [deny] = await deniesOn(demo, 'shop', 'undone');
      if (deny !== undefined)
        await iam().send(new DeleteRolePolicyCommand({ RoleName: 'undone', PolicyName: deny.name }));
    }
    return run();
  });

/** What somebody sees who copied the pod's credentials before. */
const stolen = (member: string): Promise<string> => {
  const known = taken.get(member);
  if (known === undefined) throw new Error(`no credentials of ${member} were taken`);
  return scan(demo, known.credentials);
};

const replaced = async (place: Place): Promise<boolean> => {
  const pods = namesOf(await podsOf(demo, place));
  return pods.length === 1 && pods[0] !== taken.get(place.serviceAccount)?.pods[0];
};

const eks = () => new EKSClient(as(demo, 'shop'));
const iam = () => new IAMClient(as(demo, 'shop'));

/** The roles of the functions that enter clusters. */
const ENTERING = ['assess', 'restart', 'verify'].map((file) => ({
  principalArn: roleArn(spokeRoleName(file, REGION)),
  kubernetesGroups: [file === 'restart' ? RESTART_GROUP : OBSERVE_GROUP],
}));

/** Puts another certificate authority before what EKS says of a cluster. */
const untrust = (name: string, certificateAuthority: string): void => {
  const known = clustersOf(demo.cloud, SHOP, REGION);
  const cluster = known.get(name);
  if (cluster !== undefined) known.set(name, { ...cluster, certificateAuthority });
};

describe('when the cluster does not let us in', () => {
  beforeAll(async () => {
    await clusterAt(demo, 'closed').local.close();
    for (const { principalArn } of ENTERING) {
      await eks().send(new DeleteAccessEntryCommand({ clusterName: 'no-entry', principalArn }));
      await eks().send(new UpdateAccessEntryCommand({ clusterName: 'no-group', principalArn, kubernetesGroups: [] }));
    }
    untrust('impostor', (await makeAuthority(new Date())).ca);
    await Promise.all(CLUSTERS.map(({ name }) => dissociate(demo, inCluster(name))));
    await settled(demo);
  }, 60_000);

  it.each(CLUSTERS)('$name: fails as $reason, says what is left to do, and the deny stands', async (cluster) => {
    const place = inCluster(cluster.name);
    const row = await ended(demo, place);
    expect(row.outcome).toBe('failed');
    const { findings, cut } = resultOf(row);
    expect(findings.map(({ reason }) => reason)).toEqual([cluster.reason]);
    expect(findings[0]?.sentence).toMatch(cluster.sentence);
    expect(findings[0]?.remedy).toContain(`podid revocations retry ${row.revocation.id}`);
    expect(findings[0]?.remedy).toContain(`kubectl --context ${cluster.name} -n checkout get pods`);
    expect(cut).toMatchObject([{ status: 'cut' }]);
    expect(await stolen(cluster.name)).toMatch(/explicit deny/);
  });

  it('finishes, when the cause is mended and somebody asks', async () => {
    const mended = ['no-entry', 'no-group', 'impostor'];
    for (const entry of ENTERING) {
      await eks().send(new CreateAccessEntryCommand({ clusterName: 'no-entry', ...entry }));
      await eks().send(new UpdateAccessEntryCommand({ clusterName: 'no-group', ...entry }));
    }
    untrust('impostor', clusterAt(demo, 'impostor').local.certificateAuthority);
    await Promise.all(mended.map(async (name) => retry(inCluster(name))));
    for (const name of mended) {
      expect((await ended(demo, inCluster(name), 2)).outcome).toBe('revoked');
      expect(await replaced(inCluster(name))).toBe(true);
    }
  }, 60_000);
});

/** Runs the last revocation of an identity again, as an operator does. */
const retry = async (place: Place): Promise<void> => {
  const { revocation } = await ended(demo, place);
  const { code, err } = await podid(demo, ['revocations', 'retry', revocation.id]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
};

describe('when a role can not be written', () => {
  beforeAll(async () => {
    await iam().send(new DeleteRolePolicyCommand({ RoleName: 'role-gone', PolicyName: 'scan' }));
    await iam().send(new DeleteRoleCommand({ RoleName: 'role-gone' }));
    await Promise.all(
      ['role-gone', 'protected', 'throttled', 'undone'].map((member) => dissociate(demo, inShop(member))),
    );
    await settled(demo);
  }, 60_000);

  it('has nothing to cut when it was deleted meanwhile', async () => {
    const row = await ended(demo, inShop('role-gone'));
    expect(row.outcome).toBe('revoked');
    expect(resultOf(row).cut).toMatchObject([{ roleArn: roleArn('role-gone'), status: 'role-gone' }]);
    expect(await stolen('role-gone')).not.toBe('ok');
    expect(await replaced(inShop('role-gone'))).toBe(true);
  });

  it('names the access that is left when the configuration excludes it', async () => {
    const row = await ended(demo, inShop('protected'));
    expect(row.outcome).toBe('revoked-with-residual-access');
    expect(reasonsOf(row)).toEqual(['RoleExcluded']);
    expect(resultOf(row).findings[0]?.sentence).toMatch(
      /role protected is excluded by the configuration \(protected\)/,
    );
    expect(await deniesOn(demo, 'shop', 'protected')).toEqual([]);
    expect(await stolen('protected')).toBe('ok');
    expect(await replaced(inShop('protected'))).toBe(true);
  });

  it('puts a deny back that somebody took away, and says so', async () => {
    const row = await ended(demo, inShop('undone'));
    expect(row.outcome).toBe('revoked');
    expect(resultOf(row).findings).toMatchObject([{ reason: 'DenyRemoved', severity: 'critical' }]);
    expect(await deniesOn(demo, 'shop', 'undone')).toHaveLength(1);
    expect(await stolen('undone')).toMatch(/explicit deny/);
  });

  it('tries again when IAM throttles', async () => {
    expect((await ended(demo, inShop('throttled'))).outcome).toBe('revoked');
    expect(throttled).toBe(2);
    expect(await stolen('throttled')).toMatch(/explicit deny/);
  });
});

/** A function's own role without some of its actions; gives the way back. */
const without = async (file: string, actions: readonly string[]): Promise<() => Promise<void>> => {
  const name = { RoleName: spokeRoleName(file, REGION), PolicyName: 'podid' };
  const { PolicyDocument = '' } = await iam().send(new GetRolePolicyCommand(name));
  const document = decodeURIComponent(PolicyDocument);
  const less = actions.reduce((text, action) => text.replaceAll(`"${action}"`, '"iam:GetUser"'), document);
  expect(less).not.toBe(document);
  const put = (text: string) => iam().send(new PutRolePolicyCommand({ ...name, PolicyDocument: text }));
  await put(less);
  return async () => void (await put(document));
};

describe('when a function of ours lacks a permission', () => {
  it('shows the refusal as AWS words it, and goes on with the pods', async () => {
    const giveBack = await without('cut-sessions', ['iam:PutRolePolicy']);
    await dissociate(demo, inShop('forbidden'));
    const row = await ended(demo, inShop('forbidden'));
    expect(row.outcome).toBe('failed');
    expect(reasonsOf(row)).toEqual(['DenyFailed']);
    expect(resultOf(row).findings[0]?.sentence).toMatch(
      /AccessDenied: .*User: arn:aws:sts::222222222222:assumed-role\/podid-cut-sessions-eu-west-1\/\S+ is not authorized to perform: iam:PutRolePolicy on resource: arn:aws:iam::222222222222:role\/forbidden because no identity-based policy allows/,
    );
    expect(await stolen('forbidden')).toBe('ok');
    expect(await replaced(inShop('forbidden'))).toBe(true);

    await giveBack();
    await retry(inShop('forbidden'));
    expect((await ended(demo, inShop('forbidden'), 2)).outcome).toBe('revoked');
    expect(await stolen('forbidden')).toMatch(/explicit deny/);
  }, 60_000);

  it('cuts by time when it can not read what the identity holds now', async () => {
    const giveBack = await without('read-associations', ['eks:ListPodIdentityAssociations']);
    await dissociate(demo, inShop('unread'));
    const row = await ended(demo, inShop('unread'));
    await giveBack();
    expect(row.outcome).toBe('revoked-with-residual-access');
    expect(reasonsOf(row)).toEqual(['AssociationsUnreadable']);
    const [deny] = await deniesOn(demo, 'shop', 'unread');
    expect(Object.keys(deny?.condition ?? {})).toEqual(['StringEquals', 'DateLessThan']);
    expect(await stolen('unread')).toMatch(/explicit deny/);
    expect(await replaced(inShop('unread'))).toBe(true);
  }, 60_000);
});

describe('when a record can not be read', () => {
  it('lies among the dead letters with its cause, and harms nobody else', async () => {
    const record = mail.all.find((event) => changeIn(event) === 'Delete throttled');
    if (record === undefined) throw new Error('no record to spoil');
    const rows = (await storeOf(demo).revocations.list({ limit: 1000 })).revocations.length;
    const spoilt = { eventID: 'spoilt', requestParameters: { name: 'shop' }, responseElements: null };
    mail.deliver({ ...record, detail: { ...record.detail, ...spoilt } });
    await settled(demo);
    const spoiltFor = (file: string) =>
      expect.objectContaining({
        requestContext: expect.objectContaining({
          functionArn: expect.stringContaining(`:function:podid-${file}`),
          condition: 'RetriesExhausted',
          approximateInvokeCount: 3,
        }),
        requestPayload: expect.objectContaining({ detail: expect.objectContaining({ eventID: 'spoilt' }) }),
        responsePayload: expect.objectContaining({
          errorType: 'EventMalformed',
          errorMessage: expect.stringMatching(/associationId/),
        }),
      });
    // Revocation's function and trust's answer the same event, each for itself.
    const letters = await deadLetters(demo);
    expect(letters).toHaveLength(2);
    for (const file of ['on-association-deleted', 'on-association-changed'])
      expect(letters).toContainEqual(spoiltFor(file));
    expect((await storeOf(demo).revocations.list({ limit: 1000 })).revocations).toHaveLength(rows);
  }, 30_000);
});

const ALL_BUT_DATE = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

describe("a pod's token", () => {
  const place = inShop('protected');
  const assume = (token: string) => assumeRoleForPodIdentity(demo, 'shop', token);

  it('of another cluster is invalid', async () => {
    await expect(assume(await podToken(demo, inCluster('no-group')))).rejects.toMatchObject({
      name: 'InvalidTokenException',
    });
  });

  it('that was tampered with is invalid', async () => {
    const [head = '', body = '', signature = ''] = (await podToken(demo, place)).split('.');
    const claims = {
      ...JSON.parse(Buffer.from(body, 'base64url').toString()),
      sub: 'system:serviceaccount:checkout:x',
    };
    const forged = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    await expect(assume(forged)).rejects.toMatchObject({ name: 'InvalidTokenException' });
  });

  it('whose time is over has expired', async () => {
    const token = await podToken(demo, place);
    jest.useFakeTimers({ now: Date.now() + 48 * 3_600_000, doNotFake: [...ALL_BUT_DATE] });
    try {
      await expect(assume(token)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    } finally {
      jest.useRealTimers();
    }
  });

  it('gives nothing when the association is gone', async () => {
    await expect(assume(await podToken(demo, place))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
