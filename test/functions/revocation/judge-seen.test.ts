import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changeOf } from '../../../functions/changes/index.ts';
import { type Beginning, revocationOf } from '../../../functions/revocation/begin.ts';
import { judgeSeen, type Shown } from '../../../functions/revocation/judge-seen.ts';
import { mergeSeen, type Seen, seenOf } from '../../../functions/store/association-row.ts';
import type { DenyRow } from '../../../functions/store/denies.ts';
import { fixture } from '../../events/fixtures.ts';
import { API, actor, roleArn, state } from '../store/samples.ts';

const at = (minute: number): string => new Date(Date.UTC(2026, 2, 1, 10, minute)).toISOString();
const shown = (kind: Shown['kind'], role: string, minute: number): Shown => ({
  kind,
  identity: API,
  state: state({ roleArn: roleArn(role), modifiedAt: at(minute) }),
  at: at(minute),
  actor: actor(`e-${minute}`),
});
const LIFE = [
  shown('AssociationCreated', 'a', 0),
  shown('AssociationUpdated', 'b', 1),
  shown('AssociationUpdated', 'c', 2),
  shown('AssociationUpdated', 'c', 3),
  shown('AssociationUpdated', 'a', 4),
];

/** What the hub would begin, had these events come in this order; each revocation once, as its election sees to. */
const livedThrough = (changes: readonly Shown[]) => {
  let seen: Seen[] = [];
  const begun = new Map<string, Beginning>();
  for (const change of changes) {
    const one = seenOf(change.state, change.at, change.actor);
    seen = mergeSeen(seen, one);
    for (const what of judgeSeen(change, { identity: API, seen, version: 1 }, one, []).losses) {
      const { id } = revocationOf(what, 'remediate');
      if (!begun.has(id)) begun.set(id, what);
    }
  }
  return { seen, begun };
};
const losses = (begun: ReadonlyMap<string, Beginning>) =>
  [...begun.values()]
    .map(({ former, current }) => [former, current].map((one) => one?.roleArn.split('/')[1]).join(' > '))
    .sort();

describe('an association that is shown', () => {
  it('begins a revocation for each step that took something away', () => {
    expect(losses(livedThrough(LIFE).begun)).toEqual(['a > b', 'b > c', 'c > a']);
  });

  it('has begun at least those, and knows the same, in whatever order its events come and however often', () => {
    const { seen, begun } = livedThrough(LIFE);
    fc.assert(
      fc.property(fc.shuffledSubarray([...LIFE, ...LIFE], { minLength: LIFE.length * 2 }), (shuffled) => {
        const other = livedThrough(shuffled);
        expect(other.seen).toEqual(seen);
        expect([...other.begun.keys()]).toEqual(expect.arrayContaining([...begun.keys()]));
        // What was seen with a gap was lost all the same, only not in one step: never an access that it still has at the end of the step.
        for (const { former, current } of other.begun.values()) expect(former?.roleArn).not.toBe(current?.roleArn);
      }),
      { numRuns: 300 },
    );
  });

  it('names who made the step, and when, though another event revealed it', () => {
    const { begun } = livedThrough([LIFE[1], LIFE[0]].filter((one) => one !== undefined));
    expect([...begun.values()]).toMatchObject([
      { since: at(1), actor: { eventId: 'e-1' }, cause: 'association-updated' },
    ]);
  });

  it.each([
    'association-updated-role',
    'association-updated-target-role',
    'association-updated-session-tags',
    'association-updated-session-policy',
  ])('as in the fixture %s, after it was created, loses what it had', (file) => {
    const [before, after] = [changeOf(fixture('association-created')), changeOf(fixture(file))];
    if (before.kind !== 'AssociationCreated' || after.kind !== 'AssociationUpdated') throw new Error('fixtures');
    expect([...livedThrough([before, after]).begun.values()]).toMatchObject([
      { former: before.state, current: after.state },
    ]);
  });

  const judged = (change: Shown, denies: DenyRow[], gone?: string) => {
    const one = seenOf(change.state, change.at, change.actor);
    return judgeSeen(
      change,
      { identity: API, seen: [one], version: 1, ...(gone === undefined ? {} : { gone }) },
      one,
      denies,
    );
  };
  const deny = (changed: Partial<DenyRow> = {}): DenyRow => ({
    identity: API,
    roleArn: roleArn('a'),
    form: 'tags',
    policyName: 'podid-deny-1',
    revocation: 'r-1',
    status: 'in-force',
    at: at(0),
    ...changed,
  });

  it('says that what an update took away is unknown when nothing was seen before it; of a creation nothing is to be known', () => {
    expect(judged(shown('AssociationUpdated', 'a', 1), [])).toMatchObject({
      losses: [],
      finding: {
        reason: 'PriorStateUnknown',
        witness: state().associationArn,
        remedy: expect.stringContaining('CloudTrail'),
      },
    });
    expect(judged(shown('AssociationCreated', 'a', 1), [])).toEqual({
      losses: [],
      toBound: undefined,
      finding: undefined,
    });
  });

  it.each([
    ['a deny without a time catches its new sessions', [deny()], true],
    ['on any role: its sessions may reach that', [deny({ roleArn: roleArn('chained') })], true],
    ['a deny with a time does not', [deny({ issuedBefore: at(0) })], false],
    ['a lifted deny does not', [deny({ status: 'lifted' })], false],
    ['no deny', [], false],
  ])('asks for bounds in time: %s', (_, denies, asked) => {
    const { toBound } = judged(shown('AssociationCreated', 'a', 1), denies);
    expect(toBound?.cause).toBe(asked ? 'association-created' : undefined);
  });

  it('asks for none when it is gone again', () => {
    expect(judged(shown('AssociationCreated', 'a', 1), [deny()], at(2)).toBound).toBeUndefined();
  });
});
