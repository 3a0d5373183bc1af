/**
 * Mutation testing of the pure model: `npm run mutation` (docs/mutation.md). Every mutant runs the specs again, so they
 * are loaded once, by mocha (jest would load the model anew each time: some thirty times slower); properties try few cases,
 * from one seed, so that two runs of the same code give the same score.
 */
process.env['FC_RUNS'] ??= '30';
process.env['FC_SEED'] ??= '1';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  packageManager: 'npm',
  plugins: ['@stryker-mutator/mocha-runner'],
  mutate: ['libs/order-model/src/**/*.ts'],
  testRunner: 'mocha',
  testRunnerNodeArgs: ['--conditions=source', '--import', './libs/order-model/test/mutation/register.mjs'],
  mochaOptions: { 'no-config': true, 'no-package': true, spec: ['libs/order-model/test/mutation/specs.mjs'] },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  ignorePatterns: ['**', '!libs/order-model/**', '!*.json'],
  tempDirName: '.stryker-tmp',
  reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  htmlReporter: { fileName: 'reports/mutation/index.html' },
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
  // A busy machine is no infinite loop.
  timeoutMS: 10_000,
  timeoutFactor: 3,
};
