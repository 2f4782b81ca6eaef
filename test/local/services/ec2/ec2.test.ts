/** DescribeInstances over the EC2 protocol. */

import { DescribeInstancesCommand, EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addInstance } from '../../../../local/services/ec2/index.ts';
import { ACCOUNT, type Listening, PODS_TRUST, REGION, startListening } from '../../wire/listening.ts';

let here: Listening;
let ec2: EC2Client;

beforeAll(async () => {
  here = await startListening();
  ec2 = new EC2Client(here.config());
  for (const n of [1, 2, 3]) {
    addInstance(here.cloud, {
      account: ACCOUNT,
      region: REGION,
      instanceId: `i-000000000000000${n}`,
      privateDnsName: `ip-10-0-0-${n}.eu-west-1.compute.internal`,
      instanceProfileArn: `arn:aws:iam::${ACCOUNT}:instance-profile/node`,
      hopLimit: n,
      tags: { n: String(n) },
    });
  }
});
afterAll(() => here.cloud.close());

test('by ids, with the hop limit and the profile', async () => {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-0000000000000002'] }));
  expect(Reservations).toHaveLength(1);
  expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
    InstanceId: 'i-0000000000000002',
    State: { Code: 16, Name: 'running' },
    MetadataOptions: { HttpPutResponseHopLimit: 2, HttpTokens: 'required', HttpEndpoint: 'enabled' },
    IamInstanceProfile: { Arn: `arn:aws:iam::${ACCOUNT}:instance-profile/node` },
    LaunchTime: expect.any(Date),
    Tags: [{ Key: 'n', Value: '2' }],
  });
  await expect(ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-1'] }))).rejects.toMatchObject({
    name: 'InvalidInstanceID.NotFound',
    message: "The instance ID 'i-1' does not exist",
  });
});

test('by filters, in pages', async () => {
  const names = [1, 3].map((n) => `ip-10-0-0-${n}.eu-west-1.compute.internal`);
  const found: Array<string | undefined> = [];
  const pages = paginateDescribeInstances(
    { client: ec2, pageSize: 1 },
    { Filters: [{ Name: 'private-dns-name', Values: names }] },
  );
  for await (const { Reservations = [] } of pages)
    found.push(...Reservations.flatMap(({ Instances = [] }) => Instances.map((i) => i.PrivateDnsName)));
  expect(found).toEqual(names);
  const tagged = await ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'tag:n', Values: ['3'] }] }));
  expect(tagged.Reservations).toHaveLength(1);
  await expect(
    ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'vpc-id', Values: ['v'] }] })),
  ).rejects.toMatchObject({ name: 'NotImplemented' });
});

test('who may not is told in EC2’s words', async () => {
  await here.iam.send(new CreateRoleCommand({ RoleName: 'none', AssumeRolePolicyDocument: PODS_TRUST }));
  const { credentials } = here.cloud.issueSession(`arn:aws:iam::${ACCOUNT}:role/none`, 's1', 'lambda.amazonaws.com');
  await expect(new EC2Client(here.config(credentials)).send(new DescribeInstancesCommand({}))).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
  });
});
