import { expect, it } from '@jest/globals';
import { fallbackOf, type NodeFacts } from '../../../functions/revocation/fallback.ts';

const roleArn = 'arn:aws:iam::111122223333:role/node';
const metadata = { endpoint: true, tokensRequired: true, hopLimit: 1 };
const node = (rest: Partial<NodeFacts> = {}): NodeFacts => ({
  name: 'n',
  kind: 'ec2',
  hostNetwork: false,
  metadata,
  roleArn,
  ...rest,
});

it.each([
  ['IMDSv2 with a hop limit of 1', {}, 'no'],
  ['a hop limit of 2', { metadata: { ...metadata, hopLimit: 2 } }, 'yes'],
  ['IMDSv1, which knows no hop limit', { metadata: { ...metadata, tokensRequired: false } }, 'yes'],
  ["a pod on the node's network", { hostNetwork: true }, 'yes'],
  ['metadata switched off', { hostNetwork: true, metadata: { ...metadata, endpoint: false } }, 'no'],
  ['Fargate', { kind: 'fargate', metadata: undefined }, 'no'],
  ['a hybrid node', { kind: 'other', metadata: undefined }, 'unknown'],
  ['EC2 may not be asked', { metadata: undefined, unread: 'ec2:DescribeInstances is not allowed' }, 'unknown'],
  ['an instance that is gone', { metadata: undefined }, 'unknown'],
] as const)('%s: reachable is %s', (_, rest, reachable) => {
  const [judged] = fallbackOf(undefined, [node(rest)]).nodeRoles;
  expect(judged).toMatchObject({ reachable, nodes: 1, because: expect.stringMatching(/\w/) });
});

it('counts nodes that are alike as one, the reachable first', () => {
  const open = { metadata: { ...metadata, hopLimit: 2 } };
  const { irsaRoleArn, nodeRoles } = fallbackOf('arn:aws:iam::111122223333:role/irsa', [
    node(),
    node(),
    node(open),
    node({ ...open, roleArn: 'arn:aws:iam::111122223333:role/other' }),
    node(open),
  ]);
  expect(irsaRoleArn).toBe('arn:aws:iam::111122223333:role/irsa');
  expect(
    nodeRoles.map(({ roleArn: role, reachable, nodes }) => `${nodes} ${role?.split('/')[1]} ${reachable}`),
  ).toEqual(['2 node yes', '1 other yes', '2 node no']);
});
