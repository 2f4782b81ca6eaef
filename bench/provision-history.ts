/** Where the time of an execution goes: by the timestamps of its history, state by state. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Cloud } from '../local/contract.ts';
import { markdown, ms, spread } from './figures.ts';
import { HUB, REGION } from './provision-fleet.ts';
import { executionOf } from './provision-grants.ts';

/** Every event of a grant's first execution. */
export const eventsOf = async (cloud: Cloud, grantId: string): Promise<readonly HistoryEvent[]> => {
  const { caller } = cloud.administrator(HUB);
  const arn = executionOf(grantId);
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const input = { executionArn: arn, maxResults: 1000, ...(nextToken === undefined ? {} : { nextToken }) };
    const answer = await cloud.call('states', 'GetExecutionHistory', input, { caller, region: REGION });
    const page = answer as { events: HistoryEvent[]; nextToken?: string };
    events.push(...page.events);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
};

/** A table: how often each task and wait was entered, and the sum, median and longest of its times. */
export const stateTimes = async (cloud: Cloud, grantId: string): Promise<string> => {
  const events = await eventsOf(cloud, grantId);
  const byId = new Map(events.map((event) => [event.id, event]));
  const times = new Map<string, number[]>();
  for (const event of events) {
    const name = event.stateExitedEventDetails?.name;
    if (name === undefined) continue;
    let began = byId.get(event.previousEventId ?? 0);
    while (began !== undefined && began.stateEnteredEventDetails?.name !== name) {
      began = byId.get(began.previousEventId ?? 0);
    }
    if (began === undefined) continue;
    const took = (event.timestamp?.getTime() ?? 0) - (began.timestamp?.getTime() ?? 0);
    times.set(name, [...(times.get(name) ?? []), took]);
  }
  const rows = [...times]
    .map(([name, all]) => ({ name, all, sum: all.reduce((sum, each) => sum + each, 0), ...spread(all) }))
    .filter(({ sum }) => sum > 5)
    .map(({ name, all, sum, median, max }) => [name, String(all.length), ms(sum), ms(median), ms(max)]);
  return `${events.length} events\n\n${markdown(['state', 'times', 'sum', 'median', 'longest'], rows)}`;
};
