/** docs/drift.md, typed as it stands: an intruder with the real aws CLI, each of whose changes is found by name and undone. */
import { describe } from '@jest/globals';
import { typed } from './typed.ts';

describe('the session about drift', () => typed('drift.md', { least: 20, millis: 1_200_000, quiet: true }));
