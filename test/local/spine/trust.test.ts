/** A wrong trust policy, written by somebody with the account's credentials in the running fleet: found with a witness, and mended where podid may. */
import { GetRoleCommand, IAMClient, TagRoleCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FindingRow } from '../../../functions/store/finding-row.ts';
import { as, deadLetters, eventually, type Running, settled, startDemo, storeOf } from './harness.ts';

const PODS = { Service: 'pods.eks.amazonaws.com' };
const ACTIONS = ['sts:AssumeRole', 'sts:TagSession'];
const OPEN = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: PODS, Action: ACTIONS }],
});

let demo: Running;
beforeAll(async () => {
  demo = await startDemo();
  // The first sweep: without a complete listing nothing is narrowed.
  await settled(demo);
}, 120_000);
afterAll(() => demo.stop(), 60_000);

const iam = (profile: string) => new IAMClient(as(demo, profile));
const write = (profile: string, RoleName: string, PolicyDocument: string) =>
  iam(profile).send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
const trustOf = async (profile: string, RoleName: string): Promise<string> => {
  const { Role } = await iam(profile).send(new GetRoleCommand({ RoleName }));
  return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
};
const tooBroad = async (roleArn: string, state: FindingRow['state']): Promise<FindingRow | undefined> =>
  (await storeOf(demo).findings.of(roleArn)).find((row) => row.reason === 'TrustTooBroad' && row.state === state);

describe('a trust policy that admits every association of the account', () => {
  it('is found with a witness and narrowed to those that there are, where the role is under management', async () => {
    const arn = 'arn:aws:iam::222222222222:role/checkout-orders';
    await write('payments', 'checkout-orders', OPEN);
    const mended = await eventually('the mended finding', () => tooBroad(arn, 'resolved'));
    expect(mended).toMatchObject({ witness: expect.any(String), resolvedBy: { kind: 'TrustTightened' } });
    const trust = await trustOf('payments', 'checkout-orders');
    for (const name of ['"api"', '"worker"', '"checkout"', 'cluster/payments']) expect(trust).toContain(name);
    await settled(demo);
    const entries = await storeOf(demo).journal.of(arn);
    // Once, though the event of our own write has come back to us.
    expect(entries.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    expect(await trustOf('payments', 'checkout-orders')).toBe(trust);
    expect(await tooBroad(arn, 'open')).toBeUndefined();
  }, 60_000);

  it('is found and left alone where the role is not under management, and the finding says why', async () => {
    const arn = 'arn:aws:iam::333333333333:role/reports-dashboard';
    await write('analytics', 'reports-dashboard', OPEN);
    const found = await eventually('the finding', () => tooBroad(arn, 'open'));
    expect(found).toMatchObject({ severity: 'error', held: expect.stringContaining('not under management') });
    await settled(demo);
    expect(JSON.parse(await trustOf('analytics', 'reports-dashboard'))).toEqual(JSON.parse(OPEN));
  }, 60_000);
});

it('a change of a role that has nothing to do with podid leaves no trace', async () => {
  const nodes = 'arn:aws:iam::222222222222:role/payments-node';
  await iam('payments').send(new TagRoleCommand({ RoleName: 'payments-node', Tags: [{ Key: 'a', Value: 'b' }] }));
  await settled(demo);
  expect(await storeOf(demo).findings.of(nodes)).toEqual([]);
  expect(await storeOf(demo).journal.of(nodes)).toEqual([]);
  expect(await deadLetters(demo)).toEqual([]);
}, 60_000);
