/** Telling the world: kept and put on the bus, each without the other where one fails. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { LifecycleEvent } from '../../../functions/lifecycle.ts';
import { tellWorld } from '../../../functions/runtime/lifecycle.ts';

const bus = mockClient(EventBridgeClient);
const events = (count: number): readonly LifecycleEvent[] =>
  Array.from({ length: count }, (_, number) => ({
    kind: 'Finding Opened',
    detail: {
      schema: 1,
      id: `f-${number}`,
      at: '2026-11-21T12:00:00.000Z',
      finding: { id: 'f', object: 'g-1', reason: 'GrantLeftover', severity: 'error', sentence: 'There.' },
    },
  }));

const telling = (keep: (kept: readonly LifecycleEvent[]) => Promise<void>) => {
  const counted: string[] = [];
  const errors: unknown[] = [];
  const around = {
    log: { error: (...said: unknown[]) => void errors.push(said) },
    count: (metric: string) => void counted.push(metric),
  };
  return { tell: tellWorld(around, () => ({ keep })), counted, errors };
};

beforeEach(() => {
  bus.reset();
  bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
});

describe('what happened', () => {
  it('is kept, then put on the bus, ten at a time', async () => {
    const kept: unknown[] = [];
    const { tell, counted } = telling(async (some) => {
      expect(bus.calls()).toHaveLength(0);
      kept.push(...some);
    });
    await tell(events(12));
    expect(kept).toEqual(events(12));
    const put = bus.commandCalls(PutEventsCommand).map(({ args }) => args[0].input.Entries ?? []);
    expect(put.map((entries) => entries.length)).toEqual([10, 2]);
    expect(put[1]?.[1]).toMatchObject({ EventBusName: 'podid-events', Source: 'podid', DetailType: 'Finding Opened' });
    expect(counted).toEqual([]);
  });

  it('is put on the bus though it could not be kept', async () => {
    const { tell, counted, errors } = telling(() => Promise.reject(new Error('no table')));
    await tell(events(1));
    expect(bus.calls()).toHaveLength(1);
    expect(counted).toEqual(['LifecycleEventNotKept']);
    expect(errors).toHaveLength(1);
  });

  it('is kept though the bus takes it not, or not all of it', async () => {
    const kept: unknown[] = [];
    const { tell, counted } = telling(async (some) => void kept.push(...some));
    bus.on(PutEventsCommand).rejectsOnce(new Error('gone')).resolves({ FailedEntryCount: 1 });
    await tell(events(12));
    expect(kept).toHaveLength(12);
    expect(counted).toEqual(['LifecycleEventLost', 'LifecycleEventLost']);
  });

  it('is nothing at times', async () => {
    const { tell } = telling(() => Promise.reject(new Error('asked')));
    await tell([]);
    expect(bus.calls()).toHaveLength(0);
  });
});
