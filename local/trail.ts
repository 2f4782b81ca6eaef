/** CloudTrail: what a call leaves behind, in EventBridge's envelope. Shapes as in published records. */
import { randomUUID } from 'node:crypto';
import type { NormalizedSchema } from '@smithy/core/schema';
import { parseArn } from '../functions/partition.ts';
import type { AnyOperation, Call, Caller, Cloud, Service, TrailEvent } from './contract.ts';
import type { OperationSchema } from './wire/schema.ts';

/** What came of a call. `refused`: nobody got as far as the parameters, and CloudTrail shows none. */
export type Outcome =
  | { readonly output: object }
  | { readonly errorCode: string; readonly errorMessage: string; readonly refused: boolean };

/** Writes the record of a call, if it is of the kind that is recorded. */
export const recordCall = (
  service: Service,
  operation: AnyOperation,
  schema: OperationSchema,
  call: Call,
  input: object,
  outcome: Outcome,
): void => {
  if (operation.readOnly && operation.recorded !== true) return;
  const output = 'output' in outcome ? outcome.output : undefined;
  const { requestParameters, responseElements } =
    operation.trail?.(input as never, output as never) ?? logged(service, schema, operation.readOnly, input, output);
  const refused = 'refused' in outcome && outcome.refused;
  const event = (account: string, more: object) =>
    trailEvent(
      { ...call, account },
      {
        eventSource: service.eventSource,
        eventName: schema.name,
        readOnly: operation.readOnly,
        requestParameters: refused ? null : requestParameters,
        responseElements: output === undefined ? null : responseElements,
        ...('errorCode' in outcome ? { errorCode: outcome.errorCode, errorMessage: outcome.errorMessage } : {}),
        ...more,
      },
    );
  const owner = output === undefined ? undefined : ownerOf(schema, input);
  if (owner === undefined || owner === call.account) {
    emit(call.cloud, event(call.account, {}));
    return;
  }
  // Both accounts get a record, tied by one sharedEventID (CloudTrail guide, "sharedEventID").
  const sharedEventID = randomUUID();
  for (const account of [call.account, owner]) emit(call.cloud, event(account, { sharedEventID }));
};

/** The account of the role that is assumed. */
const ownerOf = (schema: OperationSchema, input: object): string | undefined => {
  const arn: unknown = schema.name === 'AssumeRole' && 'RoleArn' in input ? input.RoleArn : undefined;
  return typeof arn === 'string' ? parseArn(arn)?.account : undefined;
};

/** The call's record around what is special to it. */
export const trailEvent = (
  call: Call,
  special: { readonly eventSource: string; readonly eventName: string; readonly readOnly: boolean } & Readonly<
    Record<string, unknown>
  >,
): TrailEvent => {
  const time = `${call.now.toISOString().slice(0, 19)}Z`;
  const service = call.caller.kind === 'service' ? call.caller.service : undefined;
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'AWS API Call via CloudTrail',
    source: `aws.${special.eventSource.split('.')[0]}`,
    account: call.account,
    time,
    region: call.region,
    resources: [],
    detail: {
      eventVersion: '1.11',
      userIdentity: userIdentity(call.caller),
      eventTime: time,
      awsRegion: call.region,
      sourceIPAddress: service ?? call.sourceIp,
      userAgent: service ?? call.userAgent,
      requestID: call.requestId,
      eventID: randomUUID(),
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: call.account,
      eventCategory: 'Management',
      ...special,
    },
  };
};

/** Hands a record to everybody who listens. */
export const emit = (cloud: Cloud, event: TrailEvent): void => {
  for (const listener of listenersOf(cloud)) listener(event);
};

export const listenersOf = (cloud: Cloud): Set<(event: TrailEvent) => void> =>
  cloud.state('cloudtrail', 'listeners', () => new Set<(event: TrailEvent) => void>());

const userIdentity = (caller: Caller): object => {
  const { account: accountId, arn, userId: principalId, accessKeyId, role, session } = caller;
  if (caller.kind === 'service') return { type: 'AWSService', invokedBy: caller.service };
  if (caller.kind === 'federated') {
    return { type: 'WebIdentityUser', principalId, userName: caller.token?.subject, identityProvider: arn };
  }
  if (caller.kind === 'root') return { type: 'Root', principalId, arn, accountId, accessKeyId };
  if (caller.kind === 'user') {
    return { type: 'IAMUser', principalId, arn, accountId, accessKeyId, userName: arn.split('/').at(-1) };
  }
  const sessionIssuer = { type: 'Role', principalId: role?.id, arn: role?.arn, accountId, userName: role?.name };
  const creationDate = session === undefined ? undefined : `${session.issuedAt.toISOString().slice(0, 19)}Z`;
  const sourceIdentity = session?.sourceIdentity === undefined ? {} : { sourceIdentity: session.sourceIdentity };
  const provider = session?.federatedProvider;
  const federation =
    provider === undefined ? {} : { webIdFederationData: { federatedProvider: provider, attributes: {} } };
  return {
    type: 'AssumedRole',
    principalId,
    arn,
    accountId,
    accessKeyId,
    sessionContext: {
      sessionIssuer,
      ...federation,
      ...sourceIdentity,
      attributes: { creationDate, mfaAuthenticated: 'false' },
    },
  };
};

const logged = (
  service: Service,
  schema: OperationSchema,
  readOnly: boolean,
  input: object,
  output: object | undefined,
): { requestParameters: unknown; responseElements: unknown } => {
  const dates = DATES[service.scope] ?? DATES[service.protocol] ?? sentenceDate;
  const parameters: Record<string, unknown> = {};
  const labels = labelsOf(schema.input);
  for (const [name, value] of Object.entries(loggedStruct(schema.input, input, dates))) {
    // What stands in the path is logged as it stood there: percent-encoded, under the wire's name.
    const label = typeof value === 'string' && labels.has(name);
    parameters[label ? (service.pathNames?.[name] ?? name) : name] = label ? encodeURIComponent(value) : value;
  }
  const elements = readOnly || output === undefined ? {} : loggedStruct(schema.output, output, dates);
  return { requestParameters: orNull(parameters), responseElements: orNull(elements) };
};

const orNull = (value: object): object | null => (Object.keys(value).length === 0 ? null : value);

/** The members that stand in the path, by the name that they have in the record. */
const labelsOf = (schema: NormalizedSchema): ReadonlySet<string> => {
  const known = LABELS.get(schema);
  if (known !== undefined) return known;
  const members = schema.isStructSchema() ? [...schema.structIterator()] : [];
  const labels = new Set(members.filter(([, member]) => member.getMergedTraits().httpLabel).map(([name]) => name));
  LABELS.set(schema, labels);
  return labels;
};

// Kept: every call of a big fleet's start asks for the same few.
const LABELS = new WeakMap<NormalizedSchema, ReadonlySet<string>>();

const loggedStruct = (schema: NormalizedSchema, value: object, dates: DateStyle): Record<string, unknown> => {
  const result: Record<string, unknown> = {};
  if (!schema.isStructSchema()) return result;
  for (const [name, member] of schema.structIterator()) {
    const part: unknown = Reflect.get(value, name);
    if (part === undefined || part === null) continue;
    result[name.charAt(0).toLowerCase() + name.slice(1)] = member.getMergedTraits().sensitive
      ? 'HIDDEN_DUE_TO_SECURITY_REASONS'
      : loggedValue(member, part, dates);
  }
  return result;
};

const loggedValue = (schema: NormalizedSchema, value: unknown, dates: DateStyle): unknown => {
  if (value instanceof Date) return dates(value);
  if (value instanceof Uint8Array) return undefined;
  if (Array.isArray(value) && schema.isListSchema()) {
    return value.map((item) => loggedValue(schema.getValueSchema(), item, dates));
  }
  if (typeof value === 'object' && value !== null && schema.isStructSchema()) return loggedStruct(schema, value, dates);
  return value;
};

type DateStyle = (date: Date) => string | number;

// Made once: a formatter costs more than the call whose record it is for.
const DAY = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', month: 'short', day: 'numeric', year: 'numeric' });
const TIME = new Intl.DateTimeFormat('en-US', {
  timeZone: 'UTC',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
});

const sentence = (date: Date): [day: string, time: string] => [DAY.format(date), TIME.format(date).replace(/\s/g, ' ')];

/** `Apr 16, 2024, 3:20:04 PM`: STS and most others. */
export const sentenceDate: DateStyle = (date) => sentence(date).join(', ');

/** IAM's records have no second comma; EKS logs seconds since 1970, with fractions. */
const DATES: Readonly<Record<string, DateStyle>> = {
  iam: (date) => sentence(date).join(' '),
  restJson1: (date) => date.getTime() / 1000,
};
