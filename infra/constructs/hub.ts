/** What a capability finds in the hub's stack, and how it adds a function there. */
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Config } from '../../functions/config.ts';
import { hubRoleName } from '../../functions/names.ts';
import { addFunction, type FunctionSpec, type Functions } from './function.ts';
import { journalIsAppendOnly, mayUse, type TableUse } from './tables.ts';

export type Hub = Functions & {
  readonly config: Config;
  readonly table: Table;
  readonly idempotency: Table;
  readonly bus: EventBus;
  readonly deadLetters: IQueue;
};

export type HubFunctionSpec = Omit<FunctionSpec, 'roleName' | 'timeoutSeconds'> & { readonly table?: TableUse };

/** A function of the hub: it may use the table as it says, and never change the journal. */
export const addHubFunction = (hub: Hub, { table, may, ...spec }: HubFunctionSpec): LambdaFunction =>
  addFunction(hub, {
    ...spec,
    roleName: hubRoleName(spec.file),
    timeoutSeconds: 30,
    may: [...(table === undefined ? [] : mayUse(hub.table, table)), journalIsAppendOnly(hub.table), ...may],
  });
