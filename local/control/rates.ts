/** The rates that calls are throttled at, in token buckets for each account and region, and how sure we are of each. */
import type { AnyOperation, Call, Service } from '../contract.ts';
import { type Throttle, throttleOf } from '../services/apigateway/throttle.ts';
import { settingsOf } from './settings.ts';

export type Rate = {
  /** The service's scope. */
  readonly service: string;
  readonly calls: 'all' | 'reads' | 'writes';
  /** New tokens a second. */
  readonly rate: number;
  /** Tokens that a full bucket holds. */
  readonly burst: number;
  /** `assumed`: AWS publishes none; it is low enough that a client that doesn't back off is noticed. */
  readonly known: 'documented' | 'assumed';
  readonly source: string;
};

export const RATES: readonly Rate[] = [
  {
    service: 'sts',
    calls: 'all',
    rate: 600,
    burst: 600,
    known: 'documented',
    source:
      'IAM guide, "IAM and AWS STS quotas": 600 requests a second, an account and a Region, for requests made with AWS credentials; the size of the bucket is assumed',
  },
  {
    service: 'iam',
    calls: 'reads',
    rate: 20,
    burst: 100,
    known: 'assumed',
    source: 'IAM has a token bucket for each API, and publishes neither rate nor size',
  },
  {
    service: 'iam',
    calls: 'writes',
    rate: 5,
    burst: 25,
    known: 'assumed',
    source: 'IAM has a token bucket for each API, and publishes neither rate nor size',
  },
  {
    service: 'eks',
    calls: 'reads',
    rate: 20,
    burst: 100,
    known: 'assumed',
    source: "EKS's service quotas have no rates of its API",
  },
  {
    service: 'eks',
    calls: 'writes',
    rate: 5,
    burst: 20,
    known: 'assumed',
    source: "EKS's service quotas have no rates of its API",
  },
  {
    service: 'eks-auth',
    calls: 'all',
    rate: 100,
    burst: 200,
    known: 'assumed',
    source:
      'throttled in bursts of starting pods (aws/eks-pod-identity-agent issues 50 and 92), at a rate that nobody names',
  },
];

/** Whether a call comes too soon. Services' own calls have no quota here, nor have those without a signature, which no account makes. */
export const isThrottled = (service: Service, operation: AnyOperation, call: Call): boolean => {
  if (settingsOf(call.cloud).throttling === 'off') return false;
  if (call.caller.kind === 'service' || operation.unsigned !== undefined) return false;
  const kind = operation.readOnly ? 'reads' : 'writes';
  const rate = RATES.find((one) => one.service === service.scope && (one.calls === 'all' || one.calls === kind));
  if (rate === undefined) return false;
  const buckets = bucketsOf(call);
  const key = `${rate.service} ${rate.calls} ${call.account} ${call.region}`;
  const bucket = buckets.get(key) ?? throttleOf(rate);
  buckets.set(key, bucket);
  return !bucket(call.now);
};

/** Fills all buckets. */
export const fillBuckets = (call: Pick<Call, 'cloud'>): void => bucketsOf(call).clear();

const bucketsOf = ({ cloud }: Pick<Call, 'cloud'>): Map<string, Throttle> =>
  cloud.state('control', 'buckets', () => new Map());
