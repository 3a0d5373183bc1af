import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyChanges, diffDocuments, type FoundProvenance, findProvenance, type JsonObject, originOf, provenanceOf } from '#order-model';
import { AT, inputs, orderDocument } from './arbitraries.js';
import { deltas, expectSame, history } from './line.js';
import { runs } from './runs.js';

describe('which revision last set a path', () => {
  const provenance = { '': 1, '/productOrderItem/1': 1, '/productOrderItem/1/product/a': 4, '/note': 3 };
  test('is that of the path, else that of the nearest above it', () => {
    expect(originOf(provenance, '/productOrderItem/1/product/a')).toEqual({ revision: 4, setAt: '/productOrderItem/1/product/a' });
    expect(originOf(provenance, '/productOrderItem/1/product/b')).toEqual({ revision: 1, setAt: '/productOrderItem/1' });
    expect(originOf(provenance, '/noteworthy')).toEqual({ revision: 1, setAt: '' });
  });
  test('tells of a newer one below it', () => {
    expect(originOf(provenance, '/productOrderItem/1/product')).toEqual({ revision: 1, setAt: '/productOrderItem/1', changedBelow: 4 });
  });
  test('tells of nothing below it that was set with it', () => {
    expect(originOf({ '/a': 2, '/a/b': 2, '/a/c': 1 }, '/a')).toStrictEqual({ revision: 2, setAt: '/a' });
  });
  test('is none of an order that has none', () => {
    expect(originOf({}, '/note')).toBeUndefined();
  });
});

test('an item that came with the order has a provenance of its own; one nested in what was added has that of what it is in', () => {
  const of = { orderId: 'o', at: AT, state: 'acknowledged', plan: [] } as const;
  const cause = { id: 'i', by: 'x' };
  const found: FoundProvenance = new Map();
  const added = { id: '2', productOrderItem: [{ id: '2.1' }] };
  const delta = [
    { path: '/productOrderItem/2', after: added },
    { path: '/x', before: 1 },
  ];
  findProvenance(found, { ...of, revision: 2, cause: { ...cause, kind: 'supplement' }, delta });
  findProvenance(found, {
    ...of,
    revision: 1,
    cause: { ...cause, kind: 'orderCreated' },
    delta: [{ path: '', after: { productOrderItem: [{ id: '1' }, added] } }],
  });
  expect(Object.fromEntries(found)).toEqual({ '': 1, '/productOrderItem/1': 1, '/productOrderItem/2': 2, '/x': 2 });
});

test('for any line of inputs, provenance is that of the revision whose delta last touched the path, and is found from the deltas alone', () => {
  fc.assert(
    fc.property(orderDocument, inputs, (doc, line) => {
      const { outcomes, order } = history(doc, line);
      const revisions = outcomes.flatMap((outcome) => (outcome.kind === 'revised' ? [outcome.revision] : []));
      const provenance = provenanceOf(order);
      const found: FoundProvenance = new Map();
      for (const revision of revisions.toReversed()) findProvenance(found, revision);
      expect(Object.fromEntries(found)).toEqual(provenance);
      for (const path of new Set(revisions.flatMap(({ delta }) => delta.map((change) => change.path)))) {
        const touching = revisions.filter(({ delta }) => delta.some((one) => path === one.path || path.startsWith(`${one.path}/`)));
        expect(originOf(provenance, path)?.revision).toBe(touching.at(-1)?.revision);
      }
    }),
    runs(),
  );
});

test('the difference of any two revisions applied to the one gives the other', () => {
  fc.assert(
    fc.property(orderDocument, inputs, fc.nat(), fc.nat(), (doc, line, a, b) => {
      const documents: JsonObject[] = [];
      for (const delta of deltas(history(doc, line).outcomes)) documents.push(applyChanges(documents.at(-1) ?? {}, delta));
      const [from, to] = [documents[a % documents.length] as JsonObject, documents[b % documents.length] as JsonObject];
      expectSame(applyChanges(from, diffDocuments(from, to)), to);
    }),
    runs(),
  );
});
