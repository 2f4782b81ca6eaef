import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fixture } from '../../events/fixtures.ts';
import { roleArn } from '../store/samples.ts';
import { about, type Hub, type Kind, startHub } from './on-association.ts';

const CLUSTER = { account: '111122223333', region: 'eu-west-1', cluster: 'payments' };
const [READER, WRITER] = [roleArn('orders-reader'), roleArn('orders-writer')];
const FILES = {
  created: 'association-created',
  updated: 'association-updated-role',
  deleted: 'association-deleted',
} as const;
const event = (kind: Kind, name: string, cluster = 'payments') => about(name, fixture(FILES[kind]), cluster);

describe('an updated association', () => {
  let hub: Hub;
  beforeAll(async () => {
    hub = await startHub();
  });
  beforeEach(() => {
    hub.machines.reset();
    hub.machines.on(StartExecutionCommand).resolves({});
  });
  afterAll(() => hub.close());

  it('whose role is another one starts a revocation of the former role', async () => {
    await hub.tell('created', event('created', 'role'));
    const answer = await hub.tell('updated', event('updated', 'role'));
    expect(hub.started()).toMatchObject([
      {
        cause: 'association-updated',
        former: { roleArn: READER },
        current: { roleArn: WRITER },
        since: '2026-03-01T11:00:00.000Z',
        actor: { type: 'WebIdentityUser' },
      },
    ]);
    expect(answer).toEqual({ begun: [{ revocation: hub.started()[0]?.id, status: 'started' }], finding: null });
    expect(await hub.store.journal.of(hub.started()[0]?.id ?? '')).toMatchObject([
      {
        kind: 'intent',
        text: expect.stringContaining(
          `checkout/role in cluster payments (111122223333, eu-west-1) lost the role ${READER} by an update`,
        ),
      },
    ]);
    expect((await hub.store.associations.ofRole(WRITER)).map(({ identity }) => identity.serviceAccount)).toContain(
      'role',
    );
  });

  it('that was never seen before starts nothing, and leaves a note of what nobody knows', async () => {
    expect(await hub.tell('updated', event('updated', 'unknown'))).toEqual({ begun: [], finding: 'PriorStateUnknown' });
    expect(hub.started()).toEqual([]);
    const subject = 'arn:aws:eks:eu-west-1:111122223333:podidentityassociation/payments/a-unknown';
    expect(await hub.store.journal.of(subject)).toMatchObject([
      { kind: 'note', details: { reason: 'PriorStateUnknown', remedy: expect.any(String) } },
    ]);
  });

  it('starts a run that bounds the denies of its identity, when nothing was lost', async () => {
    const identity = { ...CLUSTER, namespace: 'checkout', serviceAccount: 'denied' };
    await hub.store.denies.keep({
      identity,
      roleArn: READER,
      form: 'tags',
      policyName: 'podid-deny-1',
      revocation: 'r-1',
      status: 'in-force',
      at: '2026-03-01T09:00:00.000Z',
    });
    await hub.tell('created', event('created', 'denied'));
    expect(hub.started()).toMatchObject([{ cause: 'association-created', identity, current: { roleArn: READER } }]);
    expect(hub.started()[0]).not.toHaveProperty('former');
  });

  it('counts against the breaker', async () => {
    for (const name of ['brk-a', 'brk-b', 'brk-c', 'brk-d']) {
      await hub.tell('created', event('created', name, 'brk'));
      await hub.tell('updated', event('updated', name, 'brk'));
    }
    expect((await hub.store.brakes.breaker({ ...CLUSTER, cluster: 'brk' })).tripped?.identities).toBe(4);
  });

  it.each([
    [['created', 'updated', 'deleted']],
    [['updated', 'created', 'deleted']],
    [['deleted', 'updated', 'created']],
    [['updated', 'deleted', 'updated', 'created', 'created', 'deleted']],
  ] as const)('comes to the same end when told %j', async (order) => {
    const name = `order-${order.join('-')}`;
    for (const kind of order) await hub.tellUntilDone(kind, event(kind, name));
    // The deletion's fixture was taken before the update: what it names as the state at the end is the reader's role again.
    const lost = hub.started().map(({ cause, former, actor }) => [cause, former?.roleArn, actor.type]);
    expect(lost).toContainEqual(['association-updated', READER, 'WebIdentityUser']);
    expect(lost).toContainEqual(['association-deleted', READER, 'AssumedRole']);
    expect(lost).toHaveLength(2);
    const row = await hub.store.associations.lastKnown(CLUSTER, `a-${name}`);
    expect(row).toMatchObject({
      gone: '2026-03-01T12:00:00.000Z',
      seen: [{ state: { roleArn: READER } }, { state: { roleArn: WRITER } }],
    });
  });

  it.each(['before', 'after'] as const)(
    'cut off %s any of its requests, and tried again, ends as if nothing had happened',
    async (when) => {
      let n = 0;
      let cutOff = true;
      while (cutOff) {
        n += 1;
        const name = `cut-${when}-${n}`;
        await hub.tell('created', event('created', name, name));
        hub.machines.resetHistory();
        hub.failAt(n, when);
        await hub.tellUntilDone('updated', event('updated', name, name));
        cutOff = hub.hasFailed();
        hub.failAt(0, when);
        expect(hub.started()).toMatchObject([{ cause: 'association-updated', former: { roleArn: READER } }]);
        const [{ id } = { id: '' }] = hub.started();
        expect(await hub.store.revocations.get(id)).toMatchObject({ status: 'running' });
        expect(await hub.store.journal.of(id)).toHaveLength(1);
      }
      expect(n).toBeGreaterThan(8);
    },
  );
});
