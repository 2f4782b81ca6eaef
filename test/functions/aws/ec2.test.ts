import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { describeInstances } from '../../../functions/aws/ec2.ts';

const ec2 = mockClient(EC2Client);

it('reads what the metadata service gives, over all pages', async () => {
  ec2
    .on(DescribeInstancesCommand)
    .resolvesOnce({
      NextToken: 'n',
      Reservations: [
        {
          Instances: [
            {
              InstanceId: 'i-1',
              MetadataOptions: { HttpTokens: 'optional', HttpPutResponseHopLimit: 2 },
              IamInstanceProfile: { Arn: 'arn:aws:iam::111122223333:instance-profile/nodes/blue' },
            },
          ],
        },
      ],
    })
    .resolvesOnce({
      Reservations: [{ Instances: [{ InstanceId: 'i-2', MetadataOptions: { HttpEndpoint: 'disabled' } }] }],
    });
  expect(await describeInstances(['i-1', 'i-2'])).toEqual([
    { instanceId: 'i-1', endpoint: true, tokensRequired: false, hopLimit: 2, profile: 'blue' },
    { instanceId: 'i-2', endpoint: false, tokensRequired: true, hopLimit: 1 },
  ]);
  expect(ec2.commandCalls(DescribeInstancesCommand).map(({ args }) => args[0].input.NextToken)).toEqual([
    undefined,
    'n',
  ]);
});

it('asks nothing for nobody', async () => {
  ec2.reset();
  expect(await describeInstances([])).toEqual([]);
  expect(ec2.calls()).toEqual([]);
});
