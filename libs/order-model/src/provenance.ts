import { sortedNames } from './json.js';
import { formatPath } from './paths.js';
import type { Provenance } from './types.js';

/** The provenance after `revision` set these paths (relative, escaped): entries below a path set go with what stood there. */
export function setProvenance(provenance: Provenance, paths: readonly string[], revision: number): Provenance {
  if (paths.length === 0) return provenance;
  const known = sortedNames(provenance);
  const next: Record<string, number> = Object.assign({}, provenance);
  for (const path of paths) {
    for (const below of entriesBelow(known, path)) delete next[below];
    next[path] = revision;
  }
  // A path set early and lost to one above it, both in this revision, is the revision's all the same.
  return next;
}

/** The newest revision that set this path, one above or one below it; 0 for none. */
export function newestTouching(provenance: Provenance, tokens: readonly string[]): number {
  const path = formatPath(tokens);
  let newest = provenance[''] ?? 0;
  for (let length = 1; length <= tokens.length; length += 1) {
    newest = Math.max(newest, provenance[formatPath(tokens.slice(0, length))] ?? 0);
  }
  const prefix = `${path}/`;
  for (const known of Object.keys(provenance)) if (known.startsWith(prefix)) newest = Math.max(newest, provenance[known] as number);
  return newest;
}

/** Those of the sorted paths that stand below this one: they are neighbours, from `path/` up to `path0`. */
function entriesBelow(sorted: readonly string[], path: string): readonly string[] {
  const from = firstNotBefore(sorted, `${path}/`);
  const to = firstNotBefore(sorted, `${path}0`);
  return sorted.slice(from, to);
}

function firstNotBefore(sorted: readonly string[], bound: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
