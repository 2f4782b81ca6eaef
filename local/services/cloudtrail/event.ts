/** A record as LookupEvents tells it: a few fields to search by, and the whole record as text. */
import * as z from 'zod';
import type { TrailEvent } from '../../contract.ts';

export type Resource = { readonly ResourceType: string; readonly ResourceName: string };

export type LookedUpEvent = {
  readonly EventId: string;
  readonly EventName: string;
  /** `true` or `false`, as text. */
  readonly ReadOnly: string;
  readonly AccessKeyId?: string;
  readonly EventTime: Date;
  readonly EventSource: string;
  readonly Username?: string;
  readonly Resources: readonly Resource[];
  readonly CloudTrailEvent: string;
};

export const lookedUp = ({ detail }: TrailEvent): LookedUpEvent => {
  const { eventID, eventName, readOnly, eventTime, eventSource, userIdentity } = Searched.parse(detail);
  const username = usernameOf(userIdentity);
  const { accessKeyId } = userIdentity;
  return {
    EventId: eventID,
    EventName: eventName,
    ReadOnly: String(readOnly),
    ...(accessKeyId === undefined ? {} : { AccessKeyId: accessKeyId }),
    EventTime: new Date(eventTime),
    EventSource: eventSource,
    ...(username === undefined ? {} : { Username: username }),
    Resources: resourcesOf(detail),
    CloudTrailEvent: JSON.stringify(detail),
  };
};

const Searched = z.object({
  eventID: z.string(),
  eventName: z.string(),
  readOnly: z.boolean(),
  eventTime: z.string(),
  eventSource: z.string(),
  userIdentity: z.object({
    type: z.string(),
    userName: z.string().optional(),
    principalId: z.string().optional(),
    accessKeyId: z.string().optional(),
  }),
});

/** A session's is the name of the session; services have none. */
const usernameOf = ({ type, userName, principalId }: z.infer<typeof Searched>['userIdentity']): string | undefined => {
  if (type === 'Root') return 'root';
  if (type === 'AssumedRole') return principalId?.split(':').slice(1).join(':');
  return userName;
};

/** The names that CloudTrail takes for resources, from request and response, with the type that it gives them. */
const NAMED: Readonly<Record<string, string>> = {
  rolename: 'AWS::IAM::Role',
  rolearn: 'AWS::IAM::Role',
  username: 'AWS::IAM::User',
  policyarn: 'AWS::IAM::Policy',
  instanceprofilename: 'AWS::IAM::InstanceProfile',
  openidconnectproviderarn: 'AWS::IAM::OIDCProvider',
  accesskeyid: 'AWS::IAM::AccessKey',
  assumedroleid: 'AWS::STS::AssumedRole',
  clustername: 'AWS::EKS::Cluster',
};

const Parts = z.object({
  eventSource: z.string(),
  requestParameters: z.unknown().optional(),
  responseElements: z.unknown().optional(),
  resources: z.array(z.object({ type: z.string(), ARN: z.string() })).default([]),
});

const WithName = z.object({ name: z.string() });

/** What the record lists itself, and what its request and response name. Which names AWS takes is not published: these are the usual ones. */
const resourcesOf = (detail: TrailEvent['detail']): Resource[] => {
  const { eventSource, requestParameters, responseElements, resources } = Parts.parse(detail);
  const found = new Map<string, Resource>();
  const add = (ResourceType: string, ResourceName: string) =>
    found.set(`${ResourceType} ${ResourceName}`, { ResourceType, ResourceName });
  for (const { type, ARN } of resources) add(type, ARN);
  for (const [name, value] of [...strings(requestParameters), ...strings(responseElements)]) {
    const key = name.toLowerCase();
    const type = Object.hasOwn(NAMED, key) ? NAMED[key] : undefined;
    if (type !== undefined) add(type, decoded(value));
  }
  // EKS logs the cluster of a path under the wire's name.
  const cluster = eventSource === 'eks.amazonaws.com' ? WithName.safeParse(requestParameters).data : undefined;
  if (cluster !== undefined) add('AWS::EKS::Cluster', decoded(cluster.name));
  return [...found.values()];
};

/** All texts in a value, with the names of their members. */
const strings = (value: unknown): ReadonlyArray<readonly [name: string, text: string]> => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]: [string, unknown]) =>
    typeof part === 'string' ? [[name, part] as const] : strings(part),
  );
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
