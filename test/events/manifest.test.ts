import { describe, expect, it } from '@jest/globals';
import { changeOf, EventMalformed } from '../../functions/changes/index.ts';
import { eventFiles, fixtures } from './fixtures.ts';

describe('every fixture', () => {
  it('stands in the manifest, and every entry of the manifest is a file', () => {
    expect(eventFiles.sort()).toEqual(fixtures.map(({ file }) => file).sort());
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
