/** Steps of the work on a grant, as a person reads them. Pure. */
import type { ProgressStep } from '../functions/provisioning/api/schemas.ts';

/** `create role podid/a-1 in analytics (333333333333) … done 0.8 s` */
export const stepText = (step: ProgressStep): string => {
  const { state, startedAt, since, sentence } = step;
  const hasTaken = (state === 'done' || state === 'failed') && startedAt !== undefined && since !== undefined;
  const took = hasTaken ? ` ${secondsText(Date.parse(since) - Date.parse(startedAt))}` : '';
  return `${stepSubject(step)} … ${state}${took}${sentence === undefined ? '' : `: ${sentence}`}`;
};

/** `create role podid/a-1 in analytics (333333333333) … 2.1 s`, of one that is being done. */
export const runningText = (step: ProgressStep, now: Date): string =>
  `${stepSubject(step)} … ${secondsText(now.getTime() - Date.parse(step.startedAt ?? now.toISOString()))}`;

const stepSubject = ({ what, account, accountName }: ProgressStep): string =>
  `${what} in ${accountName === undefined ? account : `${accountName} (${account})`}`;

/** Clocks differ: never less than none. */
const secondsText = (millis: number): string => `${(Math.max(0, millis) / 1000).toFixed(1)} s`;
