import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  DescribePodIdentityAssociationCommand,
  EKSClient,
  UntagResourceCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { renderTrust } from '../../../functions/grants/index.ts';
import { UndoOutput } from '../../../functions/provisioning/contract.ts';
import { ACCOUNT, handlerOf, REGION } from '../revocation/spoke.ts';
import { fault } from '../trust/tighten-trust.ts';
import { arnOf, association, eksFault, eksWrites, holdsAssociations, MARKED, TARGET } from './associations.ts';
import {
  BOUNDARY,
  environment,
  GRANT,
  holdsRole,
  type Kept,
  missing,
  NAME,
  parties,
  policyOf,
  roleArn,
  TAGS,
  TARGETS,
  web,
  writes,
} from './roles.ts';

const undoGrant = await handlerOf('provisioning', 'undo-grant');
const iam = mockClient(IAMClient);
const eks = mockClient(EKSClient);
const run = async (undo: object, more: object = {}) =>
  UndoOutput.parse(await undoGrant({ asker: `${GRANT}-v1-u2`, grantId: GRANT, undo, ...more }));

const OTHER = 'g-aaaaaaaaaaaaaaaa';
const optedIn = `arn:aws:iam::${ACCOUNT}:role/team/${NAME}`;
const worker = { ...web, serviceAccount: 'worker' };
const others = [{ tagged: [worker], untagged: [] }];
const OWNERS = {
  Sid: 'Owners',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/ops` },
  Action: 'sts:AssumeRole',
} as const;

beforeEach(() => {
  iam.reset();
  eks.reset();
  environment();
});

/** The trust that admits these, beside what is there. */
const trustFor = (admitted: typeof parties, into?: string, arn = roleArn): string => {
  const trust = renderTrust({
    parties: admitted,
    role: { account: ACCOUNT, partition: 'aws', roleArn: arn },
    into,
    quota: 2048,
  });
  if (!('text' in trust)) throw new Error(trust.refused);
  return trust.text;
};
const ownersTrust = JSON.stringify({ Version: '2012-10-17', Statement: [OWNERS] });

const role = (more: Partial<Kept> = {}): Kept => ({
  arn: roleArn,
  trust: trustFor(parties),
  inline: new Map([['podid-inline', policyOf('s3:GetObject')]]),
  attached: new Set(['arn:aws:iam::aws:policy/Reads']),
  tags: new Map(Object.entries(MARKED)),
  boundary: BOUNDARY,
  ...more,
});
const existing = (more: Partial<Kept> = {}): Kept => ({
  arn: optedIn,
  trust: trustFor(parties, ownersTrust, optedIn),
  inline: new Map([
    ['theirs', policyOf('s3:*')],
    [TARGETS, policyOf('sts:AssumeRole', TARGET)],
  ]),
  attached: new Set(),
  tags: new Map(),
  ...more,
});
const undoRole = (more: object = {}) => ({
  what: 'role',
  roleArn,
  madeHere: true,
  inline: ['podid-inline'],
  parties: [],
  ...more,
});
const release = (more: object = {}) => undoRole({ roleArn: optedIn, madeHere: false, inline: [TARGETS], ...more });

describe('a role that the grant has made', () => {
  it('goes, after everything that hangs on it', async () => {
    const state = holdsRole(iam, role());
    expect(await run(undoRole())).toEqual({ status: 'undone', about: roleArn, at: expect.any(String) });
    expect(writes(iam)).toEqual(['DetachRolePolicy', 'DeleteRolePolicy', 'DeleteRole']);
    expect(state.role).toBeUndefined();
    expect(iam.commandCalls(DeleteRoleCommand)[0]?.args[0].input).toEqual({ RoleName: NAME });
  });

  it('twice is as once', async () => {
    holdsRole(iam, role());
    await run(undoRole());
    iam.resetHistory();
    expect(await run(undoRole())).toMatchObject({ status: 'gone' });
    expect(writes(iam)).toEqual([]);
  });

  it('finishes what an execution before has left half undone', async () => {
    const state = holdsRole(iam, role({ inline: new Map(), attached: new Set() }));
    expect(await run(undoRole())).toMatchObject({ status: 'undone' });
    expect(writes(iam)).toEqual(['DeleteRole']);
    expect(state.role).toBeUndefined();
  });

  it('a policy that somebody has taken away in between is no hindrance', async () => {
    const state = holdsRole(iam, role());
    iam.on(DeleteRolePolicyCommand).rejects(fault('NoSuchEntityException', 404));
    expect(await run(undoRole())).toMatchObject({ status: 'undone' });
    expect(state.role).toBeUndefined();
  });

  it('that somebody has deleted in between is gone', async () => {
    holdsRole(iam, role());
    iam.on(DeleteRoleCommand).rejects(missing());
    expect(await run(undoRole())).toMatchObject({ status: 'gone' });
  });

  it.each([
    ['no mark', {}],
    ["the grant's tag alone", TAGS],
    ["another grant's mark", { 'podid:grant': OTHER, 'podid:made-by': `${OTHER}-v1-p1` }],
    ["another grant's execution", { 'podid:grant': GRANT, 'podid:made-by': `${OTHER}-v1-p1` }],
  ])('is left where it bears %s', async (_, tags) => {
    holdsRole(iam, role({ tags: new Map(Object.entries(tags)) }));
    expect(await run(undoRole())).toMatchObject({
      status: 'left',
      because: expect.stringContaining('mark'),
      command: `aws iam delete-role --role-name ${NAME}`,
    });
    expect(writes(iam)).toEqual([]);
  });

  it('of that name under another path is another role', async () => {
    holdsRole(iam, role({ arn: `arn:aws:iam::${ACCOUNT}:role/${NAME}` }));
    expect(await run(undoRole())).toMatchObject({ status: 'gone' });
    expect(writes(iam)).toEqual([]);
  });

  it('that other grants use by now is quarantined: it stays for them, without this grant', async () => {
    const inline = new Map([
      ['podid-inline', policyOf('s3:GetObject')],
      [TARGETS, policyOf('sts:AssumeRole', TARGET)],
    ]);
    const state = holdsRole(iam, role({ trust: trustFor([{ tagged: [web, worker], untagged: [] }]), inline }));
    expect(await run(undoRole({ parties: others }))).toMatchObject({
      status: 'quarantined',
      because: expect.stringContaining('other grants'),
    });
    expect(writes(iam)).toEqual(['UpdateAssumeRolePolicy', 'DeleteRolePolicy']);
    expect(JSON.parse(state.role?.trust ?? '')).toEqual(JSON.parse(trustFor(others)));
    expect([...(state.role?.inline.keys() ?? [])]).toEqual(['podid-inline']);
    expect([...(state.role?.attached ?? [])]).toHaveLength(1);
  });

  it('whose trust somebody has written to is quarantined, and what they wrote stays', async () => {
    const state = holdsRole(iam, role({ trust: trustFor(parties, ownersTrust) }));
    expect(await run(undoRole())).toMatchObject({
      status: 'quarantined',
      because: expect.stringContaining('somebody has written'),
    });
    expect(JSON.parse(state.role?.trust ?? '')).toMatchObject({ Statement: [OWNERS] });
    expect(writes(iam)).toEqual(['UpdateAssumeRolePolicy']);
  });

  it('that IAM does not delete while something hangs on it is quarantined', async () => {
    holdsRole(iam, role());
    iam.on(DeleteRoleCommand).rejects(Object.assign(fault('DeleteConflictException'), { message: 'instance profile' }));
    expect(await run(undoRole())).toMatchObject({
      status: 'quarantined',
      because: 'instance profile',
      command: `aws iam delete-role --role-name ${NAME}`,
    });
  });
});

describe('an existing role', () => {
  it('loses what the grant has written there, and nothing else', async () => {
    const state = holdsRole(iam, existing());
    expect(await run(release())).toMatchObject({ status: 'undone', about: optedIn });
    expect(writes(iam)).toEqual(['UpdateAssumeRolePolicy', 'DeleteRolePolicy']);
    expect(JSON.parse(state.role?.trust ?? '')).toMatchObject({ Statement: [OWNERS] });
    expect([...(state.role?.inline.keys() ?? [])]).toEqual(['theirs']);
  });

  it('keeps whom other grants admit', async () => {
    const both = [{ tagged: [web, worker], untagged: [] }];
    const state = holdsRole(iam, existing({ trust: trustFor(both, ownersTrust, optedIn) }));
    expect(await run(release({ parties: others }))).toMatchObject({ status: 'undone' });
    expect(JSON.parse(state.role?.trust ?? '')).toEqual(JSON.parse(trustFor(others, ownersTrust, optedIn)));
  });

  it('is never deleted, whatever its tags say', async () => {
    holdsRole(iam, existing({ tags: new Map(Object.entries(MARKED)) }));
    expect(await run(release({ madeHere: true }))).toMatchObject({ status: 'refused' });
    expect(iam.calls()).toEqual([]);
    expect(await run(release())).toMatchObject({ status: 'undone' });
    expect(iam.commandCalls(DeleteRoleCommand)).toEqual([]);
  });

  it('other policies that the hub names are not deleted', async () => {
    const state = holdsRole(iam, existing());
    expect(await run(release({ inline: ['theirs', TARGETS] }))).toMatchObject({ status: 'undone' });
    expect(state.role?.inline.has('theirs')).toBe(true);
  });

  it('that trusted this grant alone is left with a trust that a person has to write', async () => {
    holdsRole(iam, existing({ trust: trustFor(parties, undefined, optedIn) }));
    expect(await run(release())).toMatchObject({
      status: 'left',
      command: expect.stringContaining('update-assume-role-policy'),
    });
    expect(writes(iam)).toEqual(['DeleteRolePolicy']);
  });

  it.each<[string, () => object, RegExp]>([
    [
      'its trust',
      () => iam.on(UpdateAssumeRolePolicyCommand).rejects(fault('UnmodifiableEntityException')),
      /^aws iam update-assume-role-policy --role-name \S+ --policy-document/,
    ],
    [
      'its policy',
      () => iam.on(DeleteRolePolicyCommand).rejects(fault('UnmodifiableEntityException')),
      /^aws iam delete-role-policy --role-name \S+ --policy-name podid-targets-\S+$/,
    ],
  ])('where IAM refuses to change %s is left, and nobody is told to delete it', async (_, refuse, told) => {
    holdsRole(iam, existing());
    refuse();
    expect(await run(release())).toMatchObject({ status: 'left', command: expect.stringMatching(told) });
  });

  it('twice is as once', async () => {
    holdsRole(iam, existing());
    await run(release());
    iam.resetHistory();
    expect(await run(release())).toMatchObject({ status: 'undone' });
    expect(writes(iam)).toEqual([]);
  });
});

describe('roles that are refused before IAM is asked', () => {
  const named = (name: string, account = ACCOUNT) => ({ roleArn: `arn:aws:iam::${account}:role/${name}` });
  it.each<[string, object]>([
    ['another account', named('podid/web', '444455556666')],
    ['no role of ours', named('orders')],
    ['deeper than our path', named('podid/x/web')],
    ['excluded', named('podid/secret-web')],
    ["podid's own", named('podid/podid-undo-grant')],
    ["AWS's own", named('aws-reserved/sso.amazonaws.com/x')],
    ['a pattern among those who stay', { parties: [{ tagged: [{ ...web, namespace: '*' }], untagged: [] }] }],
    ['strangers among those who stay', { parties: [{ tagged: [{ ...web, account: '444455556666' }], untagged: [] }] }],
    [
      'a source that is a pattern',
      { parties: [{ sourceRoleArn: `arn:aws:iam::${ACCOUNT}:role/*`, tagged: [web], untagged: [] }] },
    ],
  ])('%s', async (_, more) => {
    holdsRole(iam, role());
    expect(await run(undoRole(more))).toMatchObject({ status: 'refused', because: expect.any(String) });
    expect(iam.calls()).toEqual([]);
  });

  it("another grant's execution", async () => {
    expect(await run(undoRole(), { asker: `${OTHER}-v1-u1` })).toMatchObject({ status: 'refused' });
    expect(iam.calls()).toEqual([]);
  });
});

describe('an association that the grant has made', () => {
  const undo = (more: object = {}) => ({ what: 'association', identity: web, associationId: 'a-web', ...more });

  it('goes', async () => {
    const state = holdsAssociations(eks, association());
    expect(await run(undo())).toMatchObject({ status: 'undone', about: expect.stringContaining('checkout/web') });
    expect(eksWrites(eks)).toEqual([['DeletePodIdentityAssociation', { clusterName: 'shop', associationId: 'a-web' }]]);
    expect(state.all.size).toBe(0);
    expect(await run(undo())).toMatchObject({ status: 'gone' });
  });

  it('that goes in between is gone', async () => {
    holdsAssociations(eks, association());
    eks.on(DeletePodIdentityAssociationCommand).rejects(eksFault('ResourceNotFoundException'));
    expect(await run(undo())).toMatchObject({ status: 'gone' });
  });

  it.each<[string, object]>([
    ['without a mark', { tags: {} }],
    ["with the grant's tag alone", { tags: TAGS }],
    ["with another grant's mark", { tags: { 'podid:grant': OTHER, 'podid:made-by': `${OTHER}-v1-p1` } }],
    ['of an add-on', { ownerArn: 'arn:aws:eks:::addon/x' }],
  ])('%s is left, with the command that would delete it', async (_, more) => {
    holdsAssociations(eks, association(more));
    expect(await run(undo())).toMatchObject({
      status: 'left',
      command: `aws eks delete-pod-identity-association --region ${REGION} --cluster-name shop --association-id a-web`,
    });
    expect(eksWrites(eks)).toEqual([]);
  });

  it.each([{ namespace: 'kube-system' }, { serviceAccount: 'worker' }])(
    'whose id is of another identity (%j) is refused',
    async (more) => {
      holdsAssociations(eks, association(more));
      expect(await run(undo())).toMatchObject({ status: 'refused' });
      expect(eksWrites(eks)).toEqual([]);
    },
  );

  it("another grant's execution is refused before EKS is asked", async () => {
    expect(await run(undo(), { asker: `${OTHER}-v1-u1` })).toMatchObject({ status: 'refused' });
    expect(eks.calls()).toEqual([]);
  });
});

describe('an association that gave something else before', () => {
  const otherRole = `arn:aws:iam::${ACCOUNT}:role/team/orders`;
  /** As it was: somebody's own, or an earlier version's. */
  const undo = (more: object = {}) => ({
    what: 'association-state',
    association: {
      identity: web,
      roleArn: otherRole,
      disableSessionTags: false,
      tags: { team: 'shop' },
      standing: 'update',
      ...more,
    },
  });

  it('gives it again, and loses our tags last, so that a lost answer finds the mark', async () => {
    const state = holdsAssociations(eks, association({ tags: { team: 'shop', ...MARKED }, targetRoleArn: TARGET }));
    expect(await run(undo())).toMatchObject({ status: 'undone' });
    expect(eksWrites(eks)).toEqual([
      [
        'UpdatePodIdentityAssociation',
        {
          clusterName: 'shop',
          associationId: 'a-web',
          roleArn: otherRole,
          targetRoleArn: '',
          disableSessionTags: false,
          clientRequestToken: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
      ['UntagResource', { resourceArn: arnOf('a-web'), tagKeys: ['podid:grant', 'podid:team', 'podid:made-by'] }],
    ]);
    expect(state.all.get('a-web')).toMatchObject({ roleArn: otherRole, tags: { team: 'shop' } });
  });

  it('twice is as once, and a lost answer is finished', async () => {
    holdsAssociations(eks, association({ tags: { team: 'shop', ...MARKED } }));
    eks.on(UntagResourceCommand).rejectsOnce(eksFault('ThrottlingException'));
    await expect(run(undo())).rejects.toMatchObject({ name: 'Throttled' });
    const state = holdsAssociations(eks, association({ roleArn: otherRole, tags: { team: 'shop', ...MARKED } }));
    eks.resetHistory();
    expect(await run(undo())).toMatchObject({ status: 'undone' });
    expect(eksWrites(eks).map(([call]) => call)).toEqual(['UntagResource']);
    expect(await run(undo())).toMatchObject({ status: 'undone' });
    expect(eksWrites(eks)).toHaveLength(1);
    expect(state.all.get('a-web')?.tags).toEqual({ team: 'shop' });
  });

  it("an earlier version's keeps our tags", async () => {
    const state = holdsAssociations(eks, association());
    expect(await run(undo({ tags: TAGS }))).toMatchObject({ status: 'undone' });
    expect(eksWrites(eks).map(([call]) => call)).toEqual(['UpdatePodIdentityAssociation']);
    expect(state.all.get('a-web')?.tags).toEqual(MARKED);
  });

  it("an earlier version's that is not there is made again, marked; somebody's own is not", async () => {
    const state = holdsAssociations(eks);
    expect(await run(undo())).toMatchObject({ status: 'gone' });
    expect(eksWrites(eks)).toEqual([]);
    expect(await run(undo({ tags: TAGS }))).toMatchObject({ status: 'undone', associationId: 'a-web' });
    expect(state.all.get('a-web')).toMatchObject({
      roleArn: otherRole,
      tags: { ...TAGS, 'podid:made-by': `${GRANT}-v1-u2` },
    });
  });

  it.each<[string, object, object]>([
    ["somebody's by now", { tags: {} }, {}],
    ["another grant's by now", { tags: { 'podid:grant': OTHER, 'podid:made-by': `${OTHER}-v1-p1` } }, {}],
    ["an add-on's", { ownerArn: 'arn:aws:eks:::addon/x' }, {}],
    ['to give a role that nobody opted in', {}, { roleArn: `arn:aws:iam::${ACCOUNT}:role/orders` }],
    ['to give an excluded role', {}, { roleArn: `arn:aws:iam::${ACCOUNT}:role/podid/secret-web` }],
    ['to chain into an excluded role', {}, { targetRoleArn: `arn:aws:iam::${ACCOUNT}:role/podid/secret-web` }],
    ['to give what the plan stops at', {}, { standing: 'stop' }],
  ])('%s is left, with the command that would change it', async (_, there, was) => {
    holdsAssociations(eks, association(there));
    expect(await run(undo(was))).toMatchObject({
      status: 'left',
      because: expect.any(String),
      command: expect.stringMatching(/^aws eks update-pod-identity-association .*--association-id a-web/),
    });
    expect(eksWrites(eks)).toEqual([]);
  });

  it('that gives it already, and is not ours, is left untouched', async () => {
    holdsAssociations(eks, association({ roleArn: otherRole, tags: { 'podid:grant': OTHER } }));
    expect(await run(undo())).toMatchObject({ status: 'undone' });
    expect(eksWrites(eks)).toEqual([]);
  });

  it.each([
    ['InvalidParameterException', 'Role provided in the request does not exist.'],
    ['ResourceNotFoundException', 'No association'],
    ['ResourceInUseException', 'In use'],
  ])('while EKS says %s (%s): from the beginning again', async (name, because) => {
    holdsAssociations(eks, association());
    eks.on(UpdatePodIdentityAssociationCommand).rejects(eksFault(name, because));
    await expect(run(undo())).rejects.toMatchObject({ name: 'NotYetVisible', message: because });
  });

  it('that EKS refuses is left, in its words', async () => {
    holdsAssociations(eks, association());
    eks.on(UpdatePodIdentityAssociationCommand).rejects(eksFault('InvalidParameterException', 'No'));
    expect(await run(undo())).toMatchObject({ status: 'left', because: 'No', command: expect.any(String) });
    holdsAssociations(eks);
    eks.on(CreatePodIdentityAssociationCommand).rejects(eksFault('InvalidParameterException', 'No'));
    expect(await run(undo({ tags: TAGS }))).toMatchObject({ status: 'left', because: 'No' });
  });

  it("another grant's execution is refused before EKS is asked", async () => {
    expect(await run(undo(), { asker: `${OTHER}-v1-u1` })).toMatchObject({ status: 'refused' });
    expect(eks.calls()).toEqual([]);
  });
});

describe('malformed', () => {
  const state = { identity: web, roleArn, disableSessionTags: false, tags: {}, standing: 'update' };
  it.each<[string, object]>([
    ['another kind of thing', { what: 'account' }],
    ['nothing', {}],
    ['an unknown field', undoRole({ force: true })],
    ['a role that is a user', undoRole({ roleArn: `arn:aws:iam::${ACCOUNT}:user/x` })],
    ['no parties', undoRole({ parties: undefined })],
    [
      'a cluster of another account',
      { what: 'association', identity: { ...web, account: '444455556666' }, associationId: 'a-1' },
    ],
    [
      'a cluster of another region',
      { what: 'association', identity: { ...web, region: 'us-east-1' }, associationId: 'a-1' },
    ],
    [
      'a state of another account',
      { what: 'association-state', association: { ...state, identity: { ...web, account: '444455556666' } } },
    ],
  ])('%s', async (_, undo) => {
    await expect(run(undo)).rejects.toMatchObject({ name: 'InputMalformed' });
    expect([...iam.calls(), ...eks.calls()]).toEqual([]);
  });

  it('everything, where a variable can not be read', async () => {
    process.env.PODID_GRANTS = '{"rolePath":"podid"}';
    holdsRole(iam, role());
    await expect(run(undoRole())).rejects.toThrow();
    expect(iam.calls()).toEqual([]);
  });
});

describe('failures are passed on, naming the call', () => {
  it.each([
    ['Throttling', 'Throttled'],
    ['AccessDenied', 'AccessDenied'],
    ['ConcurrentModificationException', 'Conflict'],
  ])('of IAM: %s becomes %s', async (name, ours) => {
    holdsRole(iam, role());
    iam.on(DeleteRoleCommand).rejects(fault(name));
    await expect(run(undoRole())).rejects.toMatchObject({
      name: ours,
      message: expect.stringContaining('iam:DeleteRole'),
    });
  });

  it('of IAM, before anything is written', async () => {
    holdsRole(iam, role());
    iam.on(GetRoleCommand).rejects(fault('Throttling'));
    await expect(run(undoRole())).rejects.toMatchObject({ name: 'Throttled' });
    expect(writes(iam)).toEqual([]);
  });

  it('of EKS', async () => {
    holdsAssociations(eks, association());
    eks.on(DescribePodIdentityAssociationCommand).rejects(eksFault('ThrottlingException'));
    const undo = { what: 'association', identity: web, associationId: 'a-web' };
    await expect(run(undo)).rejects.toMatchObject({ name: 'Throttled' });
    expect(eksWrites(eks)).toEqual([]);
  });
});
