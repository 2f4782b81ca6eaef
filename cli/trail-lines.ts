/** A CloudTrail record as a person reads it: time, account, who, from where, did what to what, and what went wrong. */
import { styleText } from 'node:util';
import * as z from 'zod';
import { readActor } from '../functions/changes/actors.ts';
import { printable } from './api-problem.ts';

export type TrailRecord = {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly account: string;
  readonly region: string;
  readonly who: string;
  readonly from: string;
  readonly did: string;
  readonly what: string;
  readonly error?: string;
  readonly readOnly: boolean;
  /** The record itself. */
  readonly raw: unknown;
};

const Fields = z.record(z.string(), z.unknown()).nullish().catch(undefined);
const Detail = z.object({
  eventID: z.string().default(''),
  eventTime: z.string().default(''),
  eventName: z.string().default('?'),
  eventSource: z.string().default('?'),
  readOnly: z.boolean().default(false),
  errorCode: z.string().optional(),
  errorMessage: z.string().optional(),
  requestParameters: Fields,
  responseElements: Fields,
});

/** What LookupEvents gives as text, with the name of the account that it was found in. */
export const readTrail = (text: string, account: string, region: string): TrailRecord => {
  const raw: unknown = JSON.parse(text);
  const detail = Detail.parse(raw);
  const { errorCode, errorMessage } = detail;
  const actor = readActor(raw, detail.eventID);
  const name = actor.name ?? actor.invokedBy ?? actor.type;
  const role = actor.issuerArn?.split('/').at(-1);
  return {
    // A record that is shared by two accounts has an id in each; a region more keeps those of a global service apart.
    id: `${account}/${detail.eventID}`,
    at: Date.parse(detail.eventTime),
    account,
    region,
    // A function's session bears the name of its role.
    who: [...new Set([role ?? name, name])].join('/'),
    from: actor.sourceIp ?? '-',
    did: `${detail.eventSource.split('.')[0]}:${detail.eventName}`,
    what: whatOf(detail),
    ...(errorCode !== undefined && { error: `${errorCode}${errorMessage === undefined ? '' : `: ${errorMessage}`}` }),
    readOnly: detail.readOnly,
    raw,
  };
};

/** One line; an error in red where the output has colours. */
export const lineOf = (record: TrailRecord, stream: NodeJS.WriteStream): string => {
  const { at, account, region, who, from, did, what, error } = record;
  const time = Number.isNaN(at) ? '?' : new Date(at).toISOString().replace('.000Z', 'Z');
  // A service calls from itself.
  const caller = who === from ? who : `${who} (${from})`;
  const parts = [time, account, region, caller, did, what].filter((part) => part !== '');
  const line = printable(parts.join('  '));
  return error === undefined ? line : `${line}  ${styleText('red', printable(error), { stream })}`;
};

/** An association is best named by its service account, which only the answer tells. */
const Association = z.object({
  association: z.object({ namespace: z.string(), serviceAccount: z.string(), clusterName: z.string().optional() }),
});

/** Values longer than this are documents. */
const LONGEST = 80;
const MOST = 4;
/** They say nothing to a person. */
const DULL = new Set(['clientRequestToken', 'durationSeconds', 'token']);

const whatOf = ({ eventSource, requestParameters, responseElements }: z.infer<typeof Detail>): string => {
  const association = Association.safeParse(responseElements).data?.association;
  const subject = association === undefined ? [] : [`${association.namespace}/${association.serviceAccount}`];
  const told = Object.entries(requestParameters ?? {}).flatMap(([name, value]) => {
    if (DULL.has(name) || (association !== undefined && ['namespace', 'serviceAccount'].includes(name))) return [];
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return [];
    const text = decoded(String(value));
    if (text.length > LONGEST || text.startsWith('HIDDEN_')) return [];
    // In a path EKS calls the cluster `name`.
    const shown = name === 'name' && eventSource === 'eks.amazonaws.com' ? 'cluster' : name;
    return [`${shown}=${text}`];
  });
  return [...subject, ...told.slice(0, MOST)].join(' ');
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
