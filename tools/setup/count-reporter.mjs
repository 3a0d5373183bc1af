import { writeFileSync } from 'node:fs';

/** Jest reporter: leaves the counts in the file that `SUPPING_TEST_COUNTS` names; a file that cannot run is one failure. */
export default class CountReporter {
  /**
   * @param {unknown} _contexts
   * @param {import('@jest/reporters').AggregatedResult} results
   */
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const file = process.env['SUPPING_TEST_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify({ passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites }));
  }
}
