/** EC2 in this account and region: what an instance's metadata service gives to the pods on it. */
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { answerOf, CLIENT_SETTINGS, lazily } from './edge.ts';

const ec2 = lazily(() => new EC2Client(CLIENT_SETTINGS));

export type InstanceMetadata = {
  readonly instanceId: string;
  readonly endpoint: boolean;
  /** Whether IMDSv2's tokens are required; without them IMDSv1 answers, which knows no hop limit. */
  readonly tokensRequired: boolean;
  readonly hopLimit: number;
  /** The instance profile's name. */
  readonly profile?: string;
};

/** In one call for up to 1,000 instances; those that are gone are left out. */
export const describeInstances = async (instanceIds: readonly string[]): Promise<InstanceMetadata[]> => {
  if (instanceIds.length === 0) return [];
  // By filter rather than by id: one unknown id would fail the whole call.
  const Filters = [{ Name: 'instance-id', Values: [...instanceIds] }];
  const instances: InstanceMetadata[] = [];
  let NextToken: string | undefined;
  do {
    const command = new DescribeInstancesCommand({ Filters, NextToken });
    const page = await answerOf('ec2:DescribeInstances', () => ec2().send(command));
    for (const instance of (page.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? [])) {
      const { InstanceId, MetadataOptions, IamInstanceProfile } = instance;
      if (InstanceId === undefined) continue;
      const profile = IamInstanceProfile?.Arn?.split('/').at(-1);
      instances.push({
        instanceId: InstanceId,
        endpoint: MetadataOptions?.HttpEndpoint !== 'disabled',
        tokensRequired: MetadataOptions?.HttpTokens !== 'optional',
        hopLimit: MetadataOptions?.HttpPutResponseHopLimit ?? 1,
        ...(profile !== undefined && { profile }),
      });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return instances;
};
