import {
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { denyName, renderDeny } from '../../../functions/abac/session-deny.ts';
import { MendRoleOutput } from '../../../functions/drift/spoke-contract.ts';
import {
  BOUNDARY,
  environment,
  holdsRole,
  type Kept,
  missing,
  NAME,
  policyOf,
  roleArn,
  web,
  writes,
} from '../provisioning/roles.ts';
import { ACCOUNT, handlerOf } from '../revocation/spoke.ts';
import { fault, trustOf } from '../trust/tighten-trust.ts';

const mend = await handlerOf('drift', 'mend-role');
const iam = mockClient(IAMClient);
const optedIn = `arn:aws:iam::${ACCOUNT}:role/team/${NAME}`;
const run = async (deeds: object[], more: object = {}) =>
  MendRoleOutput.parse(await mend({ asker: 'reconcile-1', roleArn: optedIn, deeds, ...more }));

const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
const NARROW = trustOf({ 'kubernetes-namespace': 'checkout' });
const WIDE = trustOf();
const POLICIES = { [ADMINISTRATOR]: policyOf('*') };
const DENIES = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] });
const deny = { identity: web, roleArn: optedIn, form: 'tags' } as const;

const role = (more: Partial<Kept> = {}): Kept => ({
  arn: optedIn,
  trust: WIDE,
  inline: new Map([
    ['theirs', policyOf('s3:*')],
    ['intruders', policyOf('*')],
  ]),
  attached: new Set([ADMINISTRATOR]),
  tags: new Map(),
  ...more,
});

const trust = { do: 'trust', document: NARROW };
const detach = { do: 'detach', arn: ADMINISTRATOR };
const remove = { do: 'delete-inline', name: 'intruders' };
const replace = { do: 'put-inline', name: 'theirs', document: policyOf('s3:GetObject') };
const bound = { do: 'boundary', arn: BOUNDARY };

beforeEach(() => {
  iam.reset();
  environment();
});

describe('what is proven to take away only', () => {
  it('is written, the boundary first, and read again', async () => {
    const state = holdsRole(iam, role(), POLICIES);
    expect(await run([trust, detach, remove, replace, bound])).toEqual({
      status: 'mended',
      wrote: ['boundary', 'trust', `attached:${ADMINISTRATOR}`, 'inline:intruders', 'inline:theirs'],
      at: expect.any(String),
    });
    expect(iam.commandCalls(PutRolePermissionsBoundaryCommand)[0]?.args[0].input).toEqual({
      RoleName: NAME,
      PermissionsBoundary: BOUNDARY,
    });
    expect(iam.commandCalls(UpdateAssumeRolePolicyCommand)[0]?.args[0].input).toEqual({
      RoleName: NAME,
      PolicyDocument: NARROW,
    });
    expect(iam.commandCalls(DetachRolePolicyCommand)[0]?.args[0].input).toEqual({
      RoleName: NAME,
      PolicyArn: ADMINISTRATOR,
    });
    expect(iam.commandCalls(DeleteRolePolicyCommand)[0]?.args[0].input).toEqual({
      RoleName: NAME,
      PolicyName: 'intruders',
    });
    expect(iam.commandCalls(PutRolePolicyCommand)[0]?.args[0].input).toEqual({
      RoleName: NAME,
      PolicyName: 'theirs',
      PolicyDocument: policyOf('s3:GetObject'),
    });
    expect(state.role).toEqual(
      role({
        trust: NARROW,
        inline: new Map([['theirs', policyOf('s3:GetObject')]]),
        attached: new Set(),
        boundary: BOUNDARY,
      }),
    );
    expect(iam.commandCalls(GetRoleCommand)).toHaveLength(2);
  });

  it('twice is as once', async () => {
    holdsRole(iam, role(), POLICIES);
    await run([trust, detach, remove, replace, bound]);
    iam.resetHistory();
    expect(await run([trust, detach, remove, replace, bound])).toMatchObject({ status: 'kept', wrote: [] });
    expect(writes(iam)).toEqual([]);
    expect(iam.commandCalls(GetPolicyCommand)).toEqual([]);
  });

  it('of a role that a grant has made, too', async () => {
    holdsRole(iam, role({ arn: roleArn }), POLICIES);
    expect(await run([detach], { roleArn })).toMatchObject({ status: 'mended', wrote: [`attached:${ADMINISTRATOR}`] });
  });

  it('says in the user agent who asks', async () => {
    holdsRole(iam, role(), POLICIES);
    await run([remove]);
    const [call] = iam.commandCalls(DeleteRolePolicyCommand);
    const client: unknown = call?.thisValue;
    expect(client instanceof IAMClient && client.config.customUserAgent).toEqual([['podid', 'reconcile-1']]);
  });

  it('is not certain while IAM does not show it', async () => {
    holdsRole(iam, role(), POLICIES);
    iam.on(DetachRolePolicyCommand).resolves({});
    expect(await run([remove, detach])).toMatchObject({
      status: 'not-visible',
      wrote: ['inline:intruders', `attached:${ADMINISTRATOR}`],
      because: `IAM does not show attached:${ADMINISTRATOR} yet`,
    });
  });

  it('is done also when somebody else was faster', async () => {
    const state = holdsRole(iam, role(), POLICIES);
    iam.on(DetachRolePolicyCommand).callsFake(({ PolicyArn }) => {
      state.role?.attached.delete(PolicyArn);
      throw fault('NoSuchEntityException', 404);
    });
    expect(await run([detach])).toMatchObject({ status: 'mended', wrote: [] });
  });
});

describe('what is not proven', () => {
  it('is refused, and holds up nothing else', async () => {
    const inline = new Map([
      ['intruders', policyOf('*')],
      ['guards', DENIES],
    ]);
    const state = holdsRole(iam, role({ inline }), POLICIES);
    const answer = await run([{ do: 'delete-inline', name: 'guards' }, detach, remove]);
    expect(answer).toMatchObject({ status: 'refused', wrote: [`attached:${ADMINISTRATOR}`, 'inline:intruders'] });
    expect(answer.because).toContain('inline:guards stays as it is: it has a Deny statement');
    expect([...(state.role?.inline.keys() ?? [])]).toEqual(['guards']);
  });

  it('a policy with a Deny goes once nothing that is left allows what it denies', async () => {
    const mixed = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: 'sqs:DeleteQueue', Resource: '*' },
      ],
    });
    const others = new Map([['theirs', policyOf('s3:*')]]);
    const attached = () => new Set([BOUNDARY, ADMINISTRATOR]);
    const policies = { ...POLICIES, [BOUNDARY]: mixed };
    const both = [{ do: 'detach', arn: BOUNDARY }, detach];
    const state = holdsRole(iam, role({ inline: others, attached: attached() }), policies);
    // Alone it would leave what AdministratorAccess allows.
    expect(await run(both.slice(0, 1))).toMatchObject({
      status: 'refused',
      wrote: [],
      because: expect.stringContaining(`${ADMINISTRATOR} allows what that denies`),
    });
    expect(await run(both)).toMatchObject({
      status: 'mended',
      wrote: [`attached:${ADMINISTRATOR}`, `attached:${BOUNDARY}`],
    });
    expect(state.role?.attached.size).toBe(0);
    // AdministratorAccess stays where IAM doesn't let it go, and so does what denies some of it.
    holdsRole(iam, role({ inline: others, attached: attached() }), policies);
    iam.on(DetachRolePolicyCommand).rejects(fault('UnmodifiableEntityException'));
    const answer = await run(both);
    expect(answer).toMatchObject({ status: 'refused', wrote: [] });
    expect(answer.because).toContain(`${ADMINISTRATOR} allows what that denies`);
  });

  it.each<[string, object, Partial<Kept>]>([
    ['a trust for more', { do: 'trust', document: WIDE }, { trust: NARROW }],
    ['more in an inline policy', { ...replace, document: policyOf('*') }, {}],
    ['a new inline policy', { ...replace, name: 'new' }, {}],
    ['a policy that nobody can read', { do: 'detach', arn: BOUNDARY }, { attached: new Set([BOUNDARY]) }],
    ['another boundary', bound, { boundary: ADMINISTRATOR }],
  ])('%s: nothing is written', async (_, deed, more) => {
    holdsRole(iam, role(more), POLICIES);
    expect(await run([deed])).toMatchObject({ status: 'refused', wrote: [], because: expect.any(String) });
    expect(writes(iam)).toEqual([]);
  });

  it('a session deny stands', async () => {
    const name = denyName(deny);
    const state = holdsRole(iam, role({ inline: new Map([[name, renderDeny(deny)]]) }));
    for (const deed of [
      { do: 'delete-inline', name },
      { do: 'put-inline', name, document: DENIES },
    ]) {
      expect(await run([deed])).toMatchObject({ status: 'refused', because: expect.stringContaining('session deny') });
    }
    expect(state.role?.inline.get(name)).toBe(renderDeny(deny));
    expect(writes(iam)).toEqual([]);
  });

  it('a policy that we are not let read stays attached', async () => {
    holdsRole(iam, role(), POLICIES);
    iam.on(GetPolicyCommand).rejects(fault('AccessDenied', 403));
    expect(await run([detach])).toMatchObject({ status: 'refused' });
    iam.on(GetPolicyCommand).rejects(fault('ThrottlingException'));
    await expect(run([detach])).rejects.toMatchObject({ name: 'Throttled' });
    expect(writes(iam)).toEqual([]);
  });
});

describe('roles that are not ours to write', () => {
  it.each([
    ['excluded', `arn:aws:iam::${ACCOUNT}:role/podid/secret-orders`],
    ['neither opted in nor of grants', `arn:aws:iam::${ACCOUNT}:role/orders`],
    ['below the path of grants, but not directly', `arn:aws:iam::${ACCOUNT}:role/podid/x/orders`],
    ["podid's own", `arn:aws:iam::${ACCOUNT}:role/team/podid-mend-role-eu-west-1`],
    ["AWS's own", `arn:aws:iam::${ACCOUNT}:role/aws-service-role/eks.amazonaws.com/x`],
    ['of another account', 'arn:aws:iam::444455556666:role/team/orders'],
  ])('%s', async (_, arn) => {
    holdsRole(iam, role({ arn }), POLICIES);
    expect(await run([remove], { roleArn: arn })).toMatchObject({ status: 'refused', wrote: [] });
    expect(iam.calls()).toEqual([]);
  });

  it('whose name another path has are gone', async () => {
    holdsRole(iam, role({ arn: `arn:aws:iam::${ACCOUNT}:role/secret/${NAME}` }), POLICIES);
    expect(await run([remove])).toMatchObject({ status: 'gone', because: expect.stringContaining('/secret/') });
    expect(writes(iam)).toEqual([]);
  });

  it('nothing is written when the environment can not be read', async () => {
    holdsRole(iam, role(), POLICIES);
    delete process.env.PODID_GRANTS;
    await expect(run([remove])).rejects.toThrow();
    environment();
    process.env.PODID_EXCLUDED_ROLES = 'team/*';
    await expect(run([remove])).rejects.toThrow();
    expect(iam.calls()).toEqual([]);
  });
});

describe('IAM', () => {
  it('has no such role, or no more', async () => {
    holdsRole(iam);
    expect(await run([remove])).toMatchObject({ status: 'gone', wrote: [] });
    holdsRole(iam, role(), POLICIES);
    iam.on(DetachRolePolicyCommand).rejects(missing());
    expect(await run([remove, detach])).toMatchObject({ status: 'gone', wrote: ['inline:intruders'] });
  });

  it('never takes it', async () => {
    holdsRole(iam, role(), POLICIES);
    iam.on(UpdateAssumeRolePolicyCommand).rejects(fault('MalformedPolicyDocumentException'));
    expect(await run([trust, remove])).toMatchObject({
      status: 'refused',
      wrote: ['inline:intruders'],
      because: 'trust: IAM says MalformedPolicyDocumentException',
    });
  });

  it('does not let us: an error, since nobody can mend it here', async () => {
    holdsRole(iam, role(), POLICIES);
    iam.on(DeleteRolePolicyCommand).rejects(fault('AccessDenied', 403));
    await expect(run([remove])).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

it.each([
  { deeds: [] },
  { asker: '' },
  { deeds: [{ do: 'attach', arn: ADMINISTRATOR }] },
  { deeds: [{ ...remove, document: '{}' }] },
])('takes nothing else: %j', async (more) => {
  await expect(run([remove], more)).rejects.toMatchObject({ name: 'InputMalformed' });
});
