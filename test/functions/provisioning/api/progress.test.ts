/** How far the work on a grant has come, as GET /grants/{id} shows it: the plan held against the record. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GrantWish, ResolvedGrant, resolve } from '../../../../functions/grants/index.ts';
import { unseen } from '../../../../functions/provisioning/api/look.ts';
import { GrantView, type ProgressStep } from '../../../../functions/provisioning/api/schemas.ts';
import { forwardItems } from '../../../../functions/provisioning/planning/forward.ts';
import type { Came, Intent } from '../../../../functions/provisioning/planning/made.ts';
import type { Came as KeptCame } from '../../../../functions/store/made.ts';
import { readConfig } from '../../../../infra/config-file.ts';
import { ANALYTICS, ada, bob, grace, openStage, PAYMENTS, type Stage, wish } from './stage.ts';

const config = readConfig(path.resolve(import.meta.dirname, '../../../../local/fleet/podid.config.yaml'));
const stages: Stage[] = [];
afterAll(async () => {
  await Promise.all(stages.map((each) => each.close()));
});

const second = (n: number): string => `2026-11-21T12:00:${String(n).padStart(2, '0')}.000Z`;

/** A grant with a target in another account, allowed by everybody, and its plan. */
const begun = async () => {
  const stage = await openStage();
  stages.push(stage);
  const body = { ...wish, targets: [{ account: ANALYTICS, permissions: wish.source.permissions }] };
  const asked = GrantView.parse((await stage.ask(ada, 'POST', '/grants', { body })).body);
  for (const who of [bob, grace]) {
    await stage.ask(who, 'POST', `/grants/${asked.id}/approve`, { body: { version: 1 } });
  }
  const view = async (): Promise<GrantView> =>
    GrantView.parse((await stage.ask(ada, 'GET', `/grants/${asked.id}`)).body);
  const grant = await view();
  expect(grant.phase).toBe('provisioning');
  const { phase: _p, revision: _r, difference: _d, may: _m, ...plain } = grant;
  const wished = { grantId: asked.id, version: 1, wish: GrantWish.parse(body), before: plain };
  const plan = resolve(unseen({ config }, wished));
  const role = (as: 'source' | 'target') => {
    const found = plan.roles.find((each) => each.as === as);
    if (found === undefined) throw new Error(`the plan has no ${as} role`);
    return found.roleArn;
  };
  const [association] = forwardItems(plan, 'associations', config);
  return {
    stage,
    id: asked.id,
    plan,
    view,
    source: role('source'),
    target: role('target'),
    key: association?.object ?? '',
  };
};
type Begun = Awaited<ReturnType<typeof begun>>;

const acting = ({ stage, id, plan }: Begun) => {
  const doing = (execution: string, step: Intent['wave'], what: 'role' | 'association', object: string) => ({
    grantId: id,
    execution: `${id}-v1-${execution}`,
    step,
    what,
    object,
  });
  type Doing = ReturnType<typeof doing>;
  const intend = async (act: Doing, at: number, more: Partial<Intent> = {}): Promise<void> => {
    const { step: wave, what, object } = act;
    const identity = plan.associations[0]?.identity;
    const details: Intent = {
      what,
      account: what === 'role' ? object.slice(13, 25) : PAYMENTS,
      region: 'eu-west-1',
      version: 1,
      wave,
      ...(what === 'association' && identity && { identity }),
      ...more,
    };
    await stage.store.made.intend(act, { at: second(at), by: 'intend', text: 'So.', details });
  };
  const come = async (act: Doing, at: number, came: KeptCame, details: Came): Promise<void> =>
    stage.store.made.came(act, { at: second(at), by: 'keep-outcome', text: 'So.', came, details });
  return { doing, intend, come };
};

const short = (steps: readonly ProgressStep[] | undefined) => steps?.map(({ what, state }) => `${what}: ${state}`);
const nameOf = (arn: string): string => arn.replace(/^.*:role\//, '');

describe('while it is made', () => {
  let grant: Begun;
  beforeAll(async () => {
    grant = await begun();
  });

  test('there is nothing to show before there is a plan', async () => {
    expect((await grant.view()).progress).toBeUndefined();
  });

  test('everything waits, in the order in which it is to be done', async () => {
    const { stage, plan, source, target, view } = grant;
    await stage.store.plans(ResolvedGrant).keep({ attempt: 1, do: 'provision' }, plan);
    const { progress } = await view();
    expect(short(progress)?.slice(0, 4)).toEqual([
      `create role ${nameOf(source)}: waiting`,
      `create role ${nameOf(target)}: waiting`,
      `let role ${nameOf(source)} reach its targets: waiting`,
      'create association of checkout/api (cluster payments): waiting',
    ]);
    expect(progress?.every((step) => step.since === undefined && step.state === 'waiting')).toBe(true);
    expect(progress?.[1]).toMatchObject({
      step: 'targets',
      about: target,
      account: ANALYTICS,
      accountName: 'analytics',
    });
  });

  test('each step says since when it is as it is, and the revision answers nothing from a cache', async () => {
    const { stage, id, source, target, view } = grant;
    const { doing, intend, come } = acting(grant);
    const first = doing('p1', 'sources', 'role', source);
    await intend(first, 1, { standing: 'create', as: 'source' });
    await come(first, 3, 'created', { status: 'created', done: true });
    await intend(doing('p1', 'targets', 'role', target), 4, { standing: 'create', as: 'target' });
    const { progress, revision } = await view();
    expect(progress?.slice(0, 2)).toEqual([
      expect.objectContaining({ state: 'done', startedAt: second(1), since: second(3) }),
      expect.objectContaining({ state: 'running', startedAt: second(4), since: second(4) }),
    ]);
    expect(progress?.[2]?.state).toBe('waiting');
    const asked = await stage.ask(ada, 'GET', `/grants/${id}`, { headers: { 'if-none-match': `"${revision}"` } });
    expect(asked.status).toBe(200);
  });
});

test('what failed says why, and what was made before it is undone', async () => {
  const grant = await begun();
  const { stage, id, plan, source, target, view } = grant;
  const { doing, intend, come } = acting(grant);
  await stage.store.plans(ResolvedGrant).keep({ attempt: 1, do: 'provision' }, plan);
  const [first, next, back] = [
    doing('p1', 'sources', 'role', source),
    doing('p1', 'targets', 'role', target),
    doing('p1', 'undo-sources', 'role', source),
  ];
  await intend(first, 1, { standing: 'create', as: 'source' });
  await come(first, 2, 'created', { status: 'created', done: true });
  await intend(next, 3, { standing: 'create', as: 'target' });
  await come(next, 4, 'refused', { status: 'refused', done: false, because: 'AccessDenied.' });
  await intend(back, 5, { as: 'source' });
  expect(short((await view()).progress)).toEqual([
    `create role ${nameOf(source)}: done`,
    `create role ${nameOf(target)}: failed`,
    // Nothing more is made, so nothing waits.
    `remove role ${nameOf(source)}: running`,
  ]);
  await come(back, 6, 'gone', { status: 'gone', done: true });
  await stage.happen(id, { kind: 'failed', id: 'f', version: 1, because: 'AccessDenied.', undone: [], left: [] });
  const { progress, revision } = await view();
  expect(short(progress)).toEqual([
    `create role ${nameOf(source)}: undone`,
    `create role ${nameOf(target)}: failed`,
    `remove role ${nameOf(source)}: done`,
  ]);
  expect(progress?.[0]).toMatchObject({ since: second(6) });
  expect(progress?.[1]).toMatchObject({ sentence: 'AccessDenied.' });
  const asked = await stage.ask(ada, 'GET', `/grants/${id}`, { headers: { 'if-none-match': `"${revision}"` } });
  expect(asked.status).toBe(304);
});

test('a revocation shows how everything goes, with the revocation of the sessions in between', async () => {
  const grant = await begun();
  const { stage, id, plan, source, key, view } = grant;
  const { doing, intend, come } = acting(grant);
  await stage.store.plans(ResolvedGrant).keep({ attempt: 1, do: 'provision' }, plan);
  const made = [doing('p1', 'sources', 'role', source), doing('p1', 'associations', 'association', key)];
  for (const [at, act] of made.entries()) {
    await intend(act, at, { standing: 'create', ...(act.what === 'role' && { as: 'source' }) });
    await come(act, at + 1, 'created', { status: 'created', done: true });
  }
  await stage.happen(id, { kind: 'provisioned', id: 'p', version: 1, notes: [] });
  await stage.ask(ada, 'POST', `/grants/${id}/revoke`, { body: { why: 'done' } });
  expect(short((await view()).progress)).toEqual([
    'remove association of checkout/api (cluster payments): waiting',
    'cut sessions and restart pods of checkout/api (cluster payments): waiting',
    `remove role ${nameOf(source)}: waiting`,
  ]);
  const gone = doing('r1', 'undo-associations', 'association', key);
  await intend(gone, 10);
  await come(gone, 11, 'gone', { status: 'gone', done: true });
  const identity = plan.associations[0]?.identity;
  if (identity === undefined) throw new Error('the plan has no association');
  const actor = { type: 'AssumedRole', eventId: 'e' };
  await stage.store.revocations.elect(
    { id: 'r-1', cause: 'association-deleted', identity, since: second(11), actor, mode: 'remediate', attempt: 1 },
    second(12),
  );
  expect(short((await view()).progress)).toEqual([
    'remove association of checkout/api (cluster payments): done',
    'cut sessions and restart pods of checkout/api (cluster payments): running',
    `remove role ${nameOf(source)}: waiting`,
  ]);
  await stage.store.revocations.finish('r-1', { endedAt: second(20), outcome: 'halted', story: {} });
  expect((await view()).progress?.[1]).toMatchObject({ state: 'failed', since: second(20), sentence: 'halted.' });
});
