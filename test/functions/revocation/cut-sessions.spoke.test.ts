import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  IAMServiceException,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { denyName, renderDeny } from '../../../functions/abac/session-deny.ts';
import { ACCOUNT, REGION, spoke } from './spoke.ts';

const cutSessions = await spoke('cut-sessions');
const iam = mockClient(IAMClient);

const roleArn = `arn:aws:iam::${ACCOUNT}:role/team/orders`;
const identity = {
  account: ACCOUNT,
  region: REGION,
  cluster: 'payments',
  namespace: 'checkout',
  serviceAccount: 'api',
};
const cut = {
  revocation: 'r-1',
  do: 'cut',
  identity,
  roleArn,
  form: 'tags',
  account: ACCOUNT,
  region: REGION,
  via: [],
} as const;
const PolicyName = denyName(cut);
const NINE = '2026-11-21T09:00:00Z';

const fault = (name: string, status = 400) =>
  new IAMServiceException({ name, message: name, $fault: 'client', $metadata: { httpStatusCode: status } });
const missing = fault('NoSuchEntityException', 404);
const stored = (cutLike: Parameters<typeof renderDeny>[0]) => ({
  RoleName: 'orders',
  PolicyName,
  PolicyDocument: encodeURIComponent(renderDeny(cutLike)),
});
const role = (Arn = roleArn) => ({
  Role: { Arn, Path: '/team/', RoleName: 'orders', RoleId: 'AROA', CreateDate: new Date(0) },
});
const written = () => iam.commandCalls(PutRolePolicyCommand).map(({ args }) => args[0].input);

beforeEach(() => {
  iam.reset();
  delete process.env.PODID_EXCLUDED_ROLES;
  iam.on(GetRoleCommand, { RoleName: 'orders' }).resolves(role());
  iam.on(GetRolePolicyCommand).rejects(missing);
  iam.on(PutRolePolicyCommand).resolves({});
});

describe('cut-sessions', () => {
  it('writes the deny once, and reads it back', async () => {
    iam.on(GetRolePolicyCommand).rejectsOnce(missing).resolves(stored(cut));
    expect(await cutSessions(cut)).toEqual({ status: 'cut', policyName: PolicyName, at: expect.any(String) });
    expect(written()).toEqual([{ RoleName: 'orders', PolicyName, PolicyDocument: renderDeny(cut) }]);
    expect(iam.commandCalls(GetRolePolicyCommand)).toHaveLength(2);
  });

  it('says so when IAM does not show it yet', async () => {
    expect(await cutSessions(cut)).toMatchObject({
      status: 'cut',
      because: expect.stringMatching(/does not show it yet/),
    });
  });

  it.each([
    ['the same', cut, cut, 'already-cut'],
    ['no bound, where one is wanted', cut, { ...cut, issuedBefore: NINE }, 'cut'],
    ['a bound, where none is wanted', { ...cut, issuedBefore: NINE }, cut, 'cut'],
    ['a later bound', { ...cut, issuedBefore: '2026-11-21T09:00:01Z' }, { ...cut, issuedBefore: NINE }, 'already-cut'],
    ['an earlier bound', { ...cut, issuedBefore: '2026-11-21T08:59:59Z' }, { ...cut, issuedBefore: NINE }, 'cut'],
  ])('finding %s', async (_, standing, wanted, status) => {
    iam.on(GetRolePolicyCommand).resolvesOnce(stored(standing)).resolves(stored(wanted));
    expect(await cutSessions(wanted)).toMatchObject({ status });
    expect(written().map(({ PolicyDocument }) => PolicyDocument)).toEqual(status === 'cut' ? [renderDeny(wanted)] : []);
  });

  it('overwrites what somebody else made of it', async () => {
    const PolicyDocument = encodeURIComponent(renderDeny(cut).replace('"Deny"', '"Allow"'));
    iam
      .on(GetRolePolicyCommand)
      .resolvesOnce({ ...stored(cut), PolicyDocument })
      .resolves(stored(cut));
    expect(await cutSessions(cut)).toMatchObject({ status: 'cut' });
    expect(written()).toHaveLength(1);
  });
});

describe('answers that are final', () => {
  it.each([
    ['NoSuchEntityException', 'role-gone'],
    ['LimitExceededException', 'no-room'],
    ['LimitExceeded', 'no-room'],
    ['UnmodifiableEntityException', 'refused'],
  ])('%s from the write: %s', async (name, status) => {
    iam.on(PutRolePolicyCommand).rejects(fault(name));
    expect(await cutSessions(cut)).toMatchObject({ status, because: expect.stringMatching(/orders/) });
  });

  it('a role that is gone already', async () => {
    iam.on(GetRoleCommand).rejects(missing);
    expect(await cutSessions(cut)).toMatchObject({ status: 'role-gone' });
    expect(written()).toEqual([]);
  });

  it.each([
    ["another account's role", { roleArn: 'arn:aws:iam::444455556666:role/orders' }, /444455556666/],
    ["AWS's own role", { roleArn: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/x/orders` }, /AWS's own/],
    ["podid's own role", { roleArn: `arn:aws:iam::${ACCOUNT}:role/podid-restart` }, /podid's own/],
    ['an excluded role', { roleArn: `arn:aws:iam::${ACCOUNT}:role/platform/orders` }, /excluded/],
    ['a name that would widen it', { identity: { ...identity, namespace: '*' } }, /namespace/],
    ['an unbounded deny on everybody', { form: 'whole-role' }, /without a time/],
  ])('%s is refused before IAM is asked', async (_, part, because) => {
    process.env.PODID_EXCLUDED_ROLES = '["platform/*"]';
    expect(await cutSessions({ ...cut, ...part })).toMatchObject({
      status: 'refused',
      because: expect.stringMatching(because),
    });
    expect(iam.calls()).toEqual([]);
  });

  it('a path that is not the role’s does not get past the exclusions', async () => {
    process.env.PODID_EXCLUDED_ROLES = '["team/*"]';
    const lie = { ...cut, roleArn: `arn:aws:iam::${ACCOUNT}:role/orders` };
    expect(await cutSessions(lie)).toMatchObject({
      status: 'refused',
      because: expect.stringMatching(/is arn:.*team\/orders, not/),
    });
    expect(written()).toEqual([]);
  });
});

describe('failures', () => {
  it.each<[name: string, ours: string, status?: number]>([
    ['Throttling', 'Throttled'],
    ['AccessDenied', 'AccessDenied'],
    ['ServiceFailureException', 'ServiceUnavailable', 500],
    ['MalformedPolicyDocumentException', 'Refused'],
  ])('%s becomes %s, with its cause', async (name, ours, status = 400) => {
    iam.on(PutRolePolicyCommand).rejects(fault(name, status));
    await expect(cutSessions(cut)).rejects.toMatchObject({
      name: ours,
      cause: { name },
      message: expect.stringMatching(/PutRolePolicy/),
    });
  });

  it('exclusions that can not be read let nothing be written', async () => {
    process.env.PODID_EXCLUDED_ROLES = 'platform/*';
    await expect(cutSessions(cut)).rejects.toThrow();
    expect(iam.calls()).toEqual([]);
  });

  it('a lift is not a cut', async () => {
    await expect(cutSessions({ ...cut, do: 'lift' })).rejects.toMatchObject({ name: 'InputMalformed' });
  });
});
