/** Log groups: a bounded memory of what the functions printed. */
import { ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import type { Call, Cloud } from '../../contract.ts';

export type LogEvent = {
  readonly id: string;
  readonly stream: string;
  /** Milliseconds. */
  readonly at: number;
  readonly message: string;
};

export type LogGroup = {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly retentionDays?: number;
  /** Oldest first; at most KEPT. */
  readonly events: LogEvent[];
  /** How many were ever written: the next event's id. */
  written: number;
};

/** Log events kept per group, newest last: about 10 MB at worst. */
const KEPT = 10_000;
/** CloudWatch Logs' own limit for one event is 1 MB; here a line is for reading. */
const LONGEST = 64 * 1024;

/** The group of that name; made when it isn't there. */
export const logGroup = (
  cloud: Cloud,
  account: string,
  region: string,
  name: string,
  retentionDays?: number,
): LogGroup => {
  const groups = groupsOf(cloud, account, region);
  const known = groups.get(name);
  if (known !== undefined) return known;
  const made: LogGroup = {
    name,
    arn: logGroupArn(cloud, account, region, name),
    createdAt: cloud.now().getTime(),
    ...(retentionDays === undefined ? {} : { retentionDays }),
    events: [],
    written: 0,
  };
  groups.set(name, made);
  return made;
};

export const groupsOf = (cloud: Cloud, account: string, region: string): Map<string, LogGroup> =>
  cloud.state('logs', `${account}/${region}`, () => new Map<string, LogGroup>());

export const logGroupArn = (cloud: Cloud, account: string, region: string, name: string): string =>
  `arn:${cloud.partition}:logs:${region}:${account}:log-group:${name}`;

/** Appends one event; the oldest makes room. */
export const writeLog = (group: LogGroup, stream: string, at: Date, message: string): void => {
  const id = String(group.written++).padStart(20, '0');
  group.events.push({ id, stream, at: at.getTime(), message: message.slice(0, LONGEST) });
  // In steps, so that a full group does not shift its whole memory for each line.
  if (group.events.length > KEPT * 1.1) group.events.splice(0, group.events.length - KEPT);
};

/**
 * The group that a call names.
 * @throws ResourceNotFoundException
 */
export const groupNamed = (call: Call, name: string | undefined): LogGroup => {
  const group = groupsOf(call.cloud, call.account, call.region).get(name ?? '');
  if (group === undefined) {
    throw new ResourceNotFoundException({ message: 'The specified log group does not exist.', $metadata: {} });
  }
  return group;
};

/** `arn:aws:logs:…:log-group:NAME:*` from an identifier that is a name or an ARN. */
export const nameOf = (input: {
  logGroupName?: string | undefined;
  logGroupIdentifier?: string | undefined;
}): string => {
  const given = input.logGroupName ?? input.logGroupIdentifier ?? '';
  return given.startsWith('arn:') ? given.split(':').slice(6).join(':').replace(/:\*$/, '') : given;
};
