/** LookupEvents, page by page and no faster than CloudTrail allows. */
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { partitionOf } from '../functions/partition.ts';
import type { Place } from './fleet-accounts.ts';
import { endpointOf, signedCall } from './signed-call.ts';
import { readTrail, type TrailRecord } from './trail-lines.ts';

export type Window = {
  /** Milliseconds since 1970. */
  readonly from: number;
};

/** "The rate of lookup requests is limited to two per second, per account, per Region" (API reference, LookupEvents). */
const BETWEEN_MS = 500;

const Page = z.object({
  Events: z.array(z.object({ CloudTrailEvent: z.string() })).default([]),
  NextToken: z.string().nullish(),
});

/** Everything since then, newest first. @throws AwsRefused */
export const lookup = async (
  { account, region, credentials }: Place,
  { from }: Window,
): Promise<readonly TrailRecord[]> => {
  const found: TrailRecord[] = [];
  let NextToken: string | null | undefined;
  do {
    await turn(`${account.id}/${region}`);
    const answer = await signedCall({
      service: 'cloudtrail',
      region,
      credentials,
      endpoint: endpointOf('cloudtrail', `https://cloudtrail.${region}.${partitionOf(region).dnsSuffix}`),
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents',
      },
      // The service counts in whole seconds.
      body: { StartTime: Math.floor(from / 1000), MaxResults: 50, ...(NextToken != null && { NextToken }) },
    });
    const page = Page.parse(answer);
    found.push(...page.Events.map(({ CloudTrailEvent }) => readTrail(CloudTrailEvent, account.name, region)));
    NextToken = page.NextToken;
  } while (NextToken != null);
  return found;
};

/** When the next call of an account and region may begin. */
const next = new Map<string, number>();

const turn = async (place: string): Promise<void> => {
  const wait = takeTurn(next, place, Date.now());
  if (wait > 0) await pause(wait);
};

/** Takes the next free turn of a place; how many milliseconds until then. */
export const takeTurn = (turns: Map<string, number>, place: string, now: number): number => {
  const at = Math.max(now, turns.get(place) ?? 0);
  turns.set(place, at + BETWEEN_MS);
  return at - now;
};
