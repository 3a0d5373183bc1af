import { MOST_FAULTS, type ProblemFault, pointerToken } from './problem.js';

/** An object or array inside a body; its JSON Pointer is put together only where there is a fault to tell of. */
interface Container {
  readonly value: object;
  readonly token: string;
  readonly above: Container | undefined;
  readonly level: number;
}

/** Deeper than any order is. What nests deeper overflows the stack of `JSON.stringify`. */
const DEEPEST = 100;
/** Almost no text has any: one quick look, and the slow one only where it hits. */
const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

function pointerOf(container: Container, token: string): string {
  const tokens = [token];
  for (let at: Container | undefined = container; at?.above !== undefined; at = at.above) tokens.push(at.token);
  return tokens.reduceRight((pointer, one) => `${pointer}/${pointerToken(one)}`, '');
}

/** Why PostgreSQL refuses this text, `undefined` where it takes it. */
function faultOfText(text: string): string | undefined {
  if (text.includes('\u0000')) return 'holds the character U+0000, which cannot be stored; leave it out';
  if (SURROGATE.test(text) && LONE_SURROGATE.test(text))
    return 'holds half a character (a lone surrogate), which cannot be stored; leave it out';
  return undefined;
}

/**
 * What cannot be stored wherever in a body it stands: texts and names with U+0000 or lone surrogates (PostgreSQL refuses
 * both in `jsonb`), and nesting without end. Walks without recursion.
 */
export function unstorable(body: object): ProblemFault[] {
  const faults: ProblemFault[] = [];
  const pending: Container[] = [{ value: body, token: '', above: undefined, level: 1 }];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const { value: container } = at as { value: Readonly<Record<string, unknown>> };
    const named = !Array.isArray(container);
    for (const token of Object.keys(container)) {
      if (faults.length >= MOST_FAULTS) return faults;
      const value = container[token];
      const detail = (named ? faultOfText(token) : undefined) ?? (typeof value === 'string' ? faultOfText(value) : undefined);
      if (detail !== undefined) faults.push({ pointer: pointerOf(at, token), code: 'invalid-text', detail });
      if (typeof value !== 'object' || value === null) continue;
      if (at.level < DEEPEST) pending.push({ value, token, above: at, level: at.level + 1 });
      else faults.push({ pointer: pointerOf(at, token), code: 'too-deep', detail: `nests deeper than ${DEEPEST} levels` });
    }
  }
  return faults;
}
