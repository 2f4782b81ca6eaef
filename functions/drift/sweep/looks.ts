/** What is looked up in CloudTrail's history: which calls of which service, and how a record of it is read. Pure. */
import { type Change, changeOf, type NoChange } from '../../changes/index.ts';
import { DETAIL_TYPE } from '../../changes/record.ts';
import { type Config, spokeRegions } from '../../config.ts';
import { partitionOf } from '../../partition.ts';
import type { Look } from './contract.ts';

type Service = Look['service'];

/** The histories of an account: IAM's calls are in the partition's IAM region alone, EKS's where its clusters are. */
export const looksOf = (config: Config, account: string): Look[] => {
  const regions = spokeRegions(config, account);
  const [first = config.hub.region] = regions;
  const iam = partitionOf(config.hub.region).iamRegion;
  return [
    { service: 'iam', region: iam, via: regions.includes(iam) ? iam : first },
    ...regions.map((region): Look => ({ service: 'eks', region, via: region })),
  ];
};

/** CloudTrail shows a call within minutes, and not in order: so much of what was looked at is looked at again. */
export const OVERLAP_MILLIS = 30 * 60_000;
/** How far the first look of all goes back: events from before podid was there are no lost ones, but they name who did it. */
const FIRST_MILLIS = 24 * 3_600_000;
/** How far CloudTrail can look back. */
const HISTORY_MILLIS = 90 * 24 * 3_600_000;

/** From when on to look. `counted`: what no event told counts as lost. */
export const spanOf = (last: string | undefined, now: Date): { readonly from: string; readonly counted: boolean } => {
  const oldest = now.getTime() - HISTORY_MILLIS;
  const ago = last === undefined ? now.getTime() - FIRST_MILLIS : Date.parse(last) - OVERLAP_MILLIS;
  return { from: new Date(Math.max(oldest, ago)).toISOString(), counted: last !== undefined };
};

/**
 * The change that a record of an account's history tells: it is what EventBridge has as `detail`.
 * @throws EventMalformed; SyntaxError when it is no JSON
 */
export const changeOfRecord = (record: string, service: Service, account: string): Change | NoChange => {
  const detail: unknown = JSON.parse(record);
  const of = (name: string): unknown => (isFields(detail) ? detail[name] : undefined);
  return changeOf({
    source: `aws.${service}`,
    'detail-type': DETAIL_TYPE,
    account,
    region: of('awsRegion'),
    time: of('eventTime'),
    id: of('eventID'),
    detail,
  });
};

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
