/** DescribeInstances, by ids and the filters that are in use. */
import type {
  DescribeInstancesCommandInput,
  Filter,
  Instance as InstanceOutput,
  Reservation,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../../contract.ts';
import { ApiError, notImplemented } from '../../wire/errors.ts';
import { pageOf } from '../page.ts';
import { type Instance, instancesOf } from './instances.ts';

export const DescribeInstances: Operation<
  DescribeInstancesCommandInput,
  { Reservations: Reservation[]; NextToken?: string }
> = {
  readOnly: true,
  // DescribeInstances knows no resource-level permissions.
  asks: () => [{ action: 'ec2:DescribeInstances', resource: '*' }],
  run: ({ InstanceIds, Filters = [], MaxResults = 1000, NextToken }, call) => {
    const instances = instancesOf(call.cloud, call.account, call.region);
    const wanted = InstanceIds ?? [...instances.keys()];
    const missing = wanted.filter((id) => !instances.has(id));
    if (missing.length > 0) {
      const which = missing.length === 1 ? `ID '${missing[0]}' does` : `IDs '${missing.join(', ')}' do`;
      throw new ApiError('InvalidInstanceID.NotFound', 400, `The instance ${which} not exist`);
    }
    const found = wanted
      .map((id) => instances.get(id))
      .filter((instance) => instance !== undefined)
      .filter((instance) => Filters.every((filter) => passes(instance, filter)));
    const page = pageOf(found, ({ instanceId }) => instanceId, MaxResults, NextToken);
    if (page === undefined) throw new ApiError('InvalidParameterValue', 400, 'Invalid value for parameter nextToken.');
    return {
      Reservations: page.items.map((instance) => ({
        ReservationId: instance.instanceId.replace(/^i-/, 'r-'),
        OwnerId: instance.account,
        Instances: [shown(instance)],
      })),
      ...(page.next === undefined ? {} : { NextToken: page.next }),
    };
  },
};

const passes = (instance: Instance, { Name = '', Values = [] }: Filter): boolean => {
  const read = Object.hasOwn(FILTERS, Name) ? FILTERS[Name] : undefined;
  const tag = /^tag:(.+)$/.exec(Name)?.[1];
  if (read === undefined && tag === undefined) throw notImplemented('ec2', `DescribeInstances with the filter ${Name}`);
  const value = tag === undefined ? read?.(instance) : instance.tags?.[tag];
  return value !== undefined && Values.includes(value);
};

const FILTERS: Readonly<Record<string, (instance: Instance) => string | undefined>> = {
  'instance-id': ({ instanceId }) => instanceId,
  'private-dns-name': ({ privateDnsName }) => privateDnsName,
  'iam-instance-profile.arn': ({ instanceProfileArn }) => instanceProfileArn,
  'instance-state-name': () => 'running',
};

const shown = (instance: Instance): InstanceOutput => ({
  InstanceId: instance.instanceId,
  InstanceType: 'm7g.large',
  State: { Code: 16, Name: 'running' },
  LaunchTime: instance.launchTime,
  Placement: { AvailabilityZone: `${instance.region}a` },
  ...(instance.privateDnsName === undefined ? {} : { PrivateDnsName: instance.privateDnsName }),
  ...(instance.instanceProfileArn === undefined ? {} : { IamInstanceProfile: { Arn: instance.instanceProfileArn } }),
  MetadataOptions: {
    State: 'applied',
    HttpTokens: instance.httpTokens ?? 'required',
    HttpPutResponseHopLimit: instance.hopLimit,
    HttpEndpoint: instance.httpEndpoint ?? 'enabled',
  },
  Tags: Object.entries(instance.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
});
