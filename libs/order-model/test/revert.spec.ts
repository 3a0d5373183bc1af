import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyChanges,
  type Change,
  changesFromDelta,
  checkPatch,
  type EffectiveOrder,
  type JsonObject,
  merge,
  toDocument,
} from '#order-model';
import { AT, effectiveOrder, supplementChanges } from './arbitraries.js';
import { anOrder, codes, deltaOf, documentAfter, items, supplement } from './given.js';
import { expectSame } from './line.js';
import { runs } from './runs.js';

/** What takes a supplement with these changes back from this order. */
const reversal = (order: EffectiveOrder, changes: JsonObject) => {
  const outcome = supplement(order, changes);
  expect(codes(outcome)).toEqual([]);
  return { outcome, ...changesFromDelta(deltaOf(outcome), changes) };
};
/** The document after a supplement and its revert. */
const thereAndBack = (order: EffectiveOrder, changes: JsonObject): JsonObject => {
  const { outcome, changes: back, problems } = reversal(order, changes);
  expect(problems).toEqual([]);
  const again = supplement(outcome.order, back, { basedOnRevision: outcome.order.revision, onConflict: 'reject' });
  expect(codes(again)).toEqual([]);
  return documentAfter(again);
};

describe('the revert of a supplement', () => {
  const order = anOrder(
    {
      '1': {
        note: [{ id: 'n', text: 'old' }],
        quoteItem: { id: 'b1', name: 'old' },
        product: { productCharacteristic: [{ name: 'floor', value: '2' }], mtu: [1, 2] },
      },
      '2': { place: [{ place: { id: 'p7' }, role: 'demarc', floor: '1' }] },
    },
    { requestedCompletionDate: '2027-02-01', projectCode: { wave: 1 } },
  );
  test('puts values back, also in a reference that is an object where others are lists', () => {
    const changes: JsonObject = {
      requestedCompletionDate: '2027-03-01',
      projectCode: { wave: 2, night: true },
      ...items({
        id: '1',
        quoteItem: { name: 'new', extra: { deep: 1 } },
        product: { mtu: [3], productCharacteristic: [{ name: 'floor', value: '4' }] },
      }),
    };
    expectSame(thereAndBack(order, changes), toDocument(order));
    expect(reversal(order, changes).changes).toEqual({
      projectCode: { wave: 1, night: null },
      requestedCompletionDate: '2027-02-01',
      productOrderItem: [
        {
          id: '1',
          intent: 'amend',
          quoteItem: { name: 'old', extra: null },
          product: { mtu: [1, 2], productCharacteristic: [{ name: 'floor', value: '2' }] },
        },
      ],
    });
  });
  test('puts removed attributes and elements back, and takes added ones out', () => {
    const changes: JsonObject = {
      projectCode: null,
      note: [{ id: 'new', text: 'x' }],
      ...items(
        { id: '1', note: [{ id: 'n', $patch: 'delete' }], product: { productCharacteristic: [{ name: 'vlan', value: '7' }] } },
        { id: '2', place: null, relatedParty: [{ id: 'c', role: 'contact' }] },
      ),
    };
    expectSame(thereAndBack(order, changes), toDocument(order));
    expect(reversal(order, changes).changes).toMatchObject({
      note: [{ id: 'new', $patch: 'delete' }],
      productOrderItem: [
        { note: [{ id: 'n', text: 'old' }], product: { productCharacteristic: [{ name: 'vlan', $patch: 'delete' }] } },
        { place: [{ role: 'demarc', floor: '1' }], relatedParty: [{ id: 'c', role: 'contact', $patch: 'delete' }] },
      ],
    });
  });
  test('names an element by its key as its author wrote it', () => {
    const nested = anOrder({ '1': { relatedParty: [{ partyOrPartyRole: { id: 'c' }, role: 'contact', phone: '1' }] } });
    const changes = items({ id: '1', relatedParty: [{ partyOrPartyRole: { id: 'c' }, role: 'contact', phone: '2' }] });
    expectSame(thereAndBack(nested, changes), toDocument(nested));
  });
  test('cancels what was added, at any depth', () => {
    const changes = items(
      { id: '3', intent: 'add', action: 'add', productOrderItemRelationship: [{ id: '1', relationshipType: 'reliesOn' }] },
      { id: '1', intent: 'amend', productOrderItem: [{ id: '1.1', intent: 'add', action: 'add' }] },
    );
    expect(reversal(order, changes).changes).toEqual(
      items({ id: '3', intent: 'cancel' }, { id: '1', intent: 'amend', productOrderItem: [{ id: '1.1', intent: 'cancel' }] }),
    );
    expect(thereAndBack(order, changes)).toMatchObject({
      productOrderItem: [{ id: '1', productOrderItem: [{ id: '1.1', state: 'cancelled' }] }, { id: '2' }, { id: '3', state: 'cancelled' }],
    });
  });
  test('is not to be said of a cancelled item, of a null, of a changed key, and of nothing', () => {
    const said = (changes: JsonObject, given = order) =>
      reversal(given, changes).problems.map(({ code, path, itemId }) => [code, path, itemId]);
    expect(said(items({ id: '2', intent: 'cancel' }))).toEqual([['not-amendable', '/productOrderItem/2/state', '2']]);
    expect(said({ intent: 'cancel' }).map(([, path]) => path)).toEqual(['/productOrderItem/1/state', '/productOrderItem/2/state']);
    expect(said({ a: 1 }, anOrder({ '1': {} }, { a: null }))).toEqual([['not-amendable', '/a', undefined]]);
    expect(said({ a: 1 }, anOrder({ '1': {} }, { a: { b: null } }))).toEqual([['not-amendable', '/a', undefined]]);
    const nested = anOrder({ '1': { relatedParty: [{ partyOrPartyRole: { id: 'c' }, role: 'contact', phone: '1' }] } });
    expect(said(items({ id: '1', relatedParty: [{ id: 'c', role: 'contact' }] }), nested)).toEqual([
      ['not-amendable', '/productOrderItem/1/relatedParty/contact:c', undefined],
    ]);
    expect(said({ requestedCompletionDate: '2027-02-01' })).toEqual([['not-amendable', '', undefined]]);
  });
  test('tells in words what a supplement cannot say, and goes on to the next', () => {
    const said = (changes: JsonObject, given = order): [string | undefined, string][] =>
      reversal(given, changes).problems.map(({ path, detail }) => [path, detail]);
    const cancelled = (id: string): string => `Item "${id}" was cancelled and does not come back; add a new item in its place.`;
    const aNull = 'A JSON null stood here, and a supplement cannot put one: null removes. Set another value.';
    expect(said({ intent: 'cancel' })).toEqual([
      ['/productOrderItem/1/state', cancelled('1')],
      ['/productOrderItem/2/state', cancelled('2')],
    ]);
    const nested = anOrder({ '1': { productOrderItem: [{ id: '1.1' }] } }, { a: null, b: { c: null }, d: [null] });
    expect(said(items({ id: '1', productOrderItem: [{ id: '1.1', intent: 'cancel' }] }), nested)).toEqual([
      ['/productOrderItem/1/productOrderItem/1.1/state', cancelled('1.1')],
    ]);
    const inElement = anOrder({ '1': {} }, { note: [{ id: 'n', x: null }] });
    expect(said({ note: null }, inElement)).toEqual([['/note', aNull]]);
    expect(said({ a: 1, b: null, d: [1] }, nested)).toEqual([
      ['/a', aNull],
      ['/b', aNull],
    ]);
    const parties = anOrder({ '1': {} }, { relatedParty: [{ partyOrPartyRole: { id: 'c' }, role: 'contact' }] });
    expect(said({ relatedParty: [{ id: 'c', role: 'contact' }] }, parties)).toEqual([
      ['/relatedParty/contact:c', 'It changed the key of this element, which no supplement can put back; change it by hand.'],
    ]);
    expect(said({ requestedCompletionDate: '2027-02-01' })).toEqual([['', 'It changed nothing that could be taken back.']]);
    expect(changesFromDelta([{ path: '/x/y', after: 2 }], {}).problems).toEqual([
      { code: 'not-amendable', path: '/x/y', detail: 'What stood here cannot be put back by a supplement; change it by hand.' },
    ]);
  });
  test('puts a state back that is none of an item, or of an item that is called so', () => {
    const states = anOrder(
      { '1': { product: { state: 'CA' }, note: [{ id: 'n', state: 'read' }] } },
      { site: { state: 'CA' }, a: { b: { state: 1 } } },
    );
    const changes: JsonObject = {
      site: { state: 'NV' },
      a: { b: { state: 2 } },
      ...items({ id: '1', product: { state: 'NV' }, note: [{ id: 'n', state: 'unread' }] }, { id: 'state', intent: 'add' }),
    };
    expect(reversal(states, changes).changes).toEqual({
      site: { state: 'CA' },
      a: { b: { state: 1 } },
      productOrderItem: [
        { id: '1', intent: 'amend', product: { state: 'CA' }, note: [{ id: 'n', state: 'read' }] },
        { id: 'state', intent: 'cancel' },
      ],
    });
    expect(reversal(states, changes).problems).toEqual([]);
  });
  test('opens each item and element once, named by the least that has its key, and leaves what made it as it was', () => {
    const nested = anOrder({
      '1': {
        relatedParty: [{ id: 'c', role: 'contact', name: 'old', phone: '1', note: 'same' }],
        productOrderItem: [
          { id: '1', quantity: 1, unit: 'a', note: [{ id: '1', text: 'old', author: 'same' }] },
          { id: '2', quantity: 1 },
        ],
      },
    });
    const changes = items({
      id: '1',
      relatedParty: [{ id: 'c', role: 'contact', name: 'new', phone: '2', note: 'same' }],
      productOrderItem: [
        { id: '1', quantity: 2, unit: 'b', note: [{ author: 'same', text: 'new', id: '1' }] },
        { id: '2', quantity: 2 },
      ],
    });
    const asked = structuredClone(changes);
    expect(reversal(nested, changes).changes).toEqual(
      items({
        id: '1',
        intent: 'amend',
        relatedParty: [{ role: 'contact', id: 'c', name: 'old', phone: '1' }],
        productOrderItem: [
          { id: '1', intent: 'amend', quantity: 1, unit: 'a', note: [{ id: '1', text: 'old' }] },
          { id: '2', intent: 'amend', quantity: 1 },
        ],
      }),
    );
    expect(changes).toEqual(asked);
  });
  test('leaves what made it as it was also where an element is its key alone', () => {
    const made = { note: [{ id: 'n' }] };
    expect(changesFromDelta([{ path: '/note/n/text', before: 'x' }], made).changes).toEqual({ note: [{ id: 'n', text: 'x' }] });
    expect(made).toEqual({ note: [{ id: 'n' }] });
  });
  test.each<[string, Change, JsonObject]>([
    ['the whole order', { path: '', before: {}, after: { a: 1 } }, {}],
    ['an element that they do not name', { path: '/note/m', before: { id: 'm' } }, { note: [{ id: 'n' }, { id: 'o' }] }],
    ['an attribute of an element that they do not name', { path: '/note/m/text', before: 'x' }, { note: [{ id: 'n' }, { id: 'o' }] }],
    ['an element of what is no collection', { path: '/a/n/text', before: 'x' }, { a: [{ id: 'n' }, 7] }],
    ['what is in a text', { path: '/a/b', before: 'x' }, { a: 'text' }],
    ['an element in place of another', { path: '/note/n', before: { id: 'n' }, after: { id: 'n', x: 1 } }, { note: [{ id: 'n' }] }],
  ])('says so where the delta speaks of %s', (_what, change, made) => {
    const { changes, problems } = changesFromDelta([change, { path: '/state', before: 'held', after: 'inProgress' }], made);
    expect(problems).toEqual([
      { code: 'not-amendable', path: change.path, detail: expect.stringContaining('cannot be put back by a supplement') },
    ]);
    expect(changes).not.toHaveProperty('state');
  });
  test('says so where the delta is not of these changes', () => {
    expect(changesFromDelta([{ path: '/x/y', before: 1, after: 2 }], {}).problems).toMatchObject([{ code: 'not-amendable', path: '/x/y' }]);
    const replaced = [{ path: '/note/n', before: { id: 'n' }, after: { id: 'n', text: 'x' } }];
    expect(changesFromDelta(replaced, { note: [{ id: 'n' }] }).problems).toMatchObject([{ path: '/note/n' }]);
  });
});

/** An item cancelled, and all that is nested in it. */
function asCancelled(item: JsonObject): JsonObject {
  const nested = item['productOrderItem'];
  const inside = Array.isArray(nested) ? { productOrderItem: nested.map((one) => asCancelled(one as JsonObject)) } : {};
  return { ...item, ...inside, state: 'cancelled' };
}

test('for any order and supplement the revert restores the document, but for the items that it added: they are cancelled', () => {
  let restored = 0;
  const wanted = runs();
  fc.assert(
    fc.property(effectiveOrder, supplementChanges, (order, changes) => {
      const outcome = supplement(order, changes);
      if (outcome.kind !== 'revised') return;
      const { changes: back, problems } = changesFromDelta(outcome.revision.delta, changes);
      const cancels = outcome.revision.delta.some(
        ({ path, before }) => path.endsWith('/state') && path !== '/state' && before !== undefined,
      );
      if (problems.length > 0) {
        const nulls = outcome.revision.delta.some(({ before }) => (JSON.stringify(before) ?? '').includes('null'));
        expect(cancels || nulls || outcome.revision.delta.every(({ path }) => path === '/state')).toBe(true);
        return;
      }
      // The generated documents are freer in their types than a door lets in.
      expect(checkPatch(back).filter(({ code }) => code !== 'invalid-type')).toEqual([]);
      const input = { kind: 'supplement' as const, id: 'r', by: 'x', sequence: outcome.order.sequence + 1, changes: back };
      const again = merge(outcome.order, { ...input, basedOnRevision: outcome.order.revision, onConflict: 'reject' }, AT);
      if (again.kind !== 'revised') {
        // The order may have relied on what it never had; a supplement that took that away cannot be taken back.
        expect(new Set(again.problems.map(({ code }) => code))).toEqual(new Set(['dependency']));
        return;
      }
      restored += 1;
      const before = toDocument(order);
      const added = outcome.revision.delta.filter(
        ({ path, before: stood }) => /^(\/productOrderItem\/[^/]*)+$/.test(path) && stood === undefined,
      );
      const cancelled = added.map(({ path, after }) => ({ path, after: asCancelled(after as JsonObject) }));
      const { state, ...expected } = applyChanges(before, cancelled);
      const { state: now, ...found } = toDocument(again.order);
      expectSame(found, expected);
      if (added.length === 0) expect(now).toBe(state);
    }),
    wanted,
  );
  expect(restored).toBeGreaterThan(wanted.numRuns / 20);
});
