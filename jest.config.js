import { availableParallelism } from 'node:os';

/** Native ESM through swc. Tests are sorted into projects so that `--selectProjects` can run a part. */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/'],
  modulePathIgnorePatterns: ['/build/', '/\\.touchmark/'],
  globalSetup: '<rootDir>/test/support/run-directory.ts',
  globalTeardown: '<rootDir>/test/support/run-directory-end.ts',
};

export default {
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/{packages,apps}/*/test/**/*.test.ts'] },
    { ...common, displayName: 'architecture', testMatch: ['<rootDir>/test/architecture/**/*.test.ts'] },
    {
      ...common,
      displayName: 'system',
      testMatch: ['<rootDir>/test/{system,faults,conformance,vectors}/**/*.test.ts'],
    },
    { ...common, displayName: 'interop', testMatch: ['<rootDir>/test/interop/**/*.test.ts'] },
  ],
  testTimeout: 60_000,
  // The slow suites wait for other processes and for limits to run out: one worker less than there are cores, jest's own
  // choice, would leave the cores idle for most of the time.
  maxWorkers: availableParallelism() + 1,
};
