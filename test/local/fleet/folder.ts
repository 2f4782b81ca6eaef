/** A temporary folder for the tests of a file, gone after them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';

/** Where it is, once the tests run. */
export const folder = (): (() => string) => {
  let made = '';
  beforeAll(() => {
    made = mkdtempSync(path.join(tmpdir(), 'podid-fleet-'));
  });
  afterAll(() => rmSync(made, { recursive: true, force: true }));
  return () => made;
};
