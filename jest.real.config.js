// The suites that need real parts: each says in its first lines which, and .ci/run installs them.
import base from './jest.config.js';

/** @type {import('jest').Config} */
const config = {
  ...base,
  testMatch: ['<rootDir>/test/real/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 180_000,
};
export default config;
