import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DenyRow } from '../../../functions/store/denies.ts';
import { openStore, type Store } from '../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { API, roleArn } from './samples.ts';

const deny = (changed: Partial<DenyRow> = {}): DenyRow => ({
  identity: API,
  roleArn: roleArn('orders'),
  form: 'tags',
  policyName: 'podid-deny-0123',
  revocation: 'r-1',
  status: 'in-force',
  at: '2026-03-01T12:00:00.000Z',
  ...changed,
});

describe('the rows of denies', () => {
  let dynamo: Dynamo;
  let denies: Store['denies'];
  beforeAll(async () => {
    dynamo = await startDynamo();
    denies = openStore(dynamo.client).denies;
  });
  afterAll(() => dynamo.close());

  it('is one row for identity, role and form, with the newest state', async () => {
    const identity = { ...API, serviceAccount: 'one' };
    const [first, other, form] = [
      deny({ identity }),
      deny({ identity, roleArn: roleArn('z') }),
      deny({ identity, form: 'whole-role' }),
    ];
    for (const row of [first, other, form]) expect(await denies.keep(row)).toBe(true);
    const bounded = deny({ identity, issuedBefore: '2026-03-01T13:00:00.000Z', at: '2026-03-01T13:00:00.000Z' });
    expect(await denies.keep(bounded)).toBe(true);
    expect(await denies.keep(first)).toBe(false); // A late word about an older state.
    expect(await denies.of(identity)).toEqual([bounded, form, other]);
    expect(await denies.of({ ...API, serviceAccount: 'on' })).toEqual([]);
  });

  it('gives those whose time has come, the oldest first, and no lifted ones', async () => {
    const at = (name: string, dueAt: string, changed: Partial<DenyRow> = {}) =>
      denies.keep(deny({ identity: { ...API, serviceAccount: name }, dueAt, ...changed }));
    await at('later', '2026-03-01T20:00:00.000Z');
    await at('second', '2026-03-01T19:00:00Z');
    await at('first', '2026-03-01T18:00:00.000Z');
    await at('lifted', '2026-03-01T17:00:00.000Z');
    await at('lifted', '2026-03-01T17:00:00.000Z', { status: 'lifted', at: '2026-03-01T16:00:00.000Z' });
    const due = async (now: string, limit = 10) =>
      (await denies.due(now, limit)).map(({ identity }) => identity.serviceAccount);
    expect(await due('2026-03-01T19:00:00.000Z')).toEqual(['first', 'second']);
    expect(await due('2026-03-01T23:00:00.000Z', 1)).toEqual(['first']);
  });

  it('gives those on a role, whoever they are for, lifted ones too', async () => {
    const on = roleArn('shared');
    const [one, two] = [deny({ roleArn: on }), deny({ roleArn: on, identity: { ...API, serviceAccount: 'two' } })];
    for (const row of [two, one, deny({ roleArn: roleArn('shared2') })]) await denies.keep(row);
    expect(await denies.onRole(on)).toEqual([one, two]);
    const lifted = deny({ roleArn: on, status: 'lifted', at: '2026-03-01T13:00:00.000Z' });
    await denies.keep(lifted);
    expect(await denies.onRole(on)).toEqual([lifted, two]);
    expect(await denies.onRole(roleArn('nobody'))).toEqual([]);
  });
});
