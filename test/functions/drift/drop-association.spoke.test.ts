/** The deletion of an association that nobody was granted: only what is as the hub saw it, nobody's, and with a role of podid's to defend. */
import {
  DeletePodIdentityAssociationCommand,
  DescribePodIdentityAssociationCommand,
  EKSClient,
  type PodIdentityAssociation,
} from '@aws-sdk/client-eks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { DropAssociationOutput } from '../../../functions/drift/spoke-contract.ts';
import { association, eksFault, eksWrites, holdsAssociations, MARKED, TARGET } from '../provisioning/associations.ts';
import { environment, roleArn, web } from '../provisioning/roles.ts';
import { ACCOUNT, handlerOf } from '../revocation/spoke.ts';

const drop = await handlerOf('drift', 'drop-association');
const eks = mockClient(EKSClient);
const said = { asker: 'd-0123456789ab-m0-1', identity: web, associationId: 'a-web', roleArn };
const run = async (more: object = {}) => DropAssociationOutput.parse(await drop({ ...said, ...more }));

const role = (pathAndName: string, account = ACCOUNT) => `arn:aws:iam::${account}:role/${pathAndName}`;
/** As somebody has made it by hand. */
const theirs = (more: Partial<PodIdentityAssociation> = {}) => association({ tags: {}, ...more });

beforeEach(() => {
  eks.reset();
  environment();
});

describe('one that nobody was granted', () => {
  it.each<[string, Partial<PodIdentityAssociation>]>([
    ['with a role of grants', {}],
    ['with a role that was opted in', { roleArn: role('team/orders') }],
    ['with such a target, too', { targetRoleArn: role('team/orders') }],
    ['with a target in another account', { targetRoleArn: TARGET }],
    ['with tags of others', { tags: { team: 'web', 'not-podid:grant': 'x' } }],
  ])('%s is described, then deleted', async (_, gives) => {
    const state = holdsAssociations(eks, theirs(gives));
    const { roleArn: own = roleArn, targetRoleArn } = gives;
    expect(await run({ roleArn: own, ...(targetRoleArn && { targetRoleArn }) })).toEqual({
      status: 'dropped',
      at: expect.any(String),
    });
    const call = { clusterName: 'shop', associationId: 'a-web' };
    expect(eks.calls().map(({ args }) => args[0].input)).toEqual([call, call]);
    expect(eksWrites(eks)).toEqual([['DeletePodIdentityAssociation', call]]);
    expect(state.all.size).toBe(0);
  });

  it('twice is as once, also when somebody else is faster', async () => {
    holdsAssociations(eks, theirs());
    await run();
    expect(await run()).toMatchObject({ status: 'gone' });
    expect(eksWrites(eks)).toHaveLength(1);
    holdsAssociations(eks, theirs());
    eks.on(DeletePodIdentityAssociationCommand).rejects(eksFault('ResourceNotFoundException'));
    expect(await run()).toMatchObject({ status: 'gone' });
  });

  it('says in the user agent who asks', async () => {
    holdsAssociations(eks, theirs());
    await run();
    const client: unknown = eks.commandCalls(DeletePodIdentityAssociationCommand)[0]?.thisValue;
    expect(client instanceof EKSClient && client.config.customUserAgent).toEqual([['podid', said.asker]]);
  });
});

describe('refused, and nothing is written:', () => {
  it.each<[string, Partial<PodIdentityAssociation>, object, string]>([
    ['of another service account', { serviceAccount: 'worker' }, {}, 'is of checkout/worker'],
    ['of another namespace', { namespace: 'orders' }, {}, 'is of orders/web'],
    ['another role by now', { roleArn: role('team/orders') }, {}, `gives role ${role('team/orders')} by now`],
    ['a target by now', { targetRoleArn: TARGET }, {}, `gives target role ${TARGET} by now`],
    ['no target any more', {}, { targetRoleArn: TARGET }, 'gives no target role by now'],
    ['an add-on owns it', { ownerArn: 'arn:aws:eks:eu-west-1:1:addon/shop/csi/1' }, {}, 'it belongs to arn:aws:eks'],
    ['a grant made it', { tags: MARKED }, {}, 'it bears the tag podid:grant'],
    ['one of our tags is enough', { tags: { 'podid:made-by': 'x' } }, {}, 'it bears the tag podid:made-by'],
  ])('%s', async (_, there, more, because) => {
    holdsAssociations(eks, theirs(there));
    expect(await run(more)).toMatchObject({ status: 'refused', because: expect.stringContaining(because) });
    expect(eksWrites(eks)).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['a role that nobody put under management', role('orders'), 'not under management'],
    ['one below the path of grants, but not directly', role('podid/x/orders'), 'not under management'],
    ['an excluded one', role('podid/secret-orders'), 'excluded by the configuration'],
    ["podid's own", role('team/podid-mend-role-eu-west-1'), "one of podid's own"],
    ["AWS's own", role('aws-service-role/eks.amazonaws.com/x'), "AWS's own"],
  ])('%s, as role or as target', async (_, arn, because) => {
    holdsAssociations(eks, theirs({ roleArn: arn }));
    expect(await run({ roleArn: arn })).toMatchObject({ status: 'refused', because: expect.stringContaining(because) });
    holdsAssociations(eks, theirs({ targetRoleArn: arn }));
    expect(await run({ targetRoleArn: arn })).toMatchObject({
      status: 'refused',
      because: expect.stringContaining(because),
    });
    expect(eksWrites(eks)).toEqual([]);
  });

  it('a role of another account', async () => {
    const foreign = role('podid/orders', '444455556666');
    holdsAssociations(eks, theirs({ roleArn: foreign }));
    expect(await run({ roleArn: foreign })).toMatchObject({ status: 'refused' });
    expect(eksWrites(eks)).toEqual([]);
  });
});

describe('nothing is even read', () => {
  it.each([
    ['of a cluster elsewhere', { identity: { ...web, region: 'eu-central-1' } }],
    ['without an id', { associationId: '' }],
    ['without a role', { roleArn: 'orders' }],
    ['with anything else', { force: true }],
  ])('%s', async (_, more) => {
    await expect(run(more)).rejects.toMatchObject({ name: 'InputMalformed' });
    expect(eks.calls()).toEqual([]);
  });

  it('when the environment can not be read', async () => {
    process.env.PODID_MANAGED_ROLES = 'team/*';
    await expect(run()).rejects.toThrow();
    environment();
    delete process.env.PODID_GRANTS;
    await expect(run()).rejects.toThrow();
    expect(eks.calls()).toEqual([]);
  });
});

it('what EKS does not answer is an error, and nothing follows from it', async () => {
  holdsAssociations(eks, theirs());
  eks.on(DescribePodIdentityAssociationCommand).rejects(eksFault('AccessDeniedException'));
  await expect(run()).rejects.toMatchObject({ name: 'AccessDenied' });
  expect(eksWrites(eks)).toEqual([]);
  holdsAssociations(eks, theirs());
  eks.on(DeletePodIdentityAssociationCommand).rejects(eksFault('ServerException'));
  await expect(run()).rejects.toMatchObject({ name: 'ServiceUnavailable' });
});
