import { ownerOf } from './draft.js';
import { conflictAt } from './problems.js';
import { newestTouching } from './provenance.js';
import type { Change, EffectiveOrder, Overwritten, Problem } from './types.js';

/**
 * The changes that touch a path which changed after `basedOn`, the revision their author had seen: the path itself, one
 * above or one below it (domain.md, "The merge").
 */
export function unseen(order: EffectiveOrder, changes: readonly Change[], basedOn: number | undefined): Overwritten[] {
  if (basedOn === undefined) return [];
  return changes.flatMap(({ path, before }) => {
    const { itemId, tokens } = ownerOf(path);
    const provenance = itemId === undefined ? order.provenance : order.items.get(itemId)?.provenance;
    const revision = provenance === undefined ? 0 : newestTouching(provenance, tokens);
    return revision > basedOn ? [{ path, revision, ...(before === undefined ? {} : { before }) }] : [];
  });
}

/** The same as problems, for a supplement that is held or rejected because of them. */
export function conflictProblems(found: readonly Overwritten[], basedOn: number): Problem[] {
  return found.map(({ path, revision }) => conflictAt(path, revision, basedOn, ownerOf(path).itemId));
}
