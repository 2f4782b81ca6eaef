import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fixture } from '../../events/fixtures.ts';
import { about, type Hub, startHub } from './on-association.ts';

const CLUSTER = { account: '111122223333', region: 'eu-west-1', cluster: 'payments' };

describe('a created association', () => {
  let hub: Hub;
  beforeAll(async () => {
    hub = await startHub();
  });
  beforeEach(() => {
    hub.machines.reset();
    hub.machines.on(StartExecutionCommand).resolves({});
  });
  afterAll(() => hub.close());

  it('is kept, and starts nothing', async () => {
    expect(await hub.tell('created', about('kept', fixture('association-created-with-target-role')))).toEqual({
      begun: [],
      finding: null,
    });
    expect(hub.started()).toEqual([]);
    expect(await hub.store.associations.lastKnown(CLUSTER, 'a-kept')).toMatchObject({
      identity: { ...CLUSTER, namespace: 'checkout', serviceAccount: 'kept' },
      seen: [{ state: { disableSessionTags: true, policy: expect.any(String) }, event: { actor: { name: 'alice' } } }],
    });
    expect(await hub.store.associations.ofRole('arn:aws:iam::444455556666:role/ledger')).toHaveLength(1);
  });

  it('that is told after its update makes that update a revocation', async () => {
    await hub.tell('updated', about('late', fixture('association-updated-role')));
    expect(hub.started()).toEqual([]);
    await hub.tell('created', about('late', fixture('association-created')));
    expect(hub.started()).toMatchObject([
      { cause: 'association-updated', since: '2026-03-01T11:00:00.000Z', actor: { type: 'WebIdentityUser' } },
    ]);
  });

  it('of an identity with a deny in force starts a run that bounds it, once', async () => {
    const identity = { ...CLUSTER, namespace: 'checkout', serviceAccount: 'again' };
    const deny = {
      roleArn: 'arn:aws:iam::111122223333:role/orders-reader',
      form: 'tags',
      policyName: 'p',
      revocation: 'r-1',
    } as const;
    await hub.store.denies.keep({ identity, ...deny, status: 'in-force', at: '2026-03-01T09:00:00.000Z' });
    await hub.tell('created', about('again', fixture('association-created')));
    await hub.tell('created', about('again', fixture('association-created')));
    expect(hub.started()).toMatchObject([{ cause: 'association-created', identity, mode: 'remediate' }]);
  });
});
