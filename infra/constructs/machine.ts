/** A state machine of the hub: `statemachines/<file>.asl.json` with its substitutions, its role, its log. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { machineName, machineRoleName, PREFIX } from '../../functions/names.ts';
import { partitionOf } from '../../functions/partition.ts';
import type { Hub } from './hub.ts';
import { named, pascal } from './logical-id.ts';
import { acknowledgeWildcards, type Permission, statementOf, TRACES } from './permission.ts';

export type MachineSpec = {
  /** `revoke` for `statemachines/revoke.asl.json`. */
  readonly file: string;
  readonly description: string;
  /** The hub functions that its states name, by file: `plan-cuts` is `${PlanCuts}` in the ASL. */
  readonly hubFunctions: Readonly<Record<string, LambdaFunction>>;
};

/** Where the ASL files are. */
export const STATE_MACHINES = path.resolve(import.meta.dirname, '../../statemachines');

/** Adds the machine. Its role may invoke the hub functions given, and `call-spoke` if it reaches the spokes by itself. */
export const addMachine = (hub: Hub, spec: MachineSpec): StateMachine => {
  const { stack, config } = hub;
  const id = pascal(spec.file);
  const definition = definitionOf(spec.file, partitionOf(config.hub.region).name);
  const reachesSpokes = definition.includes(`\${${pascal('call-spoke')}}`);
  const functions = { ...spec.hubFunctions, ...(reachesSpokes && { 'call-spoke': hub.callSpoke }) };
  const logGroup = named(
    new LogGroup(stack, `${id}Logs`, {
      // The prefix that Step Functions' guide asks for, lest the account's log resource policy grow too long.
      logGroupName: `/aws/vendedlogs/states/${machineName(spec.file)}`,
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
    `${id}Logs`,
  );
  const permissions = [invokeHub(functions), DELIVER_LOGS, TRACES];
  const role = named(
    new Role(stack, `${id}MachineRole`, {
      roleName: machineRoleName(spec.file),
      description: spec.description,
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        // A machine of somebody else can't make Step Functions use this role.
        conditions: { StringEquals: { 'aws:SourceAccount': config.hub.account } },
      }),
      inlinePolicies: { [PREFIX]: new PolicyDocument({ statements: permissions.map(statementOf) }) },
    }),
    `${id}MachineRole`,
  );
  acknowledgeWildcards(role, permissions);
  const machine = named(
    new StateMachine(stack, id, {
      stateMachineName: machineName(spec.file),
      // In the template, not in S3: a reviewer and the local cloud can read it.
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: Object.fromEntries(
        Object.entries(functions).map(([file, { functionArn }]) => [pascal(file), functionArn]),
      ),
      role: role.withoutPolicyUpdates(),
      // Without execution data: the history has it for 90 days and the journal for good; logs would be one more copy of who and from where.
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
    }),
    id,
  );
  alarmOn(machine, spec.file);
  return machine;
};

/**
 * The ASL as text, its `${Partition}` filled in: the hub's is known here, and tools that read templates want whole ARNs. The ARNs of
 * functions are left to CloudFormation.
 */
const definitionOf = (file: string, partition: string): string =>
  readFileSync(path.join(STATE_MACHINES, `${file}.asl.json`), 'utf8').replaceAll(/\$\{Partition\}/g, partition);

const invokeHub = (functions: MachineSpec['hubFunctions']): Permission => ({
  sid: 'InvokeHub',
  actions: ['lambda:InvokeFunction'],
  resources: Object.values(functions).map(({ functionArn }) => functionArn),
});

// Step Functions' guide, "Logging using CloudWatch Logs": log delivery has no resources to name.
const DELIVER_LOGS: Permission = {
  sid: 'DeliverLogs',
  actions: [
    'logs:CreateLogDelivery',
    'logs:GetLogDelivery',
    'logs:UpdateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies',
    'logs:DescribeLogGroups',
  ],
  resources: ['*'],
  because: "Log delivery's actions have no resource types (Step Functions guide, Logging using CloudWatch Logs).",
};

const alarmOn = (machine: StateMachine, file: string): void => {
  const id = `${pascal(file)}Failed`;
  const alarm = machine.metricFailed({ period: Duration.minutes(5) }).createAlarm(machine, 'Failed', {
    alarmName: `${machineName(file)}-failed`,
    alarmDescription: 'An execution ended without a recorded result. Its history says where.',
    threshold: 0,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  named(alarm, id);
};
