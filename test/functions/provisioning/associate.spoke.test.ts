import {
  CreatePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
  TagResourceCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { AssociateOutput } from '../../../functions/provisioning/contract.ts';
import { ACCOUNT, handlerOf } from '../revocation/spoke.ts';
import { arnOf, asked, association, eksFault, eksWrites, holdsAssociations, MARKED, TARGET } from './associations.ts';
import { ASKER, environment, GRANT, roleArn, TAGS, web } from './roles.ts';

const associate = await handlerOf('provisioning', 'associate');
const eks = mockClient(EKSClient);
const run = async (input: object) => AssociateOutput.parse(await associate(input));

const OTHER = 'g-aaaaaaaaaaaaaaaa';
const otherRole = `arn:aws:iam::${ACCOUNT}:role/podid/other`;
const POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}';

beforeEach(() => {
  eks.reset();
  environment();
});

const token = (): string | undefined =>
  eks.commandCalls(CreatePodIdentityAssociationCommand).at(-1)?.args[0].input.clientRequestToken;

describe('an association that is not there', () => {
  it('is made in one call, marked from its first moment', async () => {
    holdsAssociations(eks);
    expect(await run(asked())).toEqual({
      status: 'created',
      association: { associationId: 'a-web', associationArn: arnOf('a-web'), roleArn, disableSessionTags: false },
      at: expect.any(String),
    });
    expect(eksWrites(eks)).toEqual([
      [
        'CreatePodIdentityAssociation',
        {
          clusterName: 'shop',
          namespace: 'checkout',
          serviceAccount: 'web',
          roleArn,
          disableSessionTags: false,
          tags: MARKED,
          clientRequestToken: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
    ]);
  });

  it('is made with target role and session policy where the plan has them', async () => {
    holdsAssociations(eks);
    const more = { targetRoleArn: TARGET, disableSessionTags: true, policy: POLICY };
    expect(await run(asked(more))).toMatchObject({ status: 'created', association: more });
    expect(eksWrites(eks)).toMatchObject([['CreatePodIdentityAssociation', more]]);
  });

  it('has the same client token each time the same execution asks, and another for another wish', async () => {
    const tokens: (string | undefined)[] = [];
    for (const input of [
      asked(),
      asked(),
      asked({ targetRoleArn: TARGET }),
      asked({ identity: { ...web, serviceAccount: 'worker' } }),
      asked({}, { asker: `${GRANT}-v1-p2` }),
    ]) {
      holdsAssociations(eks);
      await run(input);
      tokens.push(token());
    }
    expect(tokens[1]).toBe(tokens[0]);
    expect(new Set(tokens).size).toBe(4);
  });

  it.each(['keep', 'update', 'adopt', 'take-over'])('is not made by a plan that says %s', async (standing) => {
    holdsAssociations(eks);
    expect(await run(asked({ standing }))).toMatchObject({
      status: 'differs',
      because: expect.stringContaining('no association'),
    });
    expect(eksWrites(eks)).toEqual([]);
  });

  it('in a cluster that is not there: refused, in the words of EKS', async () => {
    eks.on(ListPodIdentityAssociationsCommand).rejects(eksFault('ResourceNotFoundException'));
    eks.on(CreatePodIdentityAssociationCommand).rejects(eksFault('ResourceNotFoundException', 'No cluster found'));
    expect(await run(asked())).toMatchObject({ status: 'refused', because: 'No cluster found' });
  });
});

describe('an association of this grant', () => {
  it('whose answer was lost is recognised by the mark of the execution', async () => {
    holdsAssociations(eks, association());
    expect(await run(asked())).toMatchObject({ status: 'created', association: { associationId: 'a-web' } });
    expect(eksWrites(eks)).toEqual([]);
  });

  it('that can not be read before it is made, and is there, is recognised, too', async () => {
    holdsAssociations(eks, association()).hidden = 1;
    expect(await run(asked())).toMatchObject({ status: 'created' });
    expect(eksWrites(eks).map(([call]) => call)).toEqual(['CreatePodIdentityAssociation']);
  });

  it('that EKS says is there and does not show: again later', async () => {
    holdsAssociations(eks, association()).hidden = 2;
    expect(await run(asked())).toMatchObject({
      status: 'not-visible',
      because: 'Association already exists: a-web',
    });
  });

  it('twice is as once: a later execution keeps what is as it should be', async () => {
    holdsAssociations(eks, association());
    const later = { asker: `${GRANT}-v2-p1` };
    expect(await run(asked({ standing: 'keep' }, later))).toMatchObject({ status: 'kept' });
    expect(await run(asked({ standing: 'update' }, later))).toMatchObject({ status: 'kept' });
    expect(eksWrites(eks)).toEqual([]);
  });

  it('is changed in one call that names only what changes, and keeps its mark', async () => {
    const state = holdsAssociations(eks, association({ targetRoleArn: TARGET }));
    expect(await run(asked({ standing: 'update', targetRoleArn: TARGET, roleArn: otherRole }))).toMatchObject({
      status: 'updated',
      association: { roleArn: otherRole, targetRoleArn: TARGET },
    });
    expect(eksWrites(eks)).toEqual([
      [
        'UpdatePodIdentityAssociation',
        {
          clusterName: 'shop',
          associationId: 'a-web',
          roleArn: otherRole,
          disableSessionTags: false,
          clientRequestToken: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
    ]);
    expect(state.all.get('a-web')?.tags).toEqual(MARKED);
  });

  it('loses target role and session policy by an empty text', async () => {
    holdsAssociations(eks, association({ targetRoleArn: TARGET, disableSessionTags: true, policy: POLICY }));
    expect(await run(asked({ standing: 'update' }))).toMatchObject({ status: 'updated' });
    expect(eksWrites(eks)).toMatchObject([['UpdatePodIdentityAssociation', { targetRoleArn: '', policy: '' }]]);
  });

  it('a session policy in other words is the same', async () => {
    const spaced = JSON.stringify(JSON.parse(POLICY), null, 2);
    holdsAssociations(eks, association({ disableSessionTags: true, policy: spaced }));
    expect(await run(asked({ standing: 'keep', disableSessionTags: true, policy: POLICY }))).toMatchObject({
      status: 'kept',
    });
  });

  it('that EKS still shows as it was after the change: again later', async () => {
    holdsAssociations(eks, association());
    eks.on(UpdatePodIdentityAssociationCommand).resolves({ association: association() });
    expect(await run(asked({ standing: 'update', roleArn: otherRole }))).toMatchObject({ status: 'not-visible' });
  });

  it.each([
    ['gone in between', 'ResourceNotFoundException', 'No association', 'not-visible'],
    ['changed by another at the same time', 'ResourceInUseException', 'In use', 'not-visible'],
    ['refused', 'InvalidParameterException', 'Bad target role', 'refused'],
    [
      'given a role that is not visible yet',
      'InvalidParameterException',
      'Role provided in the request does not exist.',
      'not-visible',
    ],
  ])('%s', async (_, name, because, status) => {
    holdsAssociations(eks, association());
    eks.on(UpdatePodIdentityAssociationCommand).rejects(eksFault(name, because));
    expect(await run(asked({ standing: 'update', roleArn: otherRole }))).toMatchObject({ status, because });
  });

  it('that gives something else by now is not kept', async () => {
    holdsAssociations(eks, association({ roleArn: otherRole }));
    expect(await run(asked({ standing: 'keep' }))).toMatchObject({ status: 'differs' });
    expect(eksWrites(eks)).toEqual([]);
  });
});

describe('an association of somebody else', () => {
  const theirs = (tags: Record<string, string>, more: object = {}) =>
    holdsAssociations(eks, association({ tags, ...more }));

  it.each([
    ['create', {}],
    ['create', { 'podid:grant': GRANT }],
    ['create', { 'podid:grant': GRANT, 'podid:made-by': `${OTHER}-v1-p1` }],
    ['create', { 'podid:grant': OTHER, 'podid:made-by': ASKER }],
    ['keep', {}],
    ['keep', { 'podid:grant': OTHER }],
    ['update', {}],
    ['update', { 'podid:grant': OTHER }],
    ['adopt', { 'podid:grant': OTHER }],
    ['take-over', { 'podid:grant': OTHER }],
  ] as [string, Record<string, string>][])('is not touched by a plan that says %s (%j)', async (standing, tags) => {
    theirs(tags);
    expect(await run(asked({ standing }))).toMatchObject({
      status: 'differs',
      because: expect.stringContaining('a-web'),
    });
    expect(eksWrites(eks)).toEqual([]);
  });

  it('is adopted as it is, and marked so that a revocation finds it', async () => {
    const state = theirs({ team: 'shop' });
    expect(await run(asked({ standing: 'adopt' }))).toMatchObject({ status: 'updated' });
    expect(eksWrites(eks)).toEqual([['TagResource', { resourceArn: arnOf('a-web'), tags: MARKED }]]);
    expect(state.all.get('a-web')?.tags).toEqual({ team: 'shop', ...MARKED });
    eks.resetHistory();
    expect(await run(asked({ standing: 'adopt' }))).toMatchObject({ status: 'kept' });
    expect(eksWrites(eks)).toEqual([]);
  });

  it('is not adopted when it gives something else by now', async () => {
    theirs({}, { roleArn: otherRole });
    expect(await run(asked({ standing: 'adopt' }))).toMatchObject({ status: 'differs' });
    expect(eksWrites(eks)).toEqual([]);
  });

  it('is taken over: first the mark, without which its change is not permitted, then the change', async () => {
    theirs({}, { roleArn: otherRole });
    expect(await run(asked({ standing: 'take-over' }))).toMatchObject({ status: 'updated', association: { roleArn } });
    expect(eksWrites(eks).map(([call]) => call)).toEqual(['TagResource', 'UpdatePodIdentityAssociation']);
  });

  it.each(['create', 'keep', 'update', 'adopt', 'take-over'])(
    'of an add-on is changed through the add-on, whatever its tags say (%s)',
    async (standing) => {
      theirs(MARKED, { ownerArn: 'arn:aws:eks:::addon/x' });
      expect(await run(asked({ standing, roleArn: otherRole }))).toMatchObject({
        status: 'refused',
        because: expect.stringContaining('arn:aws:eks:::addon/x'),
      });
      expect(eksWrites(eks)).toEqual([]);
    },
  );
});

/** A parameter that a row lacks would be jest's `done`. */
const pairs = (rows: [string, object, object?][]) =>
  rows.map(([title, part, more = {}]): [string, [object, object]] => [title, [part, more]]);

describe('refused before EKS is asked', () => {
  const role = (name: string, account = ACCOUNT) => `arn:aws:iam::${account}:role/${name}`;

  it.each(
    pairs([
      ['a role that is neither ours nor opted in', { roleArn: role('orders') }],
      ['a role below our path', { roleArn: role('podid/x/web') }],
      ['a role of another account', { roleArn: role('podid/web', '444455556666') }],
      ['an excluded role', { roleArn: role('podid/secret-web') }],
      ["podid's own role", { roleArn: role('podid/podid-associate-eu-west-1') }],
      ["AWS's own role", { roleArn: role('aws-service-role/eks.amazonaws.com/X') }],
      ["another partition's target", { targetRoleArn: 'arn:aws-cn:iam::444455556666:role/warehouse' }],
      ["podid's own role as target", { targetRoleArn: role('podid-apply-role-eu-west-1', '444455556666') }],
      ['an excluded role as target', { targetRoleArn: role('podid/secret-web') }],
      ['a session policy with session tags', { policy: POLICY }],
      ['a plan that stops', { standing: 'stop' }],
      ['a tag of its own', { tags: { ...TAGS, team: 'x' } }],
      ["another grant's tag", { tags: { 'podid:grant': OTHER } }],
      ['no tag', { tags: {} }],
      ["another grant's execution", {}, { asker: `${OTHER}-v1-p1` }],
    ]),
  )('%s', async (_, [part, more]) => {
    expect(await run(asked(part, more))).toMatchObject({ status: 'refused', because: expect.any(String) });
    expect(eks.calls()).toEqual([]);
  });

  it.each(
    pairs([
      ['a cluster of another account', { identity: { ...web, account: '444455556666' } }],
      ['a cluster of another region', { identity: { ...web, region: 'us-east-1' } }],
      ['a field that nobody knows', { principal: '*' }],
      ['an unknown field beside it', {}, { force: true }],
      ['no role', { roleArn: '' }],
      ['a role that is a user', { roleArn: `arn:aws:iam::${ACCOUNT}:user/x` }],
      ['an unknown standing', { standing: 'seize' }],
      ['tags that are no texts', { tags: { ...TAGS, 'podid:team': 1 } }],
      ['a name that is too long', { identity: { ...web, serviceAccount: 'a'.repeat(300) } }],
      ['an execution that is too long', {}, { asker: `${GRANT}-${'1'.repeat(64)}` }],
      ['another kind of grant', {}, { grantId: 'grant-1' }],
    ]),
  )('as malformed: %s', async (_, [part, more]) => {
    await expect(run(asked(part, more))).rejects.toMatchObject({ name: 'InputMalformed' });
    expect(eks.calls()).toEqual([]);
  });

  it.each([undefined, null, [], 'x', {}, { asker: ASKER }])('as malformed: %j', async (input) => {
    await expect(associate(input)).rejects.toMatchObject({ name: 'InputMalformed' });
    expect(eks.calls()).toEqual([]);
  });

  it('everything, where a variable can not be read', async () => {
    process.env.PODID_EXCLUDED_ROLES = 'secret-*';
    await expect(run(asked())).rejects.toThrow();
    expect(eks.calls()).toEqual([]);
  });
});

it('a role that was opted in is associated', async () => {
  holdsAssociations(eks);
  const optedIn = `arn:aws:iam::${ACCOUNT}:role/team/orders`;
  expect(await run(asked({ roleArn: optedIn }))).toMatchObject({ status: 'created' });
});

describe("EKS's answers", () => {
  it.each([
    ['a role that it does not see yet', 'InvalidParameterException', 'Role provided in the request does not exist.'],
    [
      'a trust that it does not see yet',
      'InvalidParameterException',
      'Trust policy of the role does not allow pods.eks.amazonaws.com',
    ],
  ])('%s: again later', async (_, name, because) => {
    holdsAssociations(eks);
    eks.on(CreatePodIdentityAssociationCommand).rejects(eksFault(name, because));
    expect(await run(asked())).toMatchObject({ status: 'not-visible', because });
  });

  it.each([
    ['InvalidParameterException', 'Cross-account pass role is not allowed.'],
    ['InvalidRequestException', 'The request is invalid'],
    ['ResourceLimitExceededException', '5000 associations'],
  ])('%s: refused, in its words', async (name, because) => {
    holdsAssociations(eks);
    eks.on(CreatePodIdentityAssociationCommand).rejects(eksFault(name, because));
    expect(await run(asked())).toMatchObject({ status: 'refused', because });
  });

  it.each([
    ['ThrottlingException', 'Throttled'],
    ['AccessDeniedException', 'AccessDenied'],
    ['ServerException', 'ServiceUnavailable'],
  ])('%s is passed on as %s, naming the call', async (name, ours) => {
    const fault = eksFault(name);
    holdsAssociations(eks);
    eks.on(CreatePodIdentityAssociationCommand).rejects(fault);
    await expect(run(asked())).rejects.toMatchObject({
      name: ours,
      message: expect.stringContaining('eks:CreatePodIdentityAssociation'),
    });
    holdsAssociations(eks, association({ tags: {} }));
    eks.on(TagResourceCommand).rejects(fault);
    await expect(run(asked({ standing: 'adopt' }))).rejects.toMatchObject({ name: ours });
    eks.on(ListPodIdentityAssociationsCommand).rejects(fault);
    await expect(run(asked())).rejects.toMatchObject({ name: ours });
  });
});
