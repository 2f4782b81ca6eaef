/** Faults by rule: which calls they concern, and which they have struck. */
import type { Call, Cloud } from '../contract.ts';
import type { FaultRule } from './fault-rule.ts';

export type Strike = {
  readonly at: string;
  readonly requestId: string;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
};

/** A rule and what became of it. */
export type Fault = {
  readonly id: string;
  readonly rule: FaultRule;
  /** Calls that it concerns, struck or not. */
  readonly seen: number;
  readonly struck: number;
  /** The latest of them. */
  readonly strikes: readonly Strike[];
};

/** Enough to see what a test did; a rule that strikes for ever must not fill the memory. */
const STRIKES_KEPT = 100;

type Kept = { -readonly [K in keyof Fault]: Fault[K] };

/** All faults in the order of their posting, as they are now. */
export const faultsOf = (cloud: Cloud): readonly Fault[] =>
  [...kept(cloud).faults.values()].map((fault) => ({ ...fault }));

export const addFault = (cloud: Cloud, rule: FaultRule): Fault => {
  const all = kept(cloud);
  all.last += 1;
  const fault: Kept = { id: `fault-${all.last}`, rule, seen: 0, struck: 0, strikes: [] };
  all.faults.set(fault.id, fault);
  return { ...fault };
};

/** Whether it was there. */
export const removeFault = (cloud: Cloud, id: string): boolean => kept(cloud).faults.delete(id);

export const removeFaults = (cloud: Cloud): void => kept(cloud).faults.clear();

/**
 * The rule that strikes this call, if one does. Each rule that it concerns counts it; the first that is due strikes, and is counted as struck at once:
 * a rule for one call must not take a second that comes while the first is under way.
 */
export const strike = (service: string, operation: string, input: object, call: Call): FaultRule | undefined => {
  const concerned = [...kept(call.cloud).faults.values()].filter(({ rule }) =>
    concerns(rule, service, operation, input, call),
  );
  for (const fault of concerned) fault.seen += 1;
  const fault = concerned.find(isDue);
  if (fault === undefined) return undefined;
  const { requestId, account, region } = call;
  const struck = { at: call.now.toISOString(), requestId, operation, account, region };
  fault.struck += 1;
  fault.strikes = [...fault.strikes, struck].slice(-STRIKES_KEPT);
  return fault.rule;
};

const concerns = (rule: FaultRule, service: string, operation: string, input: object, call: Call): boolean =>
  rule.service === service &&
  (rule.operation ?? operation) === operation &&
  (rule.account ?? call.account) === call.account &&
  (rule.about === undefined || mentions(input, rule.about));

const isDue = ({ rule: { nth, every, times }, seen, struck }: Fault): boolean => {
  if (nth !== undefined) return seen === nth;
  return seen % (every ?? 1) === 0 && struck < (times ?? Number.POSITIVE_INFINITY);
};

/** Whether a text stands in any string of an input; the bytes of a payload are read as text. */
const mentions = (value: unknown, text: string): boolean => {
  if (typeof value === 'string') return value.includes(text);
  if (value instanceof Uint8Array) return Buffer.from(value).includes(text);
  return typeof value === 'object' && value !== null && Object.values(value).some((part) => mentions(part, text));
};

const kept = (cloud: Cloud): { last: number; readonly faults: Map<string, Kept> } =>
  cloud.state('control', 'faults', () => ({ last: 0, faults: new Map<string, Kept>() }));
