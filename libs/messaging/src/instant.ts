/** Many requests come in one millisecond, and to write that out takes nearly as long as to write out a small body. */
let last = { at: Number.NaN, text: '' };

/** An instant in RFC 3339, UTC, to the millisecond: now. @param at milliseconds since 1970 @throws RangeError beyond what a `Date` holds */
export function instant(at = Date.now()): string {
  if (at !== last.at) last = { at, text: new Date(at).toISOString() };
  return last.text;
}
