import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { latest, mergeSeen, type Seen, seenOf } from '../../../functions/store/association-row.ts';
import { API, actor, roleArn, state } from './samples.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 2, 1, 10, 0, second)).toISOString();

/** A life of an association: revisions that grow, each with a role; told by an event, read, or both. */
const lives = fc
  .array(
    fc.record({ second: fc.nat(50), role: fc.constantFrom('a', 'b', 'c'), told: fc.boolean(), read: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((moments): Seen[] =>
    moments.flatMap(({ second, role, told, read }, index) => {
      const held = state({ roleArn: roleArn(role), modifiedAt: at(second) });
      return [
        ...(read || !told ? [seenOf(held, at(second + 1))] : []),
        ...(told ? [seenOf(held, at(second), actor(`e-${index}`))] : []),
      ];
    }),
  );

describe('what was seen of an association', () => {
  it('is the same in whatever order and however often it comes', () => {
    fc.assert(
      fc.property(
        lives.chain((seen) =>
          fc.tuple(fc.constant(seen), fc.shuffledSubarray([...seen, ...seen], { minLength: seen.length * 2 })),
        ),
        ([once, shuffled]) => {
          const merged = (sights: readonly Seen[]) => sights.reduce<Seen[]>((known, one) => mergeSeen(known, one), []);
          expect(merged(shuffled)).toEqual(merged(once));
        },
      ),
    );
  });

  it('has the newest state last, and keeps eight', () => {
    const seen = Array.from({ length: 12 }, (_, second) =>
      seenOf(state({ roleArn: roleArn(`r${second}`), modifiedAt: at(second) }), at(59)),
    );
    const merged = [...seen].reverse().reduce<Seen[]>((known, one) => mergeSeen(known, one), []);
    expect(merged.map((one) => one.state.roleArn)).toEqual(seen.slice(4).map((one) => one.state.roleArn));
    expect(latest({ identity: API, seen: merged, version: 1 })?.roleArn).toBe(roleArn('r11'));
  });

  it('puts a creation before an update of the same second, for CloudTrail may leave out the milliseconds', () => {
    const created = seenOf(state({ roleArn: roleArn('z'), createdAt: at(1), modifiedAt: at(1) }), at(1), actor('e-1'));
    const updated = seenOf(state({ roleArn: roleArn('a'), createdAt: at(0), modifiedAt: at(1) }), at(1), actor('e-2'));
    expect(mergeSeen([updated], created)).toEqual([created, updated]);
    expect(mergeSeen([created], updated)).toEqual([created, updated]);
  });

  it('takes the event over the reading of the same state: it knows who', () => {
    const read = seenOf(state(), at(5));
    const told = seenOf(state(), at(4), actor('e-1'));
    expect(mergeSeen([read], told)).toEqual([told]);
    expect(mergeSeen([told], read)).toEqual([told]);
  });

  it("is dated by the association's own time where it has one", () => {
    const { modifiedAt: _, ...undated } = state();
    expect(seenOf(state({ modifiedAt: '2026-03-01T11:00:00+01:00' }), at(9)).revision).toBe('2026-03-01T10:00:00.000Z');
    expect(seenOf(undated, at(9)).revision).toBe(at(9));
  });
});
