/** Tags of everything in EKS that bears some, by ARN. */
import * as eks from '@aws-sdk/client-eks';
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  ACCOUNT,
  allow,
  CLUSTER_ARN,
  type Listening,
  PODS_TRUST,
  REGION,
  startListening,
} from '../../wire/listening.ts';

let here: Listening;
const clusterName = 'payments';
const roleArn = `arn:aws:iam::${ACCOUNT}:role/deep/path/app`;
const arns = { cluster: CLUSTER_ARN, association: '', entry: '', addon: '' };
const kinds = ['cluster', 'association', 'entry', 'addon'] as const;

beforeAll(async () => {
  here = await startListening();
  await here.iam.send(
    new CreateRoleCommand({ RoleName: 'app', Path: '/deep/path/', AssumeRolePolicyDocument: PODS_TRUST }),
  );
  const { association } = await here.eks.send(
    new eks.CreatePodIdentityAssociationCommand({ clusterName, namespace: 'ns', serviceAccount: 'sa', roleArn }),
  );
  const { accessEntry } = await here.eks.send(new eks.CreateAccessEntryCommand({ clusterName, principalArn: roleArn }));
  const { addon } = await here.eks.send(new eks.CreateAddonCommand({ clusterName, addonName: 'vpc-cni' }));
  arns.association = association?.associationArn ?? '';
  arns.entry = accessEntry?.accessEntryArn ?? '';
  arns.addon = addon?.addonArn ?? '';
});
afterAll(() => here.cloud.close());

const tagsOf = async (resourceArn: string) =>
  (await here.eks.send(new eks.ListTagsForResourceCommand({ resourceArn }))).tags;

test.each(kinds)('tags of a %s: added, changed, removed, and logged with the encoded ARN', async (kind) => {
  const resourceArn = arns[kind];
  await here.eks.send(new eks.TagResourceCommand({ resourceArn, tags: { a: '1', b: '2' } }));
  await here.eks.send(new eks.TagResourceCommand({ resourceArn, tags: { b: '3', 'c/d': 'e f' } }));
  expect(here.records.at(-1)?.detail).toMatchObject({
    eventName: 'TagResource',
    requestParameters: { resourceArn: encodeURIComponent(resourceArn), tags: { b: '3', 'c/d': 'e f' } },
  });
  await here.eks.send(new eks.UntagResourceCommand({ resourceArn, tagKeys: ['a', 'x'] }));
  expect(here.records.at(-1)?.detail).toMatchObject({
    eventName: 'UntagResource',
    requestParameters: { resourceArn: encodeURIComponent(resourceArn), tagKeys: ['a', 'x'] },
  });
  expect(await tagsOf(resourceArn)).toEqual({ b: '3', 'c/d': 'e f' });
});

test('tags show in what they are on', async () => {
  const { cluster } = await here.eks.send(new eks.DescribeClusterCommand({ name: clusterName }));
  const { addon } = await here.eks.send(new eks.DescribeAddonCommand({ clusterName, addonName: 'vpc-cni' }));
  expect([cluster?.tags, addon?.tags]).toEqual([
    { b: '3', 'c/d': 'e f' },
    { b: '3', 'c/d': 'e f' },
  ]);
});

test.each<[string, () => string, string]>([
  ['what is no ARN', () => 'payments', 'BadRequestException'],
  ['another service’s ARN', () => roleArn, 'BadRequestException'],
  ['a cluster that is not there', () => `${CLUSTER_ARN}s`, 'NotFoundException'],
  ['another region’s', () => CLUSTER_ARN.replace(REGION, 'eu-west-2'), 'NotFoundException'],
  ['an association that is not there', () => `${arns.association.slice(0, -1)}!`, 'NotFoundException'],
  ['an add-on of another life', () => arns.addon.replace(/[^/]+$/, 'x'), 'NotFoundException'],
  ['a kind that bears none', () => CLUSTER_ARN.replace('cluster', 'constructor'), 'NotFoundException'],
])('the tag calls refuse %s', async (_what, arn, name) => {
  const resourceArn = arn();
  for (const attempt of [
    () => tagsOf(resourceArn),
    () => here.eks.send(new eks.TagResourceCommand({ resourceArn, tags: { a: 'b' } })),
    () => here.eks.send(new eks.UntagResourceCommand({ resourceArn, tagKeys: ['a'] })),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ name });
  }
});

test.each<[string, Record<string, string>, string]>([
  [
    'more than 50 in all',
    Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`k${i}`, 'v'])),
    'the maximum is 50',
  ],
  ['keys of AWS', { 'AWS:x': 'y' }, 'reserved'],
  ['an empty key', { '': 'y' }, 'between 1 and 128'],
  ['a long key', { [`k${'x'.repeat(128)}`]: 'y' }, 'between 1 and 128'],
  ['a long value', { k: 'x'.repeat(257) }, '256'],
])('TagResource refuses %s', async (_what, tags, text) => {
  await expect(here.eks.send(new eks.TagResourceCommand({ resourceArn: arns.addon, tags }))).rejects.toMatchObject({
    name: 'BadRequestException',
    message: expect.stringContaining(text),
  });
  expect(await tagsOf(arns.addon)).toEqual({ b: '3', 'c/d': 'e f' });
});

test('tags decide about calls on what bears them', async () => {
  await here.iam.send(new CreateRoleCommand({ RoleName: 'tagged', AssumeRolePolicyDocument: PODS_TRUST }));
  const PolicyDocument = allow('eks:*', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'a' } } });
  await here.iam.send(new PutRolePolicyCommand({ RoleName: 'tagged', PolicyName: 'p', PolicyDocument }));
  const { credentials } = here.cloud.issueSession(`arn:aws:iam::${ACCOUNT}:role/tagged`, 's', 'lambda.amazonaws.com');
  const client = new eks.EKSClient(here.config(credentials));
  const attempt = () => client.send(new eks.DescribeAddonCommand({ clusterName, addonName: 'vpc-cni' }));
  await expect(attempt()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await here.eks.send(new eks.TagResourceCommand({ resourceArn: arns.addon, tags: { team: 'a' } }));
  await expect(attempt()).resolves.toBeDefined();
});
