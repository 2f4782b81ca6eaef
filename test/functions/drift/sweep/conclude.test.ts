/** What a sweep comes to: its summary, the delivery of each account, and what is found about that. */
import { describe, expect, it } from '@jest/globals';
import type { ConcludeSweepInput } from '../../../../functions/drift/sweep/contract.ts';
import { judgedDelivery } from '../../../../functions/drift/sweep/delivery.ts';
import { deliveryOf, summaryOf } from '../../../../functions/drift/sweep/summary.ts';
import type { SweepPart } from '../../../../functions/store/sweeps.ts';
import { ACCOUNT, CLUSTER } from './world.ts';

const AT = '2026-03-10T01:00:00.000Z';
const SWEEP = { id: 's-1', startedAt: '2026-03-10T00:00:00.000Z', until: '2026-03-10T05:00:00.000Z' };
const SWEPT = { outcome: 'swept' as const };
const input = (more: Partial<ConcludeSweepInput> = {}): ConcludeSweepInput => ({
  execution: 'run-1',
  isSlice: false,
  slices: [],
  sweep: SWEEP,
  discovery: [SWEPT],
  lookups: [SWEPT],
  roles: [SWEPT],
  clusters: [[SWEPT]],
  ...more,
});
const cluster = (more: object = {}): SweepPart => ({
  part: 'cluster',
  cluster: CLUSTER,
  status: 'present',
  listed: 10,
  described: 3,
  hinted: 2,
  silent: 0,
  left: 0,
  at: AT,
  ...more,
});
const roles = (more: object = {}): SweepPart => ({
  part: 'roles',
  account: ACCOUNT,
  region: 'us-east-1',
  listed: 100,
  lookedAfter: 20,
  hinted: 1,
  silent: 0,
  at: AT,
  ...more,
});
const look = (more: object = {}): SweepPart => ({
  part: 'look',
  service: 'iam',
  account: ACCOUNT,
  region: 'us-east-1',
  told: 0,
  missed: 0,
  poison: 0,
  counted: true,
  from: SWEEP.startedAt,
  to: AT,
  ...more,
});

it('adds up what the parts have found', () => {
  const gone = cluster({
    cluster: { ...CLUSTER, cluster: 'gone' },
    status: 'gone',
    listed: 0,
    described: 0,
    hinted: 4,
    irsa: { status: 'read', users: 0, malformed: 0 },
  });
  const irsa = { status: 'read', users: 7, malformed: 1 };
  const summary = summaryOf(input(), [cluster({ irsa }), gone, roles(), look({ told: 3 })], 5, AT);
  expect(summary).toEqual({
    id: 's-1',
    startedAt: SWEEP.startedAt,
    endedAt: AT,
    complete: true,
    failed: [],
    roles: { accounts: 1, lookedAfter: 20, listed: 100, hinted: 1 },
    clusters: { swept: 2, gone: 1, described: 3, left: 0, listed: 10, hinted: 6 },
    irsa: { users: 7, malformed: 1, clusters: 2, unread: [] },
    due: 5,
    delivery: [
      { account: ACCOUNT, region: 'eu-west-1', told: 0, missed: 0, silent: 0, poison: 0 },
      { account: ACCOUNT, region: 'us-east-1', told: 3, missed: 0, silent: 0, poison: 0, quality: 1 },
    ],
  });
});

it('is not complete where something failed or was left, and names what failed, not more than people read', () => {
  const failure = { outcome: 'not-swept' as const, what: CLUSTER, at: 'keep-associations', error: 'Throttled' };
  const failed = summaryOf(input({ clusters: [[failure], [SWEPT, failure]] }), [], 0, AT);
  expect(failed).toMatchObject({
    complete: false,
    failed: [{ what: 'arn:aws:eks:eu-west-1:111122223333:cluster/payments', error: 'Throttled' }, {}],
  });
  expect(summaryOf(input({ clusters: [Array(80).fill(failure)] }), [], 0, AT).failed).toHaveLength(50);
  expect(summaryOf(input(), [cluster({ left: 1 })], 0, AT).complete).toBe(false);
});

it('is complete where service accounts could not be listed, and names where and why, not more than people read', () => {
  const irsa = { status: 'unread' as const, why: 'ClusterUnreachable: no answer' };
  const others = Array.from({ length: 80 }, (_, index) =>
    cluster({ cluster: { ...CLUSTER, cluster: `c${index}` }, irsa }),
  );
  const { complete, irsa: told } = summaryOf(input(), [cluster({ irsa }), ...others], 0, AT);
  expect(complete).toBe(true);
  expect(told).toMatchObject({ users: 0, clusters: 0 });
  expect(told?.unread).toHaveLength(50);
  expect(told?.unread[0]).toEqual({ what: 'arn:aws:eks:eu-west-1:111122223333:cluster/payments', why: irsa.why });
});

describe('delivery', () => {
  it.each([
    ['nothing happened', [look()], undefined],
    ['all told', [look({ told: 4 })], 1],
    ['one of four lost', [look({ told: 3, missed: 1 })], 0.75],
    ['the same loss in the history and found', [look({ told: 3, missed: 1 }), roles({ silent: 1 })], 0.75],
    ['found alone', [look({ told: 1 }), roles({ silent: 3 })], 0.25],
    ['all lost', [look({ missed: 2 })], 0],
  ])('%s', (_what, parts, quality) => {
    const [place] = deliveryOf(parts);
    expect(place?.quality).toBe(quality);
  });

  it('is told for each account and region', () => {
    const other = look({ service: 'eks', region: 'eu-west-1', told: 1 });
    expect(deliveryOf([look({ missed: 1 }), other, cluster({ silent: 1 })])).toMatchObject([
      { region: 'eu-west-1', told: 1, silent: 1, quality: 0.5 },
      { region: 'us-east-1', missed: 1, quality: 0 },
    ]);
  });
});

describe('findings', () => {
  const judged = (parts: readonly SweepPart[], more: Partial<ConcludeSweepInput> = {}) =>
    judgedDelivery(deliveryOf(parts), input(more), AT).map(({ object, found, judgement }) => ({
      object,
      reasons: found.map(({ reason }) => reason),
      complete: judgement.complete,
    }));
  const object = `${ACCOUNT}/us-east-1`;
  const failure = { outcome: 'not-swept' as const, what: ACCOUNT, at: 'keep-lookups', error: 'AccessDenied' };

  it.each([
    ['all told: nothing', [look({ told: 2 })], {}, [], true],
    ['not one told: silent', [look({ missed: 2 })], {}, ['TrailSilent'], true],
    ['found, and not one told: silent', [look(), roles({ silent: 1 })], {}, ['TrailSilent'], true],
    ['some told: missed', [look({ told: 1, missed: 1 })], {}, ['EventsMissed'], true],
    ['nothing happened: nothing is proven', [look()], {}, [], false],
    ['not all was looked at: nothing is mended', [look({ told: 1 })], { lookups: [failure] }, [], false],
  ])('%s', (_what, parts, more, reasons, complete) => {
    expect(judged(parts, more)).toEqual([{ object, reasons, complete }]);
  });

  it('are told in a sentence, with what mends them', () => {
    const [one] = judgedDelivery(deliveryOf([look({ told: 3, missed: 2 })]), input(), AT);
    expect(one?.found[0]?.sentence).toBe(
      `Of the changes in account ${ACCOUNT}, us-east-1 before the sweep of 2026-03-10T00:00:00.000Z, 3 were told by events and 2 were not: ` +
        "CloudTrail's history shows 2 that no event told; 0 differences were found of which none had told.",
    );
    expect(one?.found[0]?.remedy).toContain('podid dlq');
    expect(one?.judgement.judge).toBe('sweep');
  });
});
