import { applyChanges, type Change, diffDocuments, type Json, type JsonObject, type Revision } from '#order-model';
import { type Difference, same } from './expectation.js';
import { isObject } from './scenario.js';

/** What order-service sets of an order whatever is posted (TMF622: assigned by the server), and of each item. */
const ASSIGNED = new Set(['id', 'href', 'orderDate', 'state']);
const ASSIGNED_OF_ITEM = new Set(['state', 'pointOfNoReturn']);

function without(object: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.has(name)));
}

function itemAsSaid(item: Json): Json {
  return isObject(item) ? withItemsAsSaid(without(item, ASSIGNED_OF_ITEM)) : item;
}

function withItemsAsSaid(object: JsonObject): JsonObject {
  const items = Object.hasOwn(object, 'productOrderItem') ? object.productOrderItem : undefined;
  return Array.isArray(items) ? { ...object, productOrderItem: items.map(itemAsSaid) } : object;
}

const asSaid = (order: JsonObject): JsonObject => withItemsAsSaid(without(order, ASSIGNED));

function text(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function differencesOf(what: string, expected: JsonObject, got: JsonObject): Difference[] {
  return diffDocuments(expected, got).map(({ path, before, after }) => ({
    what: `${path || '/'} (${what})`,
    expected: text(before),
    got: text(after),
  }));
}

function replay(start: JsonObject, revisions: readonly Revision[]): JsonObject {
  return revisions.reduce((order, { delta }) => applyChanges(order, delta), start);
}

/**
 * What the record of revisions does not account for: the deltas of all revisions must rebuild the effective order, and
 * what was posted must have come back as it was (attributes that TMF622 does not name included) but for what the
 * deltas after the first touch.
 * @param posted the order as it was posted
 * @param revisions all of them, in order
 */
export function recordDifferences(posted: JsonObject, revisions: readonly Revision[], effective: JsonObject): Difference[] {
  return [
    ...differencesOf('deltas of all revisions replayed', replay({}, revisions), effective),
    ...differencesOf('the posted order with all deltas applied', asSaid(replay(posted, revisions.slice(1))), asSaid(effective)),
  ];
}

function asJson(changes: readonly Change[]): Json {
  return changes as unknown as Json;
}

/** Revisions of which downstream was told something else than the merger's record has. */
export function toldDifferences(revisions: readonly Revision[], events: ReadonlyMap<number, Revision>): Difference[] {
  return revisions.flatMap((revision): Difference[] => {
    const event = events.get(revision.revision);
    if (event === undefined || same(asJson(revision.delta), asJson(event.delta), 'delta')) return [];
    const what = `delta of revision ${revision.revision} downstream`;
    return [{ what, expected: text(asJson(revision.delta)), got: text(asJson(event.delta)) }];
  });
}
