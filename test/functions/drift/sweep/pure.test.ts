/** The sweep's rules that need no world: pace, rotation, spread, what is to be swept, what a listing differs in, what was told. */
import { describe, expect, it } from '@jest/globals';
import { CHANGE_KINDS, eventNamesFrom, eventNamesOf } from '../../../../functions/changes/index.ts';
import { compareRoles } from '../../../../functions/drift/sweep/compare-roles.ts';
import { SweepSlice } from '../../../../functions/drift/sweep/contract.ts';
import { changeOfRecord, spanOf } from '../../../../functions/drift/sweep/looks.ts';
import { pacer } from '../../../../functions/drift/sweep/pacer.ts';
import { digestWithoutVersions, versionsOf } from '../../../../functions/drift/sweep/role-digest.ts';
import { isDue } from '../../../../functions/drift/sweep/rotation.ts';
import { laterOnes } from '../../../../functions/drift/sweep/spread.ts';
import { sweepAt, toSweep } from '../../../../functions/drift/sweep/to-sweep.ts';
import { wasTold } from '../../../../functions/drift/sweep/told-of.ts';
import { fixture } from '../../../events/fixtures.ts';
import { state } from '../../store/samples.ts';
import { ACCOUNT, config, roleArn } from './world.ts';

const HOUR = 3_600_000;
const at = (hours: number): string => new Date(Date.parse('2026-03-10T00:00:00Z') + hours * HOUR).toISOString();

describe('the pace', () => {
  it('is even, whoever asks and however many at once', async () => {
    let time = 1_000;
    const turns: number[] = [];
    const turn = pacer(4, {
      now: () => time,
      sleep: async (millis) => {
        turns.push(time + millis);
      },
    });
    await Promise.all([turn(), turn(), turn()]);
    expect(turns).toEqual([1_250, 1_500]);
    time = 9_000;
    await turn();
    expect(turns).toHaveLength(2);
    await turn();
    expect(turns.at(-1)).toBe(9_250);
  });
});

describe('the rotation', () => {
  const ids = Array.from({ length: 400 }, (_, index) => `a-${index}`);

  it('has each id due once in its hours, whenever the sweeps come', () => {
    const sweeps = [0, 1, 7, 7.5, 13, 20, 24];
    for (const id of ids) {
      const times = sweeps.slice(1).filter((hour, index) => isDue(id, at(sweeps[index] ?? 0), at(hour), 24));
      expect(times).toHaveLength(1);
    }
  });

  it('spreads them evenly', () => {
    const due = ids.filter((id) => isDue(id, at(0), at(6), 24)).length;
    expect(due).toBeGreaterThan(70);
    expect(due).toBeLessThan(130);
  });

  it('has everything due where nothing was ever described, or nothing for a whole round', () => {
    expect(ids.every((id) => isDue(id, undefined, at(0), 24))).toBe(true);
    expect(ids.every((id) => isDue(id, at(0), at(24.1), 24))).toBe(true);
    expect(ids.some((id) => isDue(id, at(3), at(3), 24))).toBe(false);
  });
});

it('spreads what is new: 100 now, and 100 every five minutes', () => {
  const later = laterOnes(at(0));
  const times = Array.from({ length: 201 }, () => later());
  expect(times.slice(0, 100).every((time) => time === undefined)).toBe(true);
  expect(new Set(times.slice(100, 200))).toEqual(new Set([at(5 / 60)]));
  expect(times[200]).toBe(at(10 / 60));
});

describe('what is swept', () => {
  it("is every account with its roles, its trail where IAM's and EKS's events are, and every cluster by its place", () => {
    const clusters = [
      { name: 'one', region: 'eu-west-1' },
      { name: 'two', region: 'eu-west-1' },
      { name: 'three', region: 'us-east-1' },
    ];
    const spokes = [
      { name: 'a', account: ACCOUNT, clusters },
      { name: 'b', account: '444455556666' },
    ];
    const settings = config({ spokes, sweepHours: 10 });
    const { sweep, accounts, places } = toSweep(settings, sweepAt(settings, new Date(at(0))), []).own;
    expect(sweep).toMatchObject({ startedAt: at(0), until: at(9) });
    expect(accounts).toEqual([
      {
        account: ACCOUNT,
        region: 'eu-west-1',
        looks: [
          { service: 'iam', region: 'us-east-1', via: 'us-east-1' },
          { service: 'eks', region: 'eu-west-1', via: 'eu-west-1' },
          { service: 'eks', region: 'us-east-1', via: 'us-east-1' },
        ],
      },
      {
        account: '444455556666',
        region: 'eu-west-1',
        looks: [
          { service: 'iam', region: 'us-east-1', via: 'eu-west-1' },
          { service: 'eks', region: 'eu-west-1', via: 'eu-west-1' },
        ],
      },
    ]);
    expect(places.map((place) => place.clusters.map(({ region, cluster }) => `${region}/${cluster}`))).toEqual([
      ['eu-west-1/one', 'eu-west-1/two'],
      ['us-east-1/three'],
    ]);
  });

  it('is sliced past what an execution holds, a place whole, and nothing twice', () => {
    const spokes = Array.from({ length: 30 }, (_, account) => ({
      name: `a${account}`,
      account: String(100_000_000_000 + account),
      clusters: Array.from({ length: 90 }, (_each, name) => ({ name: `c${name}`, region: 'eu-west-1' })),
    }));
    const settings = config({ spokes });
    const sweep = sweepAt(settings, new Date(at(0)));
    const { own, slices } = toSweep(settings, sweep, []);
    const sizes = [own, ...slices].map(({ places }) => places.reduce((sum, { clusters }) => sum + clusters.length, 0));
    // 970 beside the thirty accounts, then 1,000 each: ten places, eleven, and what is left.
    expect(sizes).toEqual([900, 990, 810]);
    const all = [own, ...slices].flatMap(({ places }) => places.flatMap(({ clusters }) => clusters));
    expect(new Set(all.map(({ account, cluster }) => `${account}/${cluster}`)).size).toBe(2700);
    expect(slices.map((slice) => SweepSlice.parse(slice).sweep)).toEqual([sweep, sweep]);
    for (const payload of [own, ...slices]) expect(JSON.stringify(payload).length).toBeLessThan(256 * 1024);
  });

  it('is what was found by its tag too, in its own place, after what is listed there', () => {
    const clusters = ['eu-west-1', 'us-east-1'].map((region) => ({ name: 'one', region }));
    const settings = config({ spokes: [{ name: 'a', account: ACCOUNT, clusters }] });
    const outcome = { outcome: 'swept' } as const;
    const { places, discovery } = toSweep(settings, sweepAt(settings, new Date(at(0))), [
      { account: ACCOUNT, region: 'us-east-1', clusters: ['found', 'gone'], outcome },
      { account: ACCOUNT, region: 'eu-west-1', clusters: [], outcome },
    ]).own;
    expect(places.map((place) => place.clusters.map(({ region, cluster }) => `${region}/${cluster}`))).toEqual([
      ['eu-west-1/one'],
      ['us-east-1/one', 'us-east-1/found', 'us-east-1/gone'],
    ]);
    expect(discovery).toEqual([outcome, outcome]);
  });

  it('looks up every call that tells of a change, each of one service', () => {
    const names = [...eventNamesFrom('iam'), ...eventNamesFrom('eks')];
    expect(names.toSorted()).toEqual([...new Set(eventNamesOf(...CHANGE_KINDS))].sort());
    expect(eventNamesFrom('iam')).toContain('UpdateAssumeRolePolicy');
    expect(eventNamesFrom('eks')).toContain('DeletePodIdentityAssociation');
    expect(names.length).toBeLessThanOrEqual(100);
  });

  it('looks back over the last look by half an hour, at first by a day without counting, and never past 90 days', () => {
    const now = new Date(at(0));
    expect(spanOf(at(-6), now)).toEqual({ from: at(-6.5), counted: true });
    expect(spanOf(undefined, now)).toEqual({ from: at(-24), counted: false });
    expect(spanOf(at(-24 * 200), now)).toEqual({ from: at(-24 * 90), counted: true });
  });
});

it('reads a record of the history as EventBridge would have brought it', () => {
  const event = fixture('association-deleted');
  const detail = typeof event === 'object' && event !== null && 'detail' in event ? event.detail : undefined;
  expect(changeOfRecord(JSON.stringify(detail), 'eks', ACCOUNT)).toMatchObject({ kind: 'AssociationDeleted' });
  expect(
    changeOfRecord('{"eventSource":"eks.amazonaws.com","eventName":"ListClusters"}', 'eks', ACCOUNT),
  ).toMatchObject({
    kind: 'NoChange',
  });
  expect(() => changeOfRecord('not JSON', 'eks', ACCOUNT)).toThrow(SyntaxError);
});

describe('what a listing of roles differs in', () => {
  const facets = { exists: 'AROA1', trust: '{}', 'attached:arn:p': 'attached', 'version:arn:p': 'd1' };
  const digest = digestWithoutVersions(facets);
  const role = { readAt: at(0), digest, versions: versionsOf(facets) };
  const A = roleArn('a');
  const listed = (changed = digest) => [{ roleArn: A, digest: changed }];
  const differs = (...given: Parameters<typeof compareRoles>) => compareRoles(...given).map((one) => one.roleArn);

  it.each([
    ['the same', { known: role, listed: listed(), policies: { 'arn:p': 'd1' } }, []],
    ['a policy that is on no page', { known: role, listed: listed(), policies: {} }, []],
    ['another digest', { known: role, listed: listed('x'), policies: {} }, [A]],
    ['another version of its policy', { known: role, listed: listed(), policies: { 'arn:p': 'd2' } }, [A]],
    ['never read', { known: {}, listed: listed(), policies: {} }, [A]],
    ['not listed', { known: role, listed: [], policies: {} }, [A]],
    ['gone before, and not listed', { known: { readAt: at(0) }, listed: [], policies: {} }, []],
    ['gone before, and there again', { known: { readAt: at(0) }, listed: listed(), policies: {} }, [A]],
  ])('%s', (_what, given, expected) => {
    expect(differs(new Map([[A, given.known]]), given.listed, new Map(Object.entries(given.policies)))).toEqual(
      expected,
    );
  });

  it('says since when it is known, so that what was told since can be asked for', () => {
    expect(compareRoles(new Map([[A, role]]), listed('x'), new Map())).toEqual([{ roleArn: A, since: at(0) }]);
    expect(compareRoles(new Map(), listed(), new Map())).toEqual([{ roleArn: A }]);
  });

  it("doesn't mind the order of facets, nor versions, in a digest", () => {
    expect(digestWithoutVersions({ trust: '{}', exists: 'AROA1', 'attached:arn:p': 'attached' })).toBe(digest);
  });
});

describe('whether an event has told a state', () => {
  const modified = state({ modifiedAt: at(1) });
  const seen = (told?: string) => ({
    seen: [
      {
        state: modified,
        revision: at(1),
        ...(told !== undefined && { event: { at: told, actor: { type: 'IAMUser' as const, eventId: 'e' } } }),
      },
    ],
  });
  it.each([
    ['nobody', undefined, false],
    ['one of before', at(0.5), false],
    ['one of the same second', new Date(Date.parse(at(1)) - 900).toISOString(), true],
    ['one of later', at(2), true],
  ])('%s', (_what, told, expected) => {
    expect(wasTold(seen(told), modified)).toBe(expected);
  });
});
