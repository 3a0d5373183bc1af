import { expect } from 'expect';
import { bind } from 'jest-each';

/** `@jest/globals` as the specs of the model use it, on mocha. */
const { describe: suite, it } = /** @type {Record<'describe' | 'it', (title: string, run: () => unknown) => unknown>} */ (
  /** @type {unknown} */ (globalThis)
);

/**
 * @template {(title: string, run: () => unknown) => unknown} T
 * @param {T} define
 */
const withEach = (define) => {
  const named = (/** @type {string} */ title, /** @type {() => unknown} */ run) => void define(title, run);
  return Object.assign(named, { each: bind(/** @type {never} */ (named), false) });
};

export const describe = withEach((title, run) => suite(title, () => void run()));
export const test = withEach((title, run) => it(title, () => run()));
export { expect };
