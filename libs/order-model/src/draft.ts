import { valueAtTokens } from './changes.js';
import { type Editor, edit } from './editor.js';
import { ITEMS, type ItemNode, itemNodes, stateOf } from './items.js';
import { isObject } from './json.js';
import { byPosition, countMove, itemCount } from './order.js';
import { formatPath, parsePath } from './paths.js';
import type { PointOfNoReturn } from './point-of-no-return.js';
import { moveItemPrice, moveOrderPrice } from './price.js';
import { setProvenance } from './provenance.js';
import { isOrderState, rollUp } from './states.js';
import type { Change, EffectiveItem, EffectiveOrder, Json, JsonObject, OrderState } from './types.js';

/** A slice of an order under change: only the items written to are opened, all else is shared with the slice. */
export interface Draft {
  readonly order: EffectiveOrder;
  readonly pointOfNoReturn: PointOfNoReturn;
  /** The changes really made, in order, with absolute keyed paths. */
  readonly changes: readonly Change[];
  /** A top-level item as it stands now. */
  item(id: string): JsonObject | undefined;
  /** What stands now in an item, at an absolute path. */
  at(tokens: readonly string[]): Json | undefined;
  /** Puts a value (nothing: removes) at an absolute path, and records the change if it made one. */
  place(tokens: readonly string[], after: Json | undefined): Change | undefined;
  /** Every loaded item at every depth as it stands now. Looks at the whole slice: for cancellations only. */
  nodes(): ItemNode[];
  /** The slice after the changes, as `revision`, its state rolled up from its items. */
  finish(revision: number): { order: EffectiveOrder; delta: Change[]; changedItems: string[] };
}

/** Opens a slice for the changes of one input. */
export function openDraft(order: EffectiveOrder, pointOfNoReturn: PointOfNoReturn): Draft {
  const items = new Map<string, Editor>();
  let attributes: Editor | undefined;
  let state: OrderState = order.state;
  const changes: Change[] = [];

  const item = (id: string): JsonObject | undefined => items.get(id)?.doc() ?? order.items.get(id)?.doc;

  const at = (tokens: readonly string[]): Json | undefined => {
    return valueAtTokens(item(tokens[1] as string), tokens.slice(2));
  };

  const record = (made: Change | undefined, prefix: string): Change | undefined => {
    if (made === undefined) return undefined;
    const change = { ...made, path: `${prefix}${made.path}` };
    changes.push(change);
    return change;
  };

  const placeInItem = (id: string, tokens: readonly string[], after: Json | undefined): Change | undefined => {
    const prefix = formatPath([ITEMS, id]);
    const doc = item(id);
    if (doc === undefined) {
      if (!isObject(after)) return undefined;
      items.set(id, edit(after));
      return record({ path: '', after }, prefix);
    }
    const editor = items.get(id) ?? edit(doc);
    items.set(id, editor);
    return record(editor.place(tokens, after), prefix);
  };

  const place = (tokens: readonly string[], after: Json | undefined): Change | undefined => {
    const [first, id] = tokens;
    if (first === ITEMS) return id === undefined ? undefined : placeInItem(id, tokens.slice(2), after);
    // There is neither an order without its items nor anything in its state.
    if (first === undefined) return undefined;
    if (first === 'state') {
      if (tokens.length > 1 || !isOrderState(after) || after === state) return undefined;
      const before = state;
      state = after;
      return record({ path: '/state', before, after }, '');
    }
    attributes ??= edit(order.attributes);
    return record(attributes.place(tokens, after), '');
  };

  const nodes = (): ItemNode[] => {
    const all: ItemNode[] = [];
    for (const id of new Set([...byPosition(order).map((one) => one.id), ...items.keys()])) {
      all.push(...itemNodes(item(id) as JsonObject, [ITEMS, id]));
    }
    return all;
  };

  const finish = (revision: number) => {
    let counts = order.counts;
    let totals = order.totals;
    let position = itemCount(order);
    for (const [id, editor] of items) {
      const known = order.items.get(id);
      counts = countMove(counts, known === undefined ? undefined : stateOf(known.doc), stateOf(editor.doc()));
      totals = moveItemPrice(totals, known?.doc, editor.doc());
    }
    if (attributes !== undefined) totals = moveOrderPrice(totals, order.attributes, attributes.doc());
    place(['state'], rollUp(counts, state));
    const paths = pathsByOwner(changes);
    // A slice holds what one input touches and what relies on it, so copying its map costs what the change does.
    const next = new Map(order.items);
    const changedItems: string[] = [];
    for (const [id, editor] of items) {
      const set = paths.get(id);
      if (set === undefined) continue;
      const known: EffectiveItem | undefined = order.items.get(id);
      next.set(id, {
        id,
        position: known?.position ?? position++,
        doc: editor.doc(),
        provenance: setProvenance(known?.provenance ?? {}, set, revision),
      });
      changedItems.push(id);
    }
    const after: EffectiveOrder = {
      ...order,
      revision,
      state,
      attributes: attributes?.doc() ?? order.attributes,
      provenance: setProvenance(order.provenance, paths.get(undefined) ?? [], revision),
      counts,
      totals,
      items: next,
    };
    return { order: after, delta: [...changes], changedItems };
  };

  return { order, pointOfNoReturn, changes, item, at, place, nodes, finish };
}

/** The changed paths of each top-level item, relative to it; those of the order itself under nothing. */
function pathsByOwner(changes: readonly Change[]): Map<string | undefined, string[]> {
  const owners = new Map<string | undefined, string[]>();
  for (const change of changes) {
    const { itemId, tokens } = ownerOf(change.path);
    const paths = owners.get(itemId) ?? [];
    paths.push(formatPath(tokens));
    owners.set(itemId, paths);
  }
  return owners;
}

/** The top-level item an absolute path speaks of, if any, and the path relative to it. */
export function ownerOf(path: string): { readonly itemId: string | undefined; readonly tokens: readonly string[] } {
  const tokens = parsePath(path);
  const id = tokens[0] === ITEMS ? tokens[1] : undefined;
  return id === undefined ? { itemId: undefined, tokens } : { itemId: id, tokens: tokens.slice(2) };
}
