/** What is an orphan, and what collects it. */
import { describe, expect, it } from '@jest/globals';
import { Config } from '../../../../functions/config.ts';
import type { Grant } from '../../../../functions/grants/index.ts';
import type { Act } from '../../../../functions/provisioning/planning/made.ts';
import {
  collectionOf,
  GRACE_SECONDS,
  heldBy,
  isAnnounced,
  isAtRest,
  type Marked,
  MOST_COLLECTIONS,
  orphansOf,
} from '../../../../functions/provisioning/planning/orphans.ts';
import { allowed, ID, NOW, nextId, requested, config as some, through } from '../../grants/samples.ts';

const config = Config.parse(some);
const later = (seconds: number): Date => new Date(Date.parse(NOW) + seconds * 1000);
const now = later(GRACE_SECONDS);

const failed = through(requested(), [
  allowed(),
  { kind: 'failed', id: nextId(), version: 1, because: 'No.', undone: [], left: [] },
]);
const active = through(requested(), [allowed(), { kind: 'provisioned', id: nextId(), version: 1, notes: [] }]);

const [heldRole = '', heldIdentity = ''] = [...heldBy(active, config)].sort((a) => (a.startsWith('arn') ? -1 : 1));
const SOURCE = 'arn:aws:iam::222222222222:role/podid/checkout-api-0123456789ab';
const madeBy = `${ID}-v1-p1`;
const tags = { 'podid:grant': ID, 'podid:made-by': madeBy };

const act = (change: Partial<Act['intent']> = {}, more: Partial<Act> = {}): Act => ({
  work: madeBy,
  object: SOURCE,
  intent: {
    what: 'role',
    account: '222222222222',
    region: 'eu-west-1',
    version: 1,
    wave: 'sources',
    standing: 'create',
    ...change,
  },
  ...more,
});
const undone = (status: string, done: boolean): Act =>
  act({ wave: 'undo-sources' }, { work: `${ID}-v1-u1`, came: { status, done } });
const role = (change: Partial<Marked> = {}): Marked => ({ what: 'role', object: SOURCE, tags, ...change });

type Case = { grant?: Grant; acts?: Act[]; there?: Marked; at?: Date; orphans: 0 | 1 };
const CASES: [string, Case][] = [
  ['what an execution that is over has made, and nobody holds', { orphans: 1 }],
  [
    'the same though the record says that it was refused',
    { acts: [act({}, { came: { status: 'refused', done: false } })], orphans: 1 },
  ],
  ['the same though it was taken back once', { acts: [act(), undone('gone', true)], orphans: 1 }],
  ['the same when taking it back failed', { acts: [act(), undone('failed', false)], orphans: 1 }],
  ['of a grant in force, which does not hold it', { grant: active, orphans: 1 }],
  ['within the grace time', { at: later(GRACE_SECONDS - 1), orphans: 0 }],
  ['while an execution may be at work', { grant: through(requested(), [allowed()]), orphans: 0 }],
  [
    'what the version in force holds',
    { grant: active, acts: [act({}, { object: heldRole })], there: role({ object: heldRole }), orphans: 0 },
  ],
  ['without the mark', { there: role({ tags: { 'podid:grant': ID } }), orphans: 0 }],
  [
    "with another grant's mark",
    { there: role({ tags: { ...tags, 'podid:grant': 'g-ffffffffffffffff' } }), orphans: 0 },
  ],
  [
    'with a mark of an execution that announced something else',
    { acts: [act({}, { object: `${SOURCE}x` })], orphans: 0 },
  ],
  ['with a mark of an execution that only wanted to remove it', { acts: [act({ wave: 'undo-sources' })], orphans: 0 }],
  ['with a mark of another execution', { acts: [act({}, { work: `${ID}-v1-p2` })], orphans: 0 }],
  ['what somebody else uses by now: a person knows', { acts: [act(), undone('quarantined', false)], orphans: 0 }],
  ['what could not be taken back: a person knows', { acts: [act(), undone('left', false)], orphans: 0 }],
];

describe('an orphan', () => {
  it.each(CASES)('%s', (_, { grant = failed, acts = [act()], there = role(), at = now, orphans }) => {
    expect(orphansOf(grant, acts, [there], { config, now: at })).toHaveLength(orphans);
  });

  it('is an association, too, with the id that it has now', () => {
    const identity = {
      account: '222222222222',
      region: 'eu-west-1',
      cluster: 'payments',
      namespace: 'checkout',
      serviceAccount: 'api',
    };
    const made = act({ what: 'association', wave: 'associations', identity }, { object: heldIdentity });
    const there: Marked = { what: 'association', object: heldIdentity, tags, associationId: 'a-2' };
    expect(orphansOf(failed, [made], [there], { config, now })).toEqual([
      { what: 'association', object: heldIdentity, act: made, associationId: 'a-2' },
    ]);
    expect(orphansOf(active, [made], [there], { config, now })).toEqual([]);
  });
});

it('a grant is at rest a while after its last transition, unless something is under way', () => {
  const revoking = through(active, [{ kind: 'revoke-asked', id: nextId(), by: { subject: 'b', teams: [] }, why: '' }]);
  const long = later(100 * GRACE_SECONDS);
  expect([failed, active, requested()].map((grant) => isAtRest(grant, long))).toEqual([true, true, true]);
  expect([revoking, through(requested(), [allowed()])].map((grant) => isAtRest(grant, long))).toEqual([false, false]);
});

it('a mark is announced when the record has the intent behind it', () => {
  expect(isAnnounced(failed, [act()], role())).toBe(true);
  expect(isAnnounced(failed, [], role())).toBe(false);
  expect(isAnnounced(undefined, [act()], role())).toBe(false);
});

describe('what collects it', () => {
  const orphan = { what: 'role', object: SOURCE, act: act() } as const;
  it('removes everything of a grant that has ended', () => {
    expect(collectionOf(failed, [act()], [orphan])).toEqual({ grantId: ID, version: 1, attempt: 1, do: 'revoke' });
  });
  it('undoes the version that left it, while the grant is in force', () => {
    expect(collectionOf(active, [act()], [orphan])).toEqual({ grantId: ID, version: 1, attempt: 1, do: 'undo' });
  });
  it('has a name that was not used, and an end', () => {
    const ran = (attempt: number) => act({}, { work: `${ID}-v1-r${attempt}` });
    expect(collectionOf(failed, [ran(1), ran(3)], [orphan])).toMatchObject({ attempt: 4 });
    expect(collectionOf(failed, [ran(MOST_COLLECTIONS)], [orphan])).toBeUndefined();
    expect(collectionOf(failed, [], [])).toBeUndefined();
  });
});
