import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTooEarly, podsInQuestion } from '../../../functions/revocation/pods-in-question.ts';
import { pod } from './pod-facts.ts';

const since = '2026-11-21T09:00:00.500Z';

describe('which pods count', () => {
  it.each([
    ['was given Pod Identity', {}, true, true],
    ['was given IRSA', { identity: 'irsa' }, false, false],
    ['was given nothing', { identity: 'none' }, false, false],
    ['has ended', { finished: true }, false, false],
    ['is shutting down', { stopping: true }, true, true],
    ['is not ready', { ready: false }, true, true],
    ['is from the second of the change', { createdAt: '2026-11-21T09:00:00.000Z' }, true, true],
    ['is from the second after it', { createdAt: '2026-11-21T09:00:01.000Z' }, true, false],
  ] as const)('one that %s', (_, rest, unassociated, associated) => {
    expect(podsInQuestion([pod('a', rest)], { since, associated: false })).toHaveLength(unassociated ? 1 : 0);
    expect(podsInQuestion([pod('a', rest)], { since, associated: true })).toHaveLength(associated ? 1 : 0);
  });

  it('those that lack Pod Identity are all others that live, and are from before', () => {
    const lacking = { since, associated: true, lacking: true } as const;
    const at = { createdAt: '2026-11-21T09:00:00.000Z' };
    const late = { createdAt: '2026-11-21T09:00:01.000Z' };
    const pods = [
      pod('given', at),
      pod('irsa', { ...at, identity: 'irsa' }),
      pod('nothing', { ...at, identity: 'none' }),
      pod('ended', { ...at, identity: 'none', finished: true }),
      pod('late', { ...late, identity: 'none' }),
    ];
    expect(podsInQuestion(pods, lacking).map(({ name }) => name)).toEqual(['irsa', 'nothing']);
  });

  it('without an association, all that count with one count too', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 })), (offsets) => {
        const pods = offsets.map((offset, index) =>
          pod(`p${index}`, {
            createdAt: new Date(Math.floor((Date.parse(since) + offset) / 1000) * 1000).toISOString(),
          }),
        );
        const all = podsInQuestion(pods, { since, associated: false });
        expect(all).toEqual(expect.arrayContaining(podsInQuestion(pods, { since, associated: true })));
        // Whatever was created before counts, whatever the rounding.
        const before = pods.filter((_, index) => (offsets[index] ?? 0) <= 0);
        expect(podsInQuestion(pods, { since, associated: true })).toEqual(expect.arrayContaining(before));
      }),
    );
  });
});

describe('too early', () => {
  it.each([
    ['2026-11-21T09:00:00.000Z', true],
    ['2026-11-21T09:00:00.999Z', true],
    ['2026-11-21T09:00:01.000Z', false],
  ])('at %s: %s', (now, expected) => {
    expect(isTooEarly({ since, associated: true }, new Date(now))).toBe(expected);
    expect(isTooEarly({ since, associated: false }, new Date(now))).toBe(false);
  });
});
