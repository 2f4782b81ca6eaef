/** docs/grants.md, typed as it stands: every command with the real aws, kubectl, curl and podid, and every output that it shows. */
import { describe } from '@jest/globals';
import { typed } from './typed.ts';

describe('the tutorial of grants', () => typed('grants.md', { least: 20, millis: 400_000 }));
