import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyChanges,
  checkOrder,
  checkPatch,
  containedItems,
  type EffectiveOrder,
  fromDocument,
  invert,
  type Json,
  type JsonObject,
  type MergeInput,
  merge,
  neededItems,
  reliedOn,
  rollUp,
  toDocument,
} from '#order-model';
import { AT, anyJson, effectiveOrder, inputs, orderDocument, supplementChanges } from './arbitraries.js';
import { documentAfter, supplement } from './given.js';
import { deltas, expectSame, history, numbered } from './line.js';
import { runs } from './runs.js';

describe('for any order and any line of inputs', () => {
  // One test for what holds of the same histories: to make them is most of the work.
  test('revisions are gapless, deltas replay and invert, counts are those of the items, unknown attributes stay', () => {
    fc.assert(
      fc.property(orderDocument, anyJson, inputs, (doc, extension, line) => {
        const { outcomes, order } = history({ ...doc, 'urn:carrier': extension }, line);
        const revisions = outcomes.flatMap((outcome) => (outcome.kind === 'revised' ? [outcome.revision.revision] : []));
        expect(revisions).toEqual(revisions.map((_, at) => at + 1));

        let document: JsonObject = {};
        for (const delta of deltas(outcomes)) {
          const next = applyChanges(document, delta);
          expectSame(applyChanges(next, invert(delta)), document);
          document = next;
        }
        expectSame(document, toDocument(order));

        const counted = fromDocument('o', toDocument(order)).counts;
        expect(order.counts).toEqual(counted);
        if (line.length > 0) expect(rollUp(counted, order.state)).toBe(order.state);
        expect(toDocument(order)['urn:carrier']).toEqual(extension);
      }),
      runs(),
    );
  });

  test('an input merged with only what it needs gives what it gives with all of the order', () => {
    fc.assert(
      fc.property(orderDocument, inputs, fc.nat(), (doc, line, pick) => {
        const last = line[pick % Math.max(1, line.length)];
        if (last === undefined) return;
        const { order } = history(doc, line);
        const input = numbered(order, last);
        const whole = merge(order, input, AT);
        const part = merge({ ...order, items: slice(order, input) }, input, AT);
        expect(part.kind).toBe(whole.kind);
        if (part.kind === 'revised' && whole.kind === 'revised') {
          expect(part.revision).toEqual(whole.revision);
          expect(part.changedItems).toEqual(whole.changedItems);
          expect(part.order.counts).toEqual(whole.order.counts);
        } else expect(part).toMatchObject({ problems: 'problems' in whole ? whole.problems : [] });
      }),
      runs(),
    );
  });
});

/** What the store loads: the items needed, those that hold a nested one, and transitively all that rely on them or on items in them. */
function slice(order: EffectiveOrder, input: MergeInput): EffectiveOrder['items'] {
  const { all, ids, anyDepth } = neededItems(input);
  if (all) return order.items;
  const loaded = new Set(ids);
  for (const item of order.items.values()) {
    const nested = JSON.stringify(item.doc['productOrderItem'] ?? []);
    if (anyDepth.some((id) => !order.items.has(id) && nested.includes(`"id":${JSON.stringify(id)}`))) loaded.add(item.id);
  }
  for (const id of loaded) {
    const doc = order.items.get(id)?.doc;
    const names = doc === undefined ? [id] : [id, ...containedItems(doc)];
    for (const item of order.items.values()) if (reliedOn(item.doc).some((on) => names.includes(on))) loaded.add(item.id);
  }
  // In another order than the document's: a store may give them in any.
  return new Map([...order.items].filter(([id]) => loaded.has(id)).reverse());
}

describe('for any two supplements', () => {
  test('whose changes are disjoint, the effective order is the same whichever comes first', () => {
    const disjoint = fc.tuple(supplementChanges, supplementChanges).map(([a, b]): [JsonObject, JsonObject] => {
      const taken = new Set(((a['productOrderItem'] ?? []) as JsonObject[]).map(({ id }) => id));
      const rest = ((b['productOrderItem'] ?? []) as JsonObject[]).filter(({ id }) => !taken.has(id as Json));
      const other: JsonObject = Object.fromEntries(
        Object.entries(b).filter(([name]) => name !== 'productOrderItem' && !Object.hasOwn(a, name)),
      );
      return [a, { ...other, productOrderItem: rest }];
    });
    fc.assert(
      fc.property(effectiveOrder, disjoint, (order, [a, b]) => {
        // Disjoint in paths, but one may still make the other impossible (cancel what the other relies on).
        const merged = (first: JsonObject, second: JsonObject): JsonObject => {
          const one = supplement(order, first);
          fc.pre(one.kind === 'revised');
          const both = supplement(one.order, second);
          fc.pre(both.kind === 'revised');
          return documentAfter(both);
        };
        expectSame(merged(a, b), merged(b, a));
      }),
      runs(),
    );
  });
});

describe('no input throws', () => {
  test('any JSON as the changes of a supplement, the patch of a base order, or an order itself', () => {
    const object = anyJson.map(
      (json): JsonObject => (typeof json === 'object' && json !== null && !Array.isArray(json) ? json : { productOrderItem: json }),
    );
    fc.assert(
      fc.property(effectiveOrder, object, anyJson, (order, changes, body) => {
        checkOrder(body);
        checkPatch(body);
        const outcome = merge(order, { kind: 'supplement', id: 's', by: 'x', sequence: 1, changes }, AT);
        expect(['revised', 'held', 'rejected']).toContain(outcome.kind);
        neededItems({ kind: 'supplement', id: 's', by: 'x', sequence: 1, changes });
        merge(order, { kind: 'orderCreated', id: 'o', by: 'x', version: 1, order: changes }, AT);
      }),
      runs(),
    );
  });
  test('any delta, and any progress', () => {
    const change = fc.record(
      {
        path: fc.oneof(
          fc.string(),
          fc.constantFrom('', '/state', '/productOrderItem', '/productOrderItem/1', '/productOrderItem/1/state', '/note/k1/x'),
        ),
        before: anyJson,
        after: anyJson,
      },
      { requiredKeys: ['path'] },
    );
    const report = fc.record({ id: fc.string(), state: anyJson, milestone: anyJson, pointOfNoReturn: anyJson }, { requiredKeys: ['id'] });
    fc.assert(
      fc.property(effectiveOrder, fc.array(change), fc.array(report), fc.boolean(), (order, delta, items, cancels) => {
        const of = { id: 'i', by: 'x', version: 2 };
        merge(order, { kind: 'amendment', ...of, delta, ...(cancels ? { cancellation: {} } : {}) }, AT);
        merge(order, { kind: 'progress', ...of, items: items as never }, AT);
        applyChanges(toDocument(order), delta);
        applyChanges(toDocument(order), invert(delta));
      }),
      runs(),
    );
  });
});
