import { TestEnvironment } from 'jest-environment-node';

/** Leaves out every test after one that failed: the mutant is known to be killed. (Jest itself bails between files only.) */
export default class StopAtFailure extends TestEnvironment {
  #failed = false;

  /** @param {import('@jest/types').Circus.Event} event */
  handleTestEvent(event) {
    if (event.name === 'test_fn_failure') this.#failed = true;
    if (event.name === 'test_start' && this.#failed) event.test.mode = 'skip';
  }
}
