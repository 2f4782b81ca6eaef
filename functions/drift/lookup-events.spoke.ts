/** Looks up calls in CloudTrail's event history of this account, by their names, in one region. It writes nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { lookupEvents } from '../aws/cloudtrail.ts';
import { accountOf } from '../aws/own-roles.ts';
import { jsonOf } from '../json.ts';
import { entry } from '../runtime/entry.ts';
import { Failure } from '../runtime/errors.ts';
import { LookupEventsInput, type LookupEventsOutput } from './sweep/contract.ts';
import { pacer } from './sweep/pacer.ts';

/** Within the function's minute, with room for one slow answer. */
const LONGEST_MILLIS = 35_000;
/** A function answers 6 MB at most; a record has up to 256 kB, most have 3. */
const LONGEST_ANSWER = 2_000_000;

export const handler = entry(
  LookupEventsInput,
  async (
    { account, region, eventNames, about, from, to, perSecond, cursor: at },
    { now, functionArn },
  ): Promise<LookupEventsOutput> => {
    if (accountOf(functionArn) !== account) {
      throw new Failure('InputMalformed', `account ${account} is not that of ${functionArn}: ask its own spoke`);
    }
    const began = now().getTime();
    const turn = pacer(perSecond, { now: () => now().getTime(), sleep });
    if (about !== undefined) return { records: await recordsAbout(about, { eventNames, from, to, region, turn }) };
    const records: string[] = [];
    let [name, next, length] = [at?.name ?? 0, at?.next, 0];
    for (let eventName = eventNames[name]; eventName !== undefined; eventName = eventNames[name]) {
      if (length > LONGEST_ANSWER || now().getTime() - began > LONGEST_MILLIS) {
        return { records, cursor: { name, ...(next !== undefined && { next }) } };
      }
      await turn();
      const page = await lookupEvents({ by: { eventName }, from, to, region, ...(next !== undefined && { next }) });
      for (const { record } of page.events) {
        records.push(record);
        length += record.length;
      }
      next = page.next;
      if (next === undefined) name += 1;
    }
    return { records };
  },
);

type About = NonNullable<LookupEventsInput['about']>;
type Question = Pick<LookupEventsInput, 'eventNames' | 'from' | 'to' | 'region'> & {
  readonly turn: () => Promise<void>;
};

/** Of a role that hundreds take, the history has many: the last ones are enough. */
const recordsAbout = async (
  { resourceName, pages }: About,
  { eventNames, from, to, region, turn }: Question,
): Promise<string[]> => {
  const records: string[] = [];
  let next: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    await turn();
    const answer = await lookupEvents({ by: { resourceName }, from, to, region, ...(next !== undefined && { next }) });
    records.push(...answer.events.flatMap(({ record }) => (eventNames.includes(nameIn(record)) ? [record] : [])));
    next = answer.next;
    if (next === undefined) break;
  }
  return records;
};

/** Empty where the record has none. */
const nameIn = (record: string): string => {
  const { data } = Named.safeParse(jsonOf(record));
  return data?.eventName ?? '';
};
const Named = z.object({ eventName: z.string() });
