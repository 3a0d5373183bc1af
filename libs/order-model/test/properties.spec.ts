import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyChanges,
  canonical,
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
  type Outcome,
  reliedOn,
  rollUp,
  toDocument,
} from '#order-model';
import { AT, anyJson, effectiveOrder, inputs, orderDocument, supplementChanges } from './arbitraries.js';
import { deltas, history, numbered } from './line.js';
import { runs } from './runs.js';

describe('for any order and any line of inputs', () => {
  test('revisions are gapless, and each has what its cause says', () => {
    fc.assert(
      fc.property(orderDocument, inputs, (doc, line) => {
        const { outcomes } = history(doc, line);
        const revisions = outcomes.flatMap((outcome) => (outcome.kind === 'revised' ? [outcome.revision.revision] : []));
        expect(revisions).toEqual(revisions.map((_, at) => at + 1));
      }),
      runs(),
    );
  });

  test('replaying the deltas rebuilds the document', () => {
    fc.assert(
      fc.property(orderDocument, inputs, (doc, line) => {
        const { outcomes, order } = history(doc, line);
        const rebuilt = deltas(outcomes).reduce<JsonObject>((document, delta) => applyChanges(document, delta), {});
        expect(canonical(rebuilt)).toEqual(canonical(toDocument(order)));
      }),
      runs(),
    );
  });

  test('a delta applied and then inverted is the identity', () => {
    fc.assert(
      fc.property(orderDocument, inputs, (doc, line) => {
        const { outcomes } = history(doc, line);
        let document: JsonObject = {};
        for (const delta of deltas(outcomes)) {
          const next = applyChanges(document, delta);
          expect(canonical(applyChanges(next, invert(delta)))).toEqual(canonical(document));
          document = next;
        }
      }),
      runs(),
    );
  });

  test('the counts that are kept incrementally are those of the items, and the state rolls up from them', () => {
    fc.assert(
      fc.property(orderDocument, inputs, (doc, line) => {
        const { order } = history(doc, line);
        const counted = fromDocument('o', toDocument(order)).counts;
        expect(order.counts).toEqual(counted);
        if (line.length > 0) expect(rollUp(counted, order.state)).toBe(order.state);
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
      fc.property(orderDocument, disjoint, (doc, [a, b]) => {
        const merged = (first: JsonObject, second: JsonObject) =>
          history(doc, [
            { kind: 'supplement', changes: first },
            { kind: 'supplement', changes: second },
          ]);
        const [ab, ba] = [merged(a, b), merged(b, a)];
        const taken = (outcomes: readonly Outcome[]): boolean => outcomes.every(({ kind }) => kind === 'revised');
        // Disjoint in paths, but one may still make the other impossible (cancel what the other relies on).
        fc.pre(taken(ab.outcomes) && taken(ba.outcomes));
        expect(canonical(toDocument(ab.order))).toEqual(canonical(toDocument(ba.order)));
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

describe('unknown attributes', () => {
  test('of an order come through any line of inputs untouched, unless a delta names them', () => {
    fc.assert(
      fc.property(orderDocument, anyJson, inputs, (doc, extension, line) => {
        const { order } = history({ ...doc, 'urn:carrier': extension }, line);
        expect(toDocument(order)['urn:carrier']).toEqual(extension);
      }),
      runs(),
    );
  });
});
