/** Event buses and their rules, by account and region. */
import { ResourceNotFoundException, type RuleState, type Target } from '@aws-sdk/client-eventbridge';
import { parseArn } from '../../../functions/partition.ts';
import { type NamedPolicy, parsePolicy } from '../../../functions/policy/index.ts';
import type { Ask, Call, Cloud } from '../../contract.ts';
import type { EventPattern } from './pattern.ts';

/** An event as a target gets it. */
export type BusEvent = {
  readonly version: string;
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
};

export type Rule = {
  readonly name: string;
  readonly arn: string;
  readonly bus: Bus;
  readonly description?: string;
  readonly pattern?: { readonly text: string; readonly matches: EventPattern };
  readonly schedule?: string;
  readonly roleArn?: string;
  state: RuleState;
  readonly targets: Map<string, Target>;
};

export type Bus = {
  readonly name: string;
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly createdAt: Date;
  policy?: { readonly statements: readonly object[]; readonly parsed: NamedPolicy };
  readonly rules: Map<string, Rule>;
};

export const busesOf = (cloud: Cloud, account: string, region: string): Map<string, Bus> =>
  cloud.state(
    'events',
    `${account}/${region}`,
    () => new Map([['default', busNamed(cloud, account, region, 'default')]]),
  );

/** Makes a bus; the default ones are there already. */
export const defineBus = (cloud: Cloud, account: string, region: string, name: string): Bus => {
  const bus = busNamed(cloud, account, region, name);
  busesOf(cloud, account, region).set(name, bus);
  return bus;
};

/** Adds a statement to a bus's resource policy, or replaces the one with its Sid. */
export const addBusStatement = (
  bus: Bus,
  statement: { readonly Sid: string } & Readonly<Record<string, unknown>>,
): void => {
  const others = (bus.policy?.statements ?? []).filter((other) => !('Sid' in other && other.Sid === statement.Sid));
  setBusStatements(bus, [...others, statement]);
};

/** Replaces a bus's resource policy. */
export const setBusStatements = (bus: Bus, statements: readonly object[]): void => {
  const document = parsePolicy({ Version: '2012-10-17', Statement: statements }, { kind: 'resource' });
  bus.policy = { statements, parsed: { name: `${bus.name} event bus policy`, document } };
};

/** What a call on a bus must be allowed to, its own policy counted. */
export const askBus = (cloud: Cloud, action: string, reference: BusReference, context?: Ask['context']): Ask => {
  const policy = busesOf(cloud, reference.account, reference.region).get(reference.name)?.policy;
  return {
    action: `events:${action}`,
    resource: busArn(cloud, reference),
    resourceAccount: reference.account,
    ...(policy === undefined ? {} : { resourcePolicy: policy.parsed }),
    ...(context === undefined ? {} : { context }),
  };
};

export type BusReference = { readonly account: string; readonly region: string; readonly name: string };

/** The bus that a call means: a name in its own account, an ARN, or nothing for the default one. */
export const busReference = (given: string | undefined, call: Call): BusReference => {
  const parts = parseArn(given ?? '');
  if (parts === undefined) return { account: call.account, region: call.region, name: given ?? 'default' };
  return { account: parts.account, region: parts.region, name: parts.resource.replace(/^event-bus\//, '') };
};

/** @throws ResourceNotFoundException */
export const busAt = (cloud: Cloud, { account, region, name }: BusReference): Bus => {
  const bus = busesOf(cloud, account, region).get(name);
  if (bus === undefined) throw notFound(`Event bus ${name} does not exist.`);
  return bus;
};

/** @throws ResourceNotFoundException */
export const ruleAt = (bus: Bus, name: string | undefined): Rule => {
  const rule = bus.rules.get(name ?? '');
  if (rule === undefined) throw notFound(`Rule ${name} does not exist on EventBus ${bus.name}.`);
  return rule;
};

/** `…:rule/NAME` on the default bus, `…:rule/BUS/NAME` on others. */
export const ruleArn = (bus: Bus, name: string): string => {
  const [, partition = 'aws'] = bus.arn.split(':');
  const path = bus.name === 'default' ? name : `${bus.name}/${name}`;
  return `arn:${partition}:events:${bus.region}:${bus.account}:rule/${path}`;
};

const busArn = (cloud: Cloud, { account, region, name }: BusReference): string =>
  `arn:${cloud.partition}:events:${region}:${account}:event-bus/${name}`;

const busNamed = (cloud: Cloud, account: string, region: string, name: string): Bus => ({
  name,
  arn: busArn(cloud, { account, region, name }),
  account,
  region,
  createdAt: cloud.now(),
  rules: new Map(),
});

const notFound = (message: string): ResourceNotFoundException =>
  new ResourceNotFoundException({ message, $metadata: {} });
