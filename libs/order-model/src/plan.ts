import { ownerOf } from './draft.js';
import { reliedOn, stateOf } from './items.js';
import { parsePath } from './paths.js';
import { isAlwaysOpen, type PointOfNoReturn } from './point-of-no-return.js';
import type { Change, EffectiveItem, EffectiveOrder, ItemState, MergeInput, PlanEntry } from './types.js';

/** States in which nothing of an item has been built; in any other it is safer to have the work looked at again. */
const NOT_STARTED: ReadonlySet<ItemState> = new Set(['acknowledged', 'rejected']);

const started = (item: EffectiveItem): boolean => !NOT_STARTED.has(stateOf(item.doc));

/**
 * What fulfilment is to do about a revision (domain.md, `plan`), per top-level item: undo in reverse order of reliance
 * first, then the rest, each after what it relies on. What fulfilment itself reported asks nothing of it.
 */
export function planOf(
  before: EffectiveOrder,
  after: EffectiveOrder,
  kind: MergeInput['kind'],
  delta: readonly Change[],
  pointOfNoReturn: PointOfNoReturn,
): PlanEntry[] {
  if (kind === 'progress') return [];
  const entries = new Map<string, PlanEntry>();
  for (const [id, changes] of kind === 'orderCreated' ? everyItem(after) : byItem(delta)) {
    entries.set(id, entryOf(before.items.get(id), after.items.get(id) as EffectiveItem, changes, pointOfNoReturn));
  }
  follow(entries, after);
  if (entries.size === 1) return [...entries.values()];
  const inOrder = byReliance([...entries.keys()], after);
  const planned = inOrder.map((id) => entries.get(id) as PlanEntry);
  const undone = planned.filter(({ compensation }) => compensation === 'undo').reverse();
  return [...undone, ...planned.filter(({ compensation }) => compensation !== 'undo')];
}

function everyItem(order: EffectiveOrder): Map<string, Change[]> {
  return new Map([...order.items.keys()].map((id) => [id, []]));
}

function byItem(delta: readonly Change[]): Map<string, Change[]> {
  const items = new Map<string, Change[]>();
  for (const change of delta) {
    const { itemId } = ownerOf(change.path);
    if (itemId !== undefined) items.set(itemId, [...(items.get(itemId) ?? []), change]);
  }
  return items;
}

function entryOf(before: EffectiveItem | undefined, item: EffectiveItem, changes: readonly Change[], open: PointOfNoReturn): PlanEntry {
  const paths = changes.map(({ path }) => path);
  if (before === undefined) return { itemId: item.id, action: 'add', compensation: 'do', paths };
  const work = started(before);
  if (stateOf(item.doc) === 'cancelled' && stateOf(before.doc) !== 'cancelled') {
    return { itemId: item.id, action: 'cancel', compensation: work ? 'undo' : 'do', paths };
  }
  const nothing = paths.every((path) => isAlwaysOpen(parsePath(path), open));
  return { itemId: item.id, action: 'change', compensation: nothing ? 'none' : work ? 'redo' : 'do', paths };
}

/** Items already worked on that rely on a redone or undone one are done again after it, however long the chain. */
function follow(entries: Map<string, PlanEntry>, order: EffectiveOrder): void {
  const moved = [...entries.values()].filter(({ compensation }) => compensation === 'redo' || compensation === 'undo');
  for (const { itemId } of moved) {
    for (const item of order.items.values()) {
      const entry = entries.get(item.id);
      const idle = entry === undefined || entry.compensation === 'none';
      if (!idle || !started(item) || stateOf(item.doc) === 'cancelled' || !reliedOn(item.doc).includes(itemId)) continue;
      const follower: PlanEntry = { itemId: item.id, action: 'change', compensation: 'redo', paths: entry?.paths ?? [] };
      entries.set(item.id, follower);
      moved.push(follower);
    }
  }
}

/** Each id after those it relies on, otherwise by position; a circle is broken at its first item. */
function byReliance(ids: readonly string[], order: EffectiveOrder): string[] {
  const item = (id: string): EffectiveItem => order.items.get(id) as EffectiveItem;
  const left = new Set([...ids].sort((a, b) => item(a).position - item(b).position));
  const sorted: string[] = [];
  const visit = (id: string): void => {
    if (!left.delete(id)) return;
    for (const on of reliedOn(item(id).doc)) visit(on);
    sorted.push(id);
  };
  for (const id of [...left]) visit(id);
  return sorted;
}
