import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ApplyRoleOutput } from '../../../functions/provisioning/contract.ts';
import { ACCOUNT, handlerOf } from '../revocation/spoke.ts';
import { fault } from '../trust/tighten-trust.ts';
import {
  ASKER,
  asked,
  BOUNDARY,
  environment,
  GRANT,
  holdsRole,
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

const applyRole = await handlerOf('provisioning', 'apply-role');
const iam = mockClient(IAMClient);
const run = async (input: object) => ApplyRoleOutput.parse(await applyRole(input));

beforeEach(() => {
  iam.reset();
  environment();
});

/** A role as this grant makes it. */
const made = async () => {
  const state = holdsRole(iam);
  await run(asked());
  if (state.role === undefined) throw new Error('nothing was made');
  return { role: state.role, state };
};

describe('a role of ours', () => {
  it('is made bounded and marked in one call, and then given its policies', async () => {
    const state = holdsRole(iam);
    expect(await run(asked())).toEqual({
      status: 'created',
      roleArn,
      roleId: 'AROAWEB',
      wrote: ['role', 'inline:podid-inline'],
      at: expect.any(String),
    });
    const [call] = iam.commandCalls(CreateRoleCommand);
    expect(call?.args[0].input).toMatchObject({ RoleName: NAME, Path: '/podid/', PermissionsBoundary: BOUNDARY });
    expect(Object.fromEntries(state.role?.tags ?? [])).toEqual({ ...TAGS, 'podid:made-by': ASKER });
    expect(writes(iam)).toEqual(['CreateRole', 'PutRolePolicy']);
  });

  it('whose answer was lost is recognised by the mark, and finished', async () => {
    const { role } = await made();
    role.inline.clear();
    iam.resetHistory();
    expect(await run(asked())).toMatchObject({ status: 'created', wrote: ['inline:podid-inline'] });
    expect(writes(iam)).toEqual(['PutRolePolicy']);
  });

  it('that can not be read before it is made, and is there, is recognised, too', async () => {
    const { state } = await made();
    state.hidden = 1;
    expect(await run(asked())).toMatchObject({ status: 'created', wrote: [] });
    expect(iam.commandCalls(CreateRoleCommand)).toHaveLength(2);
  });

  it('twice is as once', async () => {
    await made();
    iam.resetHistory();
    expect(await run(asked({ standing: 'keep' }))).toMatchObject({ status: 'created', wrote: [] });
    expect(await run(asked({ standing: 'update' }, { asker: `${GRANT}-v2-p1` }))).toMatchObject({ status: 'kept' });
    expect(writes(iam)).toEqual([]);
  });

  it('loses what the plan does not have, but not the deny of a revocation', async () => {
    const { role } = await made();
    const deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}';
    role.inline.set('podid-deny-1', deny).set('podid-deny-2', policyOf('s3:*')).set('theirs', policyOf('s3:*'));
    role.attached.add('arn:aws:iam::aws:policy/AdministratorAccess');
    expect(await run(asked({ standing: 'update' }))).toMatchObject({
      wrote: ['attached:arn:aws:iam::aws:policy/AdministratorAccess', 'inline:podid-deny-2', 'inline:theirs'],
    });
    expect([...role.inline.keys()].toSorted()).toEqual(['podid-deny-1', 'podid-inline']);
  });

  it('gets its boundary back before anything else', async () => {
    const { role } = await made();
    delete role.boundary;
    role.inline.clear();
    expect(await run(asked({ standing: 'update' }))).toMatchObject({ wrote: ['boundary', 'inline:podid-inline'] });
  });
});

describe('a role of somebody else', () => {
  const foreign = async (tags: [string, string][]) => {
    const { role } = await made();
    role.tags.clear();
    for (const [key, value] of tags) role.tags.set(key, value);
    iam.resetHistory();
  };
  const other = 'g-aaaaaaaaaaaaaaaa';

  it.each([
    ['create', []],
    ['create', [['podid:grant', GRANT]]],
    [
      'create',
      [
        ['podid:grant', GRANT],
        ['podid:made-by', `${other}-v1-p1`],
      ],
    ],
    ['keep', []],
    ['update', [['podid:grant', other]]],
    ['adopt', [['podid:grant', other]]],
    ['take-over', [['podid:grant', other]]],
  ] as [string, [string, string][]][])('is not touched by a plan that says %s (%j)', async (standing, tags) => {
    await foreign(tags);
    expect(await run(asked({ standing }))).toMatchObject({
      status: 'differs',
      because: expect.stringContaining(roleArn),
    });
    expect(writes(iam)).toEqual([]);
  });

  it('is adopted as it is, without the mark of what we make', async () => {
    await foreign([]);
    expect(await run(asked({ standing: 'adopt' }))).toMatchObject({ status: 'updated', wrote: ['tags'] });
    expect(await run(asked({ standing: 'adopt', inline: {} }))).toMatchObject({ status: 'differs' });
  });

  it('under another path is another role', async () => {
    holdsRole(iam, { ...(await made()).role, arn: `arn:aws:iam::${ACCOUNT}:role/${NAME}` });
    expect(await run(asked())).toMatchObject({
      status: 'differs',
      because: expect.stringMatching(/role of that name/),
    });
  });
});

/** A parameter that a row lacks would be jest's `done`. */
const pairs = (rows: [string, object, object?][]) =>
  rows.map(([title, role, more = {}]): [string, [object, object]] => [title, [role, more]]);

describe('refused before IAM is asked', () => {
  const party = (part: object) => [{ tagged: [{ ...web, ...part }], untagged: [] }];
  it.each(
    pairs([
      ['another path', { roleArn: `arn:aws:iam::${ACCOUNT}:role/other/web` }],
      ['a deeper path', { roleArn: `arn:aws:iam::${ACCOUNT}:role/podid/x/web` }],
      ['another account', { roleArn: 'arn:aws:iam::444455556666:role/podid/web' }],
      ['an excluded role', { roleArn: `arn:aws:iam::${ACCOUNT}:role/podid/secret-web` }],
      ["podid's own role", { roleArn: `arn:aws:iam::${ACCOUNT}:role/podid/podid-survey` }],
      ['no boundary', { boundary: undefined }],
      ['another boundary', { boundary: 'arn:aws:iam::aws:policy/AdministratorAccess' }],
      ['a tag of its own', { tags: { ...TAGS, team: 'x' } }],
      ["another grant's tag", { tags: { 'podid:grant': 'g-aaaaaaaaaaaaaaaa' } }],
      ["another grant's execution", {}, { asker: 'g-aaaaaaaaaaaaaaaa-v1-p1' }],
      ['a plan that stops', { standing: 'stop' }],
      ['IAM', { inline: { 'podid-inline': policyOf('iam:GetRole') } }],
      ['a service wildcard over all', { inline: { 'podid-inline': policyOf('*') } }],
      ['an organisation', { inline: { 'podid-inline': policyOf('organizations:*') } }],
      ['associations', { inline: { 'podid-inline': policyOf('eks:*') } }],
      ['what is no policy', { inline: { 'podid-inline': '{}' } }],
      ['roles beyond the plan', { inline: { 'podid-inline': policyOf('sts:AssumeRole', roleArn) } }],
      ['any role as target', { inline: { [TARGETS]: policyOf('sts:AssumeRole', '*') } }],
      [
        "podid's functions as target",
        { inline: { [TARGETS]: policyOf('sts:AssumeRole', 'arn:aws:iam::444455556666:role/podid-survey') } },
      ],
      ['more than assuming', { inline: { [TARGETS]: policyOf(['sts:AssumeRole', 's3:GetObject'], roleArn) } }],
      ['a pattern as cluster', {}, { parties: [{ tagged: [], untagged: [{ ...web, cluster: '*' }] }] }],
      ['a pattern as service account', {}, { parties: party({ serviceAccount: '*' }) }],
      ['pods of another account', {}, { parties: party({ account: '444455556666' }) }],
      [
        'a source that is a pattern',
        { as: 'target' },
        { parties: [{ ...parties[0], sourceRoleArn: `arn:aws:iam::${ACCOUNT}:role/*` }] },
      ],
      ['a source role for sessions of roles', {}, { parties: [{ ...parties[0], sourceRoleArn: roleArn }] }],
      ['an existing role that nobody opted in', { managed: false, boundary: undefined, tags: {}, inline: {} }],
      [
        'tags on an existing role',
        { managed: false, roleArn: `arn:aws:iam::${ACCOUNT}:role/team/x`, boundary: undefined, inline: {} },
      ],
      [
        'an inline policy of its owner',
        { managed: false, roleArn: `arn:aws:iam::${ACCOUNT}:role/team/x`, boundary: undefined, tags: {} },
      ],
    ]),
  )('%s', async (_, [role, more]) => {
    expect(await run(asked(role, more))).toMatchObject({ status: 'refused', because: expect.any(String), wrote: [] });
    expect(iam.calls()).toEqual([]);
  });

  it('everything, where a variable can not be read', async () => {
    delete process.env.PODID_GRANTS;
    await expect(run(asked())).rejects.toThrow();
    expect(iam.calls()).toEqual([]);
  });
});

it('a managed policy is judged by its document before the role is made', async () => {
  const arn = `arn:aws:iam::${ACCOUNT}:policy/admin`;
  holdsRole(iam, undefined, { [arn]: policyOf('*') });
  expect(await run(asked({ managedPolicyArns: [arn] }))).toMatchObject({ status: 'refused' });
  expect(await run(asked({ managedPolicyArns: [`${arn}-gone`] }))).toMatchObject({ status: 'refused' });
  expect(writes(iam)).toEqual([]);
  holdsRole(iam, undefined, { [arn]: policyOf('s3:GetObject') });
  expect(await run(asked({ managedPolicyArns: [arn] }))).toMatchObject({ status: 'created' });
});

describe("IAM's answers", () => {
  const source = 'arn:aws:iam::444455556666:role/podid/source';
  const target = () =>
    asked(
      { as: 'target' },
      { parties: [{ sourceRoleArn: source, tagged: [{ ...web, account: '444455556666' }], untagged: [] }] },
    );
  const saying = (name: string, message: string) => Object.assign(fault(name), { message });

  it.each([
    ['the source that is not visible yet', `Invalid principal in policy: "AWS":"${source}"`, 'not-visible'],
    ['a principal that was deleted', 'Invalid principal in policy: "AWS":"AROAGONE"', 'refused'],
    ['a policy that it does not read', 'Syntax error', 'refused'],
  ])('a trust that names %s', async (_, message, status) => {
    holdsRole(iam);
    iam.on(CreateRoleCommand).rejects(saying('MalformedPolicyDocumentException', message));
    expect(await run(target())).toMatchObject({ status, because: message, wrote: [] });
  });

  it('a role that it does not know everywhere yet: again later', async () => {
    holdsRole(iam);
    iam.on(PutRolePolicyCommand).rejects(missing());
    expect(await run(asked())).toMatchObject({ status: 'not-visible', wrote: ['role'] });
  });

  it('an old copy after the write: again later', async () => {
    const { role } = await made();
    const { trust } = role;
    iam.on(UpdateAssumeRolePolicyCommand).callsFake(() => ({}));
    const more = { parties: [{ tagged: [web, { ...web, serviceAccount: 'worker' }], untagged: [] }] };
    expect(await run(asked({ standing: 'update' }, more))).toMatchObject({ status: 'not-visible', wrote: ['trust'] });
    expect(role.trust).toBe(trust);
  });

  it.each([
    ['Throttling', 'Throttled'],
    ['AccessDenied', 'AccessDenied'],
    ['ConcurrentModificationException', 'Conflict'],
  ])('%s becomes %s', async (name, ours) => {
    holdsRole(iam);
    iam.on(CreateRoleCommand).rejects(fault(name));
    await expect(run(asked())).rejects.toMatchObject({ name: ours, message: expect.stringMatching(/iam:CreateRole/) });
  });

  it('no room for the policy: refused, in its words', async () => {
    holdsRole(iam, undefined, { 'arn:aws:iam::aws:policy/Reads': policyOf('s3:GetObject') });
    iam.on(AttachRolePolicyCommand).rejects(saying('LimitExceededException', 'PoliciesPerRole: 10'));
    expect(await run(asked({ managedPolicyArns: ['arn:aws:iam::aws:policy/Reads'] }))).toMatchObject({
      status: 'refused',
      because: 'PoliciesPerRole: 10',
    });
  });
});
