import { describe, expect, it } from '@jest/globals';
import { CHANGE_KINDS, changeOf, EventMalformed, eventNamesOf } from '../../functions/changes/index.ts';
import { eventFiles, fixtures } from './fixtures.ts';

describe('every fixture', () => {
  it('stands in the manifest, and every entry of the manifest is a file', () => {
    expect(eventFiles.sort()).toEqual(fixtures.map(({ file }) => file).sort());
  });

  it('has its like: each call in the table has one that is read', () => {
    const read = new Set(
      fixtures.flatMap(({ event, follows }) => ('kind' in follows && follows.kind !== 'NoChange' ? nameOf(event) : [])),
    );
    expect([...read].sort()).toEqual(eventNamesOf(...CHANGE_KINDS).sort());
  });

  it.each(fixtures)('$file: $why', ({ event, follows }) => {
    if ('malformed' in follows) {
      expect(() => changeOf(event)).toThrow(EventMalformed);
      expect(() => changeOf(event)).toThrow(expect.objectContaining({ field: follows.malformed }));
    } else if (follows.kind === 'NoChange') {
      expect(changeOf(event)).toEqual({ kind: 'NoChange', because: expect.stringContaining(String(follows.because)) });
    } else {
      expect(changeOf(event)).toMatchObject(follows);
    }
  });
});

const nameOf = (event: unknown): string => String(Object(Object(event).detail).eventName);
