import { setFlagsFromString } from 'node:v8';

/** V8 goes its fast ways, in which an object is told from another, from the fourth time on. */
const WARM = 20;

/**
 * Whether V8 has one hidden class for all objects that are made so: a class each makes all code that meets many of them slow,
 * and is garbage itself.
 * @param make is given a number that is another each time
 */
export function haveOneHiddenClass(make: (n: number) => unknown): boolean {
  const made = Array.from({ length: WARM }, (_, n) => make(n));
  setFlagsFromString('--allow-natives-syntax');
  const haveSameMap = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: unknown, b: unknown) => boolean;
  return haveSameMap(made.at(-2), made.at(-1));
}
