/** DescribeEventBus, ListEventBuses, PutPermission, RemovePermission. */
import type {
  DescribeEventBusRequest,
  DescribeEventBusResponse,
  ListEventBusesRequest,
  ListEventBusesResponse,
  PutPermissionRequest,
  RemovePermissionRequest,
} from '@aws-sdk/client-eventbridge';
import { ResourceNotFoundException } from '@aws-sdk/client-eventbridge';
import type { Operation } from '../../contract.ts';
import { addBusStatement, askBus, type Bus, busAt, busesOf, busReference, setBusStatements } from './bus.ts';
import { eventsPage } from './page.ts';

export const DescribeEventBus: Operation<DescribeEventBusRequest, DescribeEventBusResponse> = {
  readOnly: true,
  asks: (input, call) => [askBus(call.cloud, 'DescribeEventBus', busReference(input.Name, call))],
  run: (input, call) => shown(busAt(call.cloud, busReference(input.Name, call))),
};

export const ListEventBuses: Operation<ListEventBusesRequest, ListEventBusesResponse> = {
  readOnly: true,
  asks: () => [{ action: 'events:ListEventBuses', resource: '*' }],
  run: (input, call) => {
    const buses = [...busesOf(call.cloud, call.account, call.region).values()].filter(({ name }) =>
      name.startsWith(input.NamePrefix ?? ''),
    );
    const page = eventsPage(buses, ({ name }) => name, input);
    return { EventBuses: page.items.map(shown), ...page.paging };
  },
};

export const PutPermission: Operation<PutPermissionRequest, Record<string, never>> = {
  readOnly: false,
  asks: (input, call) => [askBus(call.cloud, 'PutPermission', busReference(input.EventBusName, call))],
  run: (input, call) => {
    const bus = busAt(call.cloud, busReference(input.EventBusName, call));
    if (input.Policy !== undefined) {
      const { Statement }: { Statement: object | object[] } = JSON.parse(input.Policy);
      setBusStatements(bus, Array.isArray(Statement) ? Statement : [Statement]);
      return {};
    }
    const { StatementId = '', Action = 'events:PutEvents', Principal = '', Condition } = input;
    addBusStatement(bus, {
      Sid: StatementId,
      Effect: 'Allow',
      Principal: Principal === '*' ? '*' : { AWS: `arn:${call.cloud.partition}:iam::${Principal}:root` },
      Action,
      Resource: bus.arn,
      ...(Condition?.Type === undefined
        ? {}
        : { Condition: { [Condition.Type]: { [Condition.Key ?? '']: Condition.Value } } }),
    });
    return {};
  },
};

export const RemovePermission: Operation<RemovePermissionRequest, Record<string, never>> = {
  readOnly: false,
  asks: (input, call) => [askBus(call.cloud, 'RemovePermission', busReference(input.EventBusName, call))],
  run: (input, call) => {
    const bus = busAt(call.cloud, busReference(input.EventBusName, call));
    const statements = bus.policy?.statements ?? [];
    const rest = input.RemoveAllPermissions
      ? []
      : statements.filter((it) => !('Sid' in it && it.Sid === input.StatementId));
    if (rest.length === statements.length) {
      const message = 'Statement with the provided id does not exist.';
      throw new ResourceNotFoundException({ message, $metadata: {} });
    }
    if (rest.length === 0) delete bus.policy;
    else setBusStatements(bus, rest);
    return {};
  },
};

const shown = (bus: Bus) => ({
  Name: bus.name,
  Arn: bus.arn,
  CreationTime: bus.createdAt,
  ...(bus.policy === undefined
    ? {}
    : { Policy: JSON.stringify({ Version: '2012-10-17', Statement: bus.policy.statements }) }),
});
