/** AWS::DynamoDB::Table. */
import type { CreateTableInput } from '@aws-sdk/client-dynamodb';
import { defineTable } from '../../services/dynamodb/index.ts';
import type { Deploy } from '../contract.ts';

/** What dynalite knows of a table; backups, protection and encryption make no difference on one machine. */
type Properties = Pick<
  CreateTableInput,
  | 'AttributeDefinitions'
  | 'KeySchema'
  | 'BillingMode'
  | 'GlobalSecondaryIndexes'
  | 'LocalSecondaryIndexes'
  | 'ProvisionedThroughput'
> & { readonly TableName?: string };

export const table: Deploy<Properties> = async (properties, { cloud, account, region }, id) => {
  const { TableName = id, AttributeDefinitions, KeySchema, BillingMode } = properties;
  const { GlobalSecondaryIndexes, LocalSecondaryIndexes, ProvisionedThroughput } = properties;
  const arn = await defineTable(cloud, account, region, {
    TableName,
    AttributeDefinitions,
    KeySchema,
    ...(BillingMode === undefined ? {} : { BillingMode }),
    ...(GlobalSecondaryIndexes === undefined ? {} : { GlobalSecondaryIndexes }),
    ...(LocalSecondaryIndexes === undefined ? {} : { LocalSecondaryIndexes }),
    ...(ProvisionedThroughput === undefined ? {} : { ProvisionedThroughput }),
  });
  return { ref: TableName, attributes: { Arn: arn } };
};
