/** Everything that the hub keeps, behind one function. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type * as z from 'zod';
import { TABLE } from '../names.ts';
import { dynamo } from '../runtime/dynamo.ts';
import { answers } from './answers.ts';
import { associations } from './associations.ts';
import { brakes } from './brakes.ts';
import { claims } from './claims.ts';
import { clusters } from './clusters.ts';
import { decisions, type KeptDecision } from './decisions.ts';
import { denies } from './denies.ts';
import { discovered } from './discovered.ts';
import { due } from './due.ts';
import { exceptions } from './exceptions.ts';
import { findings } from './findings.ts';
import type { KeptGrant } from './grant-row.ts';
import { grants } from './grants.ts';
import { journal } from './journal.ts';
import { leases } from './leases.ts';
import { made } from './made.ts';
import { type ObjectSchemas, objects } from './objects.ts';
import { type KeptPlan, plans } from './plans.ts';
import { revocations } from './revocations.ts';
import { roles } from './roles.ts';
import { serviceAccounts } from './service-accounts.ts';
import { sweeps } from './sweeps.ts';
import { openTable } from './table.ts';
import { told } from './told.ts';

export type Store = ReturnType<typeof openStore>;

/** The store behind a client. @example const store = openStore(new DynamoDBClient({ endpoint })); */
export const openStore = (client: DynamoDBClient, tableName: string = TABLE) => {
  const table = openTable(client, tableName);
  return {
    answers: answers(table),
    associations: associations(table),
    brakes: brakes(table),
    claims: claims(table),
    clusters: clusters(table),
    /** Of decisions as this schema has them: it lives a floor above. @example store.decisions(Decision) */
    decisions: <Decision extends KeptDecision>(schema: z.ZodType<Decision>) => decisions(table, schema),
    denies: denies(table),
    discovered: discovered(table),
    due: due(table),
    exceptions: exceptions(table),
    findings: findings(table),
    /** Of grants as this schema has them: it lives a floor above. @example store.grants(Grant) */
    grants: <Grant extends KeptGrant>(schema: z.ZodType<Grant>) => grants(table, schema),
    journal: journal(table),
    leases: leases(table),
    made: made(journal(table)),
    /** Of objects as these schemas have them: they live a floor above. @example store.objects(OBJECT_SCHEMAS) */
    objects: <
      State,
      Change extends { readonly eventId: string; readonly at: string },
      Intent extends { readonly execution: string; readonly facet: string },
      Baseline extends object,
    >(
      schemas: ObjectSchemas<State, Change, Intent, Baseline>,
    ) => objects(table, schemas),
    /** Of plans as this schema has them: it lives a floor above. @example store.plans(ResolvedGrant) */
    plans: <Plan extends KeptPlan>(schema: z.ZodType<Plan>) => plans(table, schema),
    revocations: revocations(table),
    roles: roles(table),
    serviceAccounts: serviceAccounts(table),
    sweeps: sweeps(table),
    told: told(table),
  };
};

let opened: Store | undefined;

/** The hub's store, opened at the first call and kept: `PODID_TABLE` names another table. */
export const theStore = (): Store => {
  opened ??= openStore(dynamo(), process.env.PODID_TABLE);
  return opened;
};
