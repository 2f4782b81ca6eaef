// What `npm test` runs: everything that needs npm packages only. Suites that need real parts
// (a kube-apiserver, moto, cfn-lint) live in test/real and are run by .ci/run with jest.real.config.js.
/** @type {import('jest').Config} */
const config = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/real/'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out/', '<rootDir>/dist/', '<rootDir>/.podid/'],
  testTimeout: 30_000,
  // With one process for all, every module of every test file would stay in memory until the end: gigabytes.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1500MB',
};
export default config;
