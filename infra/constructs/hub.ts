/** What a capability finds in the hub's stack, and how it adds a function there. */
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Config } from '../../functions/config.ts';
import { hubRoleName } from '../../functions/names.ts';
import { addFunction, type FunctionSpec, type Functions } from './function.ts';
import { journalIsAppendOnly, mayUse, type TableUse } from './tables.ts';

export type HubBase = Functions & {
  readonly config: Config;
  readonly table: Table;
  readonly idempotency: Table;
  readonly bus: EventBus;
  readonly deadLetters: IQueue;
};

/** With the function by which every machine reaches the spokes. */
export type Hub = HubBase & { readonly callSpoke: LambdaFunction };

export type HubFunctionSpec = Omit<FunctionSpec, 'roleName' | 'timeoutSeconds'> & {
  readonly table?: TableUse;
  /** 30 when absent. */
  readonly timeoutSeconds?: number;
};

/** A function of the hub: it may use the table as it says, and never change the journal. */
export const addHubFunction = (
  hub: HubBase,
  { table, may, timeoutSeconds = 30, ...spec }: HubFunctionSpec,
): LambdaFunction =>
  addFunction(hub, {
    ...spec,
    roleName: hubRoleName(spec.file),
    timeoutSeconds,
    may: [...(table === undefined ? [] : mayUse(hub.table, table)), journalIsAppendOnly(hub.table), ...may],
  });
