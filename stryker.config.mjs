/**
 * Mutation testing of the pure model: `npm run mutation` (docs/mutation.md). Property specs run few cases here, since every
 * mutant runs them again, and from one seed, so that two runs of the same code give the same score.
 */
process.env['FC_RUNS'] ??= '25';
process.env['FC_SEED'] ??= '1';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  packageManager: 'npm',
  plugins: ['@stryker-mutator/jest-runner'],
  mutate: ['libs/order-model/src/**/*.ts'],
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning'],
  jest: {
    projectType: 'custom',
    configFile: 'jest.config.js',
    config: {
      testMatch: ['<rootDir>/libs/order-model/test/mutation/all.ts'],
      testEnvironment: './libs/order-model/test/mutation/stop-at-failure.mjs',
    },
    enableFindRelatedTests: false,
  },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  ignorePatterns: ['**', '!libs/order-model/**', '!*.json', '!jest.config.js'],
  tempDirName: '.stryker-tmp',
  reporters: ['clear-text', 'json', 'html'],
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  htmlReporter: { fileName: 'reports/mutation/index.html' },
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
  // A busy machine is no infinite loop.
  timeoutMS: 20_000,
  timeoutFactor: 3,
};
