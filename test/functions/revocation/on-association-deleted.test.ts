import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fixture } from '../../events/fixtures.ts';
import { about, closed, type Hub, startHub } from './on-association.ts';

const CLUSTER = { account: '111122223333', region: 'eu-west-1', cluster: 'payments' };
const identity = (name: string) => ({ ...CLUSTER, namespace: 'checkout', serviceAccount: name });
const deletion = (name: string, file = 'association-deleted') => about(name, fixture(file));
/** The same event under another id, as CloudTrail may deliver a call twice. */
const copyOf = (event: unknown): unknown =>
  JSON.parse(JSON.stringify(event).replace(/"eventID":"([^"]*)"/, '"eventID":"$1-copy"'));

describe('a deleted association', () => {
  let hub: Hub;
  beforeAll(async () => {
    hub = await startHub();
  });
  beforeEach(() => {
    hub.machines.reset();
    hub.machines.on(StartExecutionCommand).resolves({});
  });
  afterAll(() => hub.close());

  it('starts one revocation under its own id, keeps the row as gone, and journals the intent before', async () => {
    const answer = await hub.tell('deleted', deletion('plain'));
    const [revocation, ...more] = hub.started();
    expect(more).toEqual([]);
    expect(revocation).toMatchObject({
      id: expect.stringMatching(/^r-[0-9a-f]{12}-1$/),
      cause: 'association-deleted',
      identity: identity('plain'),
      former: { associationId: 'a-plain', roleArn: 'arn:aws:iam::111122223333:role/orders-reader' },
      since: '2026-03-01T12:00:00.000Z',
      actor: { type: 'AssumedRole', name: 'alice@example.com', eventId: expect.stringMatching(/-plain$/) },
      mode: 'remediate',
      attempt: 1,
    });
    const id = revocation?.id ?? '';
    expect(answer).toEqual({ revocation: id, status: 'started', breaker: null });
    expect(await hub.store.revocations.get(id)).toMatchObject({ status: 'running', revocation });
    expect(await hub.store.journal.of(id)).toMatchObject([
      {
        kind: 'intent',
        by: 'on-association-deleted',
        text: expect.stringMatching(/checkout\/plain.*platform-admin.*remediate/),
      },
    ]);
    expect(await hub.store.associations.lastKnown(CLUSTER, 'a-plain')).toMatchObject({
      gone: '2026-03-01T12:00:00.000Z',
    });
    expect(hub.machines.commandCalls(StartExecutionCommand)[0]?.args[0].input).toMatchObject({
      name: id,
      stateMachineArn: 'arn:aws:states:eu-west-1:999988887777:stateMachine:podid-revoke',
    });
  });

  it('told twice, or by a copy with another event id, starts nothing more', async () => {
    const first = await hub.tell('deleted', deletion('twice'));
    expect(await hub.tell('deleted', deletion('twice'))).toEqual(first);
    expect(await hub.tell('deleted', copyOf(deletion('twice')))).toMatchObject(Object(first));
    expect(hub.started()).toHaveLength(1);
  });

  it('whose response is missing takes identity and role from the last-known row', async () => {
    await hub.tell('created', about('row', fixture('association-created')));
    await hub.tell('deleted', deletion('row', 'association-deleted-without-response'));
    expect(hub.started()).toMatchObject([
      { identity: identity('row'), former: { roleArn: 'arn:aws:iam::111122223333:role/orders-reader' } },
    ]);
  });

  it('that nobody knows fails by name, for the dead letters; and works once its creation has arrived', async () => {
    const event = deletion('unknown', 'association-deleted-without-response');
    await expect(hub.tell('deleted', event)).rejects.toMatchObject({
      name: 'PriorStateUnknown',
      message: expect.stringMatching(/a-unknown.*payments.*CloudTrail/),
    });
    expect(hub.started()).toEqual([]);
    await hub.tell('created', about('unknown', fixture('association-created')));
    await hub.tell('deleted', event);
    expect(hub.started()).toMatchObject([{ identity: identity('unknown') }]);
  });

  it('in a cluster that the configuration does not name is only observed', async () => {
    await hub.tell('deleted', about('elsewhere', fixture('association-deleted'), 'other'));
    expect(hub.started()).toMatchObject([{ mode: 'observe', identity: { cluster: 'other' } }]);
  });

  it('whose revocation has ended is not started again', async () => {
    await hub.tell('deleted', deletion('ended'));
    const [revocation] = hub.started();
    await hub.store.revocations.finish(revocation?.id ?? '', {
      endedAt: '2026-03-01T12:01:00Z',
      outcome: 'revoked',
      story: {},
    });
    hub.machines.resetHistory();
    expect(await hub.tell('deleted', copyOf(deletion('ended')))).toMatchObject({ status: 'ended-before' });
    expect(hub.started()).toEqual([]);
  });

  it('whose execution closed without a record says so in the journal, with what to do', async () => {
    hub.machines.on(StartExecutionCommand).rejects(closed());
    const answer = await hub.tell('deleted', deletion('closed'));
    expect(answer).toMatchObject({ status: 'closed' });
    const [{ id } = { id: '' }] = hub.started();
    expect(await hub.store.journal.of(id)).toMatchObject([
      { kind: 'intent' },
      { kind: 'outcome', text: expect.stringContaining(`podid revocations retry ${id}`) },
    ]);
  });

  it('trips the breaker when there are too many; the revocation is started all the same, for the machine to halt', async () => {
    const answers: unknown[] = [];
    for (const name of ['many-a', 'many-b', 'many-c', 'many-d']) {
      answers.push(await hub.tell('deleted', about(name, fixture('association-deleted'), 'many')));
    }
    expect(answers.slice(0, 3)).toEqual(Array(3).fill(expect.objectContaining({ breaker: null })));
    expect(answers[3]).toMatchObject({ breaker: expect.stringMatching(/^4 identities.*limit is 3$/) });
    expect(hub.started()).toHaveLength(4);
    expect((await hub.store.brakes.breaker({ ...CLUSTER, cluster: 'many' })).tripped).toBeDefined();
  });

  it('whose machine could not be started is tried again', async () => {
    hub.machines
      .on(StartExecutionCommand)
      .rejectsOnce(Object.assign(new Error('slow down'), { name: 'ThrottlingException', $metadata: {} }))
      .resolves({});
    await expect(hub.tell('deleted', deletion('throttled'))).rejects.toMatchObject({ name: 'Throttled' });
    // Told by another event this time: what was elected counts, not what would be written now.
    expect(await hub.tell('deleted', copyOf(deletion('throttled')))).toMatchObject({ status: 'started' });
    const [first, second] = hub.machines.commandCalls(StartExecutionCommand).map((call) => call.args[0].input);
    expect(second).toEqual(first); // The same name with the same input is what Step Functions takes for the same execution.
  });

  it.each(['before', 'after'] as const)(
    'cut off %s any of its requests, and tried again, ends as if nothing had happened',
    async (when) => {
      let n = 0;
      let cutOff = true;
      while (cutOff) {
        n += 1;
        hub.machines.resetHistory();
        const name = `cut-${when}-${n}`;
        hub.failAt(n, when);
        await hub.tellUntilDone('deleted', about(name, fixture('association-deleted'), name));
        cutOff = hub.hasFailed();
        hub.failAt(0, when);
        expect(hub.started()).toMatchObject([{ identity: { cluster: name }, cause: 'association-deleted' }]);
        const [{ id } = { id: '' }] = hub.started();
        expect(await hub.store.revocations.get(id)).toMatchObject({ status: 'running', revocation: hub.started()[0] });
        expect(await hub.store.journal.of(id)).toHaveLength(1);
        expect(await hub.store.associations.lastKnown({ ...CLUSTER, cluster: name }, `a-${name}`)).toMatchObject({
          gone: '2026-03-01T12:00:00.000Z',
        });
      }
      expect(n).toBeGreaterThan(8); // Each of the requests was cut off once.
    },
  );
});
