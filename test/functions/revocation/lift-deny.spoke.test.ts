import { DeleteRolePolicyCommand, GetRolePolicyCommand, IAMClient, IAMServiceException } from '@aws-sdk/client-iam';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { denyName, renderDeny } from '../../../functions/abac/session-deny.ts';
import { ACCOUNT, REGION, spoke } from './spoke.ts';

const liftDeny = await spoke('lift-deny');
const iam = mockClient(IAMClient);

const lift = {
  revocation: 'r-1',
  do: 'lift',
  identity: { account: ACCOUNT, region: REGION, cluster: 'payments', namespace: 'checkout', serviceAccount: 'api' },
  roleArn: `arn:aws:iam::${ACCOUNT}:role/orders`,
  form: 'tags',
  account: ACCOUNT,
  region: REGION,
  via: [],
} as const;
const PolicyName = denyName(lift);
const missing = new IAMServiceException({ name: 'NoSuchEntityException', $fault: 'client', $metadata: {} });
const deleted = () => iam.commandCalls(DeleteRolePolicyCommand).map(({ args }) => args[0].input);
const standing = (document: string) =>
  iam
    .on(GetRolePolicyCommand)
    .resolves({ RoleName: 'orders', PolicyName, PolicyDocument: encodeURIComponent(document) });

beforeEach(() => {
  iam.reset();
  iam.on(DeleteRolePolicyCommand).resolves({});
});

describe('lift-deny', () => {
  it.each([
    ['without a time', renderDeny(lift)],
    ['with one', renderDeny({ ...lift, issuedBefore: '2026-11-21T09:00:00Z' })],
  ])('removes our deny %s', async (_, document) => {
    standing(document);
    expect(await liftDeny(lift)).toEqual({ status: 'lifted', policyName: PolicyName, at: expect.any(String) });
    expect(deleted()).toEqual([{ RoleName: 'orders', PolicyName }]);
  });

  it('is content when it, or the role, is gone', async () => {
    iam.on(GetRolePolicyCommand).rejects(missing);
    expect(await liftDeny(lift)).toMatchObject({ status: 'lifted', because: 'it was gone already' });
    expect(deleted()).toEqual([]);
  });

  it('is content when it goes in between', async () => {
    standing(renderDeny(lift));
    iam.on(DeleteRolePolicyCommand).rejects(missing);
    expect(await liftDeny(lift)).toMatchObject({ status: 'lifted' });
  });

  it('leaves what somebody else made of it', async () => {
    standing(renderDeny(lift).replace('"Action":"*"', '"Action":"s3:*"'));
    expect(await liftDeny(lift)).toMatchObject({ status: 'refused', because: expect.stringMatching(/by hand/) });
    expect(deleted()).toEqual([]);
  });

  it("refuses another account's role", async () => {
    expect(await liftDeny({ ...lift, roleArn: 'arn:aws:iam::444455556666:role/orders' })).toMatchObject({
      status: 'refused',
    });
    expect(iam.calls()).toEqual([]);
  });
});
