/** Everything that the hub keeps, behind one function. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../names.ts';
import { dynamo } from '../runtime/dynamo.ts';
import { associations } from './associations.ts';
import { brakes } from './brakes.ts';
import { clusters } from './clusters.ts';
import { denies } from './denies.ts';
import { findings } from './findings.ts';
import { journal } from './journal.ts';
import { leases } from './leases.ts';
import { revocations } from './revocations.ts';
import { roles } from './roles.ts';
import { openTable } from './table.ts';

export type Store = ReturnType<typeof openStore>;

/** The store behind a client. @example const store = openStore(new DynamoDBClient({ endpoint })); */
export const openStore = (client: DynamoDBClient, tableName: string = TABLE) => {
  const table = openTable(client, tableName);
  return {
    associations: associations(table),
    brakes: brakes(table),
    clusters: clusters(table),
    denies: denies(table),
    findings: findings(table),
    journal: journal(table),
    leases: leases(table),
    revocations: revocations(table),
    roles: roles(table),
  };
};

let opened: Store | undefined;

/** The hub's store, opened at the first call and kept: `PODID_TABLE` names another table. */
export const theStore = (): Store => {
  opened ??= openStore(dynamo(), process.env.PODID_TABLE);
  return opened;
};
