import type { Line, Taken } from '../merge/input-line.js';

/** Numbers of one of an order's lines that are wanted of its owner. */
export interface Range {
  readonly line: Line;
  readonly from: number;
  readonly to: number;
}
export interface Place {
  readonly line: Line;
  readonly number: number;
}

/** How far the merger is with an order: what it took of each line, and what waits for others before it. */
export interface Stand {
  readonly taken: Taken;
  readonly waiting: readonly Place[];
}
export const NOTHING: Stand = { taken: { version: 0, sequence: 0 }, waiting: [] };

function gapsUpTo(line: Line, taken: number, there: readonly number[], head: number): Range[] {
  const ranges: Range[] = [];
  let next = taken + 1;
  for (const number of [...there].sort((a, b) => a - b)) {
    if (number > next) ranges.push({ line, from: next, to: number - 1 });
    next = Math.max(next, number + 1);
  }
  if (head >= next) ranges.push({ line, from: next, to: head });
  return ranges;
}

/**
 * Exactly what is missing of an order before what waits, and up to the owners' heads where they are known. Supplements
 * alone, of an order whose creation has not come, wait for version 1.
 */
export function missingOf({ taken, waiting }: Stand, heads: Partial<Readonly<Record<Line, number>>> = {}): Range[] {
  const numbers = (line: Line): number[] => waiting.filter((place) => place.line === line).map(({ number }) => number);
  const wantsCreation = taken.version === 0 && (waiting.length > 0 || (heads.supplement ?? 0) > 0);
  const versions = gapsUpTo('version', taken.version, numbers('version'), Math.max(heads.version ?? 0, wantsCreation ? 1 : 0));
  return [...versions, ...gapsUpTo('supplement', taken.sequence, numbers('supplement'), heads.supplement ?? 0)];
}

/** For a log line: `version 3, supplements 4 to 6`. */
export function rangesText(ranges: readonly Range[]): string {
  return ranges.map(({ line, from, to }) => (from === to ? `${line} ${from}` : `${line}s ${from} to ${to}`)).join(', ');
}
