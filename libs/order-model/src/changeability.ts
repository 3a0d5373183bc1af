import { ASSIGNED_TO_ITEM, ASSIGNED_TO_ORDER, compileChanges } from './compile.js';
import { containedItems, ITEMS, type ItemNode, itemNodes, reliedOn, stateOf } from './items.js';
import { own } from './json.js';
import { byPosition } from './order.js';
import { formatPath, parsePath } from './paths.js';
import { closedPlaces, type PointOfNoReturn, startsWith } from './point-of-no-return.js';
import { orderClosed } from './problems.js';
import { closed } from './states.js';
import type { EffectiveItem, EffectiveOrder, ItemState, JsonObject, OrderState, Problem } from './types.js';

/** Whether something may be done now, and why not. */
export interface Permission {
  readonly allowed: boolean;
  readonly problems: readonly Problem[];
}

/** A place that takes no change, with all above and below it. */
export interface ClosedPath {
  /** Keyed path relative to the order or item; `''`: all of it. */
  readonly path: string;
  readonly code: Problem['code'];
}

/** What of an order or item may be amended: what is `open`, whatever is closed; else all that is not `closed`. */
export interface Amendability {
  /** False: nothing but what is `open`. */
  readonly allowed: boolean;
  /** Keyed paths relative to the order or item, with all below them. */
  readonly open: readonly string[];
  readonly closed: readonly ClosedPath[];
}

export interface ItemChangeability {
  readonly id: string;
  /** Keyed path of the item, which may be nested. */
  readonly path: string;
  readonly state: ItemState;
  readonly pointOfNoReturn: boolean;
  readonly amend: Amendability;
  readonly cancel: Permission;
}

/** What a supplement may still change of an order. */
export interface Changeability {
  readonly orderId: string;
  readonly revision: number;
  readonly state: OrderState;
  /** Of the order's own attributes. */
  readonly amend: Amendability;
  /** Of the order as a whole. */
  readonly cancel: Permission;
  /** Of items to it. */
  readonly add: Permission;
  /** Every item at every depth, each before those inside it. */
  readonly items: readonly ItemChangeability[];
}

/**
 * What may still change on an order and if not, why not (domain.md, "Changeability"), by the rules that the merge goes
 * by: a supplement that keeps to it is refused only for what it itself says (a reliance that cannot be, say).
 * @param order with every item
 * @param refusals what refuses every supplement beside the order's state: limits of the policy that are reached
 */
export function changeability(order: EffectiveOrder, pointOfNoReturn: PointOfNoReturn, refusals: readonly Problem[] = []): Changeability {
  const { orderId, revision, state } = order;
  const whole = [...(closed(state) ? [orderClosed(state)] : []), ...refusals];
  const cancel = (slice: EffectiveOrder, changes: JsonObject): Permission =>
    permission(whole.length > 0 ? whole : compileChanges(slice, changes, pointOfNoReturn).problems);
  const dependents = dependentsOf(order);
  const items = byPosition(order).flatMap((item) => {
    const nodes = itemNodes(item.doc, [ITEMS, item.id]);
    const slice = { ...order, items: withDependents(item, dependents) };
    return nodes.map((node): ItemChangeability => {
      const { id, tokens, doc } = node;
      return {
        id,
        path: formatPath(tokens),
        state: stateOf(doc),
        pointOfNoReturn: own(doc, 'pointOfNoReturn') === true,
        amend: amendability(ASSIGNED_TO_ITEM, closedFor(node, nodes, pointOfNoReturn), pointOfNoReturn.alwaysOpen, whole),
        cancel: cancel(slice, cancellationOf(tokens)),
      };
    });
  });
  return {
    orderId,
    revision,
    state,
    amend: amendability(ASSIGNED_TO_ORDER, [], [], whole),
    cancel: cancel(order, { intent: 'cancel' }),
    add: permission(whole),
    items,
  };
}

/** Whether an attribute at a keyed path, relative to the order or item, may be amended. */
export function mayAmend({ open, closed: closedPaths }: Amendability, path: string): boolean {
  const place = parsePath(path);
  if (open.some((one) => startsWith(place, parsePath(one)))) return true;
  return !closedPaths.some((one) => startsWith(place, parsePath(one.path)) || startsWith(parsePath(one.path), place));
}

const permission = (problems: readonly Problem[]): Permission => ({ allowed: problems.length === 0, problems });

function amendability(
  assigned: ReadonlySet<string>,
  places: readonly (readonly string[])[],
  alwaysOpen: readonly string[],
  whole: readonly Problem[],
): Amendability {
  if (whole.length > 0) return { allowed: false, open: [], closed: whole.map(({ code }) => ({ path: '', code })) };
  const past = [...new Set(places.map(formatPath))];
  return {
    allowed: !past.includes(''),
    open: alwaysOpen.filter((path) => !assigned.has(parsePath(path)[0] as string)),
    closed: [
      ...[...assigned].map((name): ClosedPath => ({ path: formatPath([name]), code: 'not-amendable' })),
      ...past.map((path): ClosedPath => ({ path, code: 'past-point-of-no-return' })),
    ],
  };
}

/** What is closed of an item by its own state and by those of the items it is nested in, relative to it. */
function closedFor(node: ItemNode, nodes: readonly ItemNode[], pointOfNoReturn: PointOfNoReturn): (readonly string[])[] {
  return nodes
    .filter(({ tokens }) => startsWith(node.tokens, tokens))
    .flatMap((holder) => {
      const way = node.tokens.slice(holder.tokens.length);
      return closedPlaces(holder.doc, pointOfNoReturn).flatMap((place) => {
        if (startsWith(way, place)) return [[]];
        return startsWith(place, way) ? [place.slice(way.length)] : [];
      });
    });
}

/** The changes that cancel one item, nested or not. */
function cancellationOf(tokens: readonly string[]): JsonObject {
  let inner: JsonObject = { intent: 'cancel' };
  for (const id of tokens.filter((_, at) => at % 2 === 1).reverse()) inner = { [ITEMS]: [{ ...inner, id }] };
  return inner;
}

/** Item id, at any depth → the top-level items that rely on it or bundle it. */
function dependentsOf({ items }: EffectiveOrder): Map<string, EffectiveItem[]> {
  const dependents = new Map<string, EffectiveItem[]>();
  for (const item of items.values()) {
    for (const id of reliedOn(item.doc)) {
      const known = dependents.get(id);
      if (known === undefined) dependents.set(id, [item]);
      else known.push(item);
    }
  }
  return dependents;
}

/** What a cancellation of the item or of one in it looks at, so that 5,000 items do not look at each other. */
function withDependents(item: EffectiveItem, dependents: ReadonlyMap<string, readonly EffectiveItem[]>): Map<string, EffectiveItem> {
  const slice = new Map([[item.id, item]]);
  for (const id of [item.id, ...containedItems(item.doc)]) {
    dependents.get(id)?.forEach((one) => {
      slice.set(one.id, one);
    });
  }
  return slice;
}
