import { ITEMS, nestedItems } from './items.js';
import { isObject } from './json.js';
import { byPosition } from './order.js';
import { formatPath, parsePath } from './paths.js';
import type { EffectiveOrder, Provenance, Revision } from './types.js';

/** The provenance of an order and of its loaded items as one, by absolute keyed path. */
export function provenanceOf(order: EffectiveOrder): Provenance {
  const all: Record<string, number> = { ...order.provenance };
  for (const { id, provenance } of byPosition(order)) {
    const prefix = formatPath([ITEMS, id]);
    for (const path of Object.keys(provenance)) all[prefix + path] = provenance[path] as number;
  }
  return all;
}

/** Provenance being found from the newest revision back: absolute keyed path → the revision that last set it. */
export type FoundProvenance = Map<string, number>;

/**
 * Goes one revision further back: of what it set, that counts which no later one has set, itself or with all above it.
 * From the newest revision of an order down to its first it gives the same as `provenanceOf` the order.
 */
export function findProvenance(found: FoundProvenance, { revision, delta, cause }: Revision): void {
  for (const { path, after } of delta.toReversed()) {
    if (cause.kind === 'orderCreated' && isObject(after)) {
      for (const { id } of nestedItems(after)) setUnlessNewer(found, [ITEMS, id], revision);
    }
    setUnlessNewer(found, parsePath(path), revision);
  }
}

function setUnlessNewer(found: FoundProvenance, tokens: readonly string[], revision: number): void {
  if (nearest(found, tokens) === undefined) found.set(formatPath(tokens), revision);
}

/** The path itself or the nearest above it that is named. */
function nearest(found: ReadonlyMap<string, number>, tokens: readonly string[]): string | undefined {
  for (let length = tokens.length; length >= 0; length -= 1) {
    const path = formatPath(tokens.slice(0, length));
    if (found.has(path)) return path;
  }
  return undefined;
}

/** Which revision last set a path. */
export interface ValueOrigin {
  readonly revision: number;
  /** What it set: the path itself, or the nearest above it. */
  readonly setAt: string;
  /** The newest revision that set something below the path since, where one did. */
  readonly changedBelow?: number;
}

/** Which revision last set a path, by an absolute provenance; nothing where there is none. */
export function originOf(provenance: Provenance, path: string): ValueOrigin | undefined {
  const entries = new Map(Object.entries(provenance));
  const setAt = nearest(entries, parsePath(path));
  if (setAt === undefined) return undefined;
  const revision = entries.get(setAt) as number;
  const below = Math.max(0, ...[...entries].filter(([known]) => known.startsWith(`${path}/`)).map(([, newer]) => newer));
  return { revision, setAt, ...(below > revision ? { changedBelow: below } : {}) };
}
