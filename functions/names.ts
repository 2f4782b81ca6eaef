/** The names that the hub and its spokes agree on without telling each other: a stolen hub can't be told others. */
import { partitionOf } from './partition.ts';

/** Everything that we deploy is called `podid-…`. A function's name is its file's: `cut-sessions.spoke.ts` is `podid-cut-sessions`. */
export const PREFIX = 'podid';
export const TABLE = PREFIX;
/** Where powertools remembers which events it has seen. */
export const IDEMPOTENCY_TABLE = `${PREFIX}-idempotency`;
export const BUS = PREFIX;
/** On which podid tells of its own: `functions/lifecycle.ts`. */
export const LIFECYCLE_BUS = `${PREFIX}-events`;
/** Three names, since the hub's account can be a spoke too, and a spoke can come to where the account's roles stack is. */
export const DEAD_LETTERS = `${PREFIX}-dead-letters`;
export const SPOKE_DEAD_LETTERS = `${PREFIX}-spoke-dead-letters`;
export const ROLES_DEAD_LETTERS = `${PREFIX}-roles-dead-letters`;
export const functionName = (file: string): string => `${PREFIX}-${file}`;
export const machineName = (file: string): string => `${PREFIX}-${file}`;

/** A hub function's role is called as the function is: there is one hub. */
export const hubRoleName = (file: string): string => functionName(file);
/** Roles are global in an account and functions are not: a spoke function's role bears its region. */
export const spokeRoleName = (file: string, region: string): string => `${functionName(file)}-${region}`;
/** The role of a state machine. */
export const machineRoleName = (file: string): string => `${machineName(file)}-machine`;

export const HUB_STACK = `${PREFIX}-hub`;
export const spokeStackName = (account: string, region: string): string => `${PREFIX}-spoke-${account}-${region}`;
/** In the partition's IAM region, for an account without a spoke stack there. */
export const rolesStackName = (account: string): string => `${PREFIX}-roles-${account}`;

/** In the partition's IAM region, for every account: the boundary of the roles that grants make. */
export const boundaryStackName = (account: string): string => `${PREFIX}-boundary-${account}`;

/** The Kubernetes groups of the access entries, bound in `infra/kubernetes/`. */
export const OBSERVE_GROUP = `${PREFIX}-observe`;
export const RESTART_GROUP = `${PREFIX}-restart`;

/** The ARN of a spoke function in an account and region. */
export const spokeFunctionArn = (file: string, account: string, region: string): string =>
  `arn:${partitionOf(region).name}:lambda:${region}:${account}:function:${functionName(file)}`;

/** The ARN of one of the hub's state machines. */
export const machineArn = (file: string, account: string, region: string): string =>
  `arn:${partitionOf(region).name}:states:${region}:${account}:stateMachine:${machineName(file)}`;

/** The ARN of an execution of one of them, by its name. */
export const executionArn = (file: string, name: string, account: string, region: string): string =>
  `arn:${partitionOf(region).name}:states:${region}:${account}:execution:${machineName(file)}:${name}`;

/** The ARN of a hub function's role: what the spokes' functions let in is that of `call-spoke`. */
export const hubRoleArn = (file: string, { account, region }: { account: string; region: string }): string =>
  `arn:${partitionOf(region).name}:iam::${account}:role/${hubRoleName(file)}`;

/** The ARN of the hub's bus, to which the spokes forward. */
export const busArn = (account: string, region: string): string =>
  `arn:${partitionOf(region).name}:events:${region}:${account}:event-bus/${BUS}`;
