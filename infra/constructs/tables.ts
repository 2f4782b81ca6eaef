/** The hub's two tables, and what a function may do with them. */
import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { IDEMPOTENCY_TABLE, TABLE } from '../../functions/names.ts';
import { named } from './logical-id.ts';
import type { Permission } from './permission.ts';

/** The indexes of the one table, as `functions/store/table.ts` names them. All are sparse: a row without the keys isn't in it. */
const INDEXES = {
  byRole: ['gsiRolePk', 'gsiRoleSk'],
  byTime: ['gsiTimePk', 'gsiTimeSk'],
  due: ['duePk', 'dueSk'],
} as const;
export type Index = keyof typeof INDEXES;

/** Grants, inventory, findings, journal, brakes. It outlives its stack: it is the record. */
export const recordTable = (stack: Stack): Table => {
  const table = new Table(stack, 'Table', {
    tableName: TABLE,
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
    timeToLiveAttribute: 'expiresAt',
  });
  for (const [indexName, [partition, sort]] of Object.entries(INDEXES)) {
    table.addGlobalSecondaryIndex({
      indexName,
      partitionKey: { name: partition, type: AttributeType.STRING },
      sortKey: { name: sort, type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
  }
  return named(table, 'Table');
};

/** Powertools' table of events seen. Losing it costs nothing but work done twice. */
export const idempotencyTable = (stack: Stack): Table =>
  named(
    new Table(stack, 'Idempotency', {
      tableName: IDEMPOTENCY_TABLE,
      partitionKey: { name: 'id', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.DESTROY,
      timeToLiveAttribute: 'expiration',
    }),
    'Idempotency',
  );

/** The kinds of rows: what their partition keys begin with. */
export type RowKind =
  | 'CLUSTER'
  | 'REVOCATION'
  | 'JOURNAL'
  | 'IDENTITY'
  | 'BREAKER'
  | 'FINDING'
  | 'LEASE'
  | 'ROLE'
  | 'GRANT'
  | 'CLAIM'
  | 'PLAN'
  | 'ANSWER'
  | 'DUE'
  | 'OBJECT'
  | 'SWEEP'
  | 'DECISION'
  | 'SNAPSHOT'
  | 'TOLD';

export type TableUse = {
  readonly indexes?: readonly Index[];
  /** Whole rows put; never the kill switch's (`BRAKE#kill`), which is a person's to set. */
  readonly puts: readonly RowKind[];
  /** Rows whose set grows by an atomic update. */
  readonly adds?: readonly RowKind[];
};

/** Reading all of the table, and writing rows of the kinds given. No function scans, deletes, or writes in batches. */
export const mayUse = (table: Table, { indexes = [], puts, adds = [] }: TableUse): Permission[] => [
  {
    sid: 'ReadRecord',
    actions: ['dynamodb:GetItem', 'dynamodb:Query'],
    resources: [table.tableArn, ...indexes.map((index) => `${table.tableArn}/index/${index}`)],
  },
  ...(puts.length === 0 ? [] : [writes('PutRows', 'dynamodb:PutItem', table, puts)]),
  ...(adds.length === 0 ? [] : [writes('AddToRows', 'dynamodb:UpdateItem', table, adds)]),
];

/** The journal is append-only, whatever else a role is ever allowed: no entry is changed or deleted. */
export const journalIsAppendOnly = (table: Table): Permission => ({
  sid: 'JournalIsAppendOnly',
  effect: 'Deny',
  actions: [
    'dynamodb:UpdateItem',
    'dynamodb:DeleteItem',
    'dynamodb:BatchWriteItem',
    'dynamodb:PartiQLInsert',
    'dynamodb:PartiQLUpdate',
    'dynamodb:PartiQLDelete',
  ],
  resources: [table.tableArn],
  conditions: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': 'JOURNAL#*' } },
});

/** What powertools' persistence layer calls. */
export const mayRememberEvents = (table: Table): Permission => ({
  sid: 'RememberEvents',
  actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
  resources: [table.tableArn],
});

const writes = (sid: string, action: string, table: Table, kinds: readonly RowKind[]): Permission => ({
  sid,
  actions: [action],
  resources: [table.tableArn],
  conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': kinds.map((kind) => `${kind}#*`) } },
});
