/** The dirty marker: bursts fold, nothing is lost, one at a time. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { finish, type Marker, mark, take } from '../../../../functions/drift/reconcile/index.ts';

test('a burst wakes once, and one reconcile ends it', () => {
  let [marker, wakes]: [Marker | undefined, number] = [undefined, 0];
  marker = mark(marker, 0).marker;
  const running = take(marker, 'a', 0, 60);
  marker = running;
  for (let hint = 0; hint < 15_000; hint += 1) {
    const after = mark(marker, 1);
    marker = after.marker;
    if (after.wake) wakes += 1;
  }
  expect(wakes).toBe(0);
  const first = finish(marker, 'a');
  expect(first.again).toBe(true);
  const second = finish(take(first.marker, 'a', 2, 60), 'a');
  expect(second).toEqual({ marker: undefined, again: false });
});

test('while one is at it nobody else begins; one that died is replaced, and its late end changes nothing', () => {
  const running = take(mark(undefined, 0).marker, 'a', 0, 60);
  expect(take(running, 'b', 59_999, 60)).toBeUndefined();
  const other = take(running, 'b', 60_000, 60);
  expect(other?.running?.holder).toBe('b');
  expect(finish(other, 'a')).toEqual({ marker: other, again: false });
  expect(mark(running, 60_000).wake).toBe(true);
  expect(take(undefined, 'a', 0, 60)).toBeUndefined();
});

test('in whatever order hints and runs come, after the last hint somebody has looked', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('hint', 'look', 'end'), { maxLength: 40 }), (steps) => {
      let marker: Marker | undefined;
      let [wakes, hints, seen]: number[] = [0, 0, 0];
      const step = (what: string) => {
        if (what === 'hint') {
          hints = (hints ?? 0) + 1;
          const after = mark(marker, 0);
          marker = after.marker;
          if (after.wake) wakes = 1;
        }
        if (what === 'look' && wakes === 1 && marker?.running === undefined) {
          wakes = 0;
          marker = take(marker, 'r', 0, 60);
          if (marker !== undefined) seen = hints;
        }
        if (what === 'end' && marker?.running !== undefined) {
          const after = finish(marker, 'r');
          marker = after.marker;
          if (after.again) wakes = 1;
        }
      };
      for (const what of [...steps, 'end', 'look', 'end', 'look', 'end']) step(what);
      expect(seen).toBe(hints);
    }),
  );
});
