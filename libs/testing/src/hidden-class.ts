import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--allow-natives-syntax');
const haveSameMap = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean;

/** Whether V8 has one hidden class for both: a class each makes all code that meets many of them slow, and is garbage itself. */
export function sameHiddenClass(a: object, b: object): boolean {
  return haveSameMap(a, b);
}
