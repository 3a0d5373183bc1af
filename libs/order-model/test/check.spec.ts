import { describe, expect, test } from '@jest/globals';
import { checkOrder, checkPatch, type Fault, type Json, type JsonObject } from '#order-model';

const said = (faults: Fault[]): string[] => faults.map(({ pointer, code }) => `${pointer} ${code}`);
const order = (given: JsonObject): JsonObject => ({ productOrderItem: [{ id: '1', action: 'add' }], ...given });
function nested(levels: number): Json {
  let value: Json = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

describe('an order as posted', () => {
  test('is taken with attributes that TMF622 does not name, whatever they hold', () => {
    expect(
      checkOrder(
        order({ 'x-ext': [null, 1, 'a', [{ id: 'x' }, { id: 'x' }]], '@type': 'Carrier', note: [{ text: 'no id' }, { text: 'no id' }] }),
      ),
    ).toEqual([]);
  });
  test('lists every fault with its pointer', () => {
    const faults = checkOrder({
      requestedCompletionDate: 7,
      externalId: 1,
      relatedParty: {},
      productOrderItem: [{ id: '1' }, { action: 'add' }, { id: '', action: 'build' }, 'x'],
    });
    expect(said(faults)).toEqual([
      '/requestedCompletionDate invalid-type',
      '/externalId invalid-type',
      '/relatedParty invalid-type',
      '/productOrderItem/0/action required',
      '/productOrderItem/1/id required',
      '/productOrderItem/2/action invalid-type',
      '/productOrderItem/2/id required',
      '/productOrderItem/3 invalid-type',
    ]);
  });
  test.each<[Json, string]>([
    [[], ' invalid-type'],
    [null, ' invalid-type'],
    [{}, '/productOrderItem required'],
    [{ productOrderItem: [] }, '/productOrderItem required'],
    [{ productOrderItem: {} }, '/productOrderItem required'],
  ])('%j is none', (body, fault) => {
    expect(said(checkOrder(body))).toContain(fault);
  });
  test('takes a date that is one and refuses one that is not', () => {
    for (const good of ['2027-03-01T00:00:00Z', '2027-03-01T00:00:00.123+01:00', '2027-03-01'])
      expect(checkOrder(order({ requestedCompletionDate: good }))).toEqual([]);
    for (const bad of ['soon', '2027-13-01T00:00:00Z', '', null])
      expect(said(checkOrder(order({ requestedCompletionDate: bad })))).toEqual(['/requestedCompletionDate invalid-type']);
  });
  test('holds each key once in a collection, at any depth', () => {
    expect(
      said(
        checkOrder({
          productOrderItem: [
            { id: '1', action: 'add' },
            { id: '1', action: 'add' },
          ],
        }),
      ),
    ).toEqual(['/productOrderItem/1 duplicate-key']);
    const product = {
      productCharacteristic: [
        { name: 'vlan', value: '1' },
        { name: 'vlan', value: '2' },
      ],
    };
    expect(said(checkOrder({ productOrderItem: [{ id: '1', action: 'add', product }] }))).toEqual([
      '/productOrderItem/0/product/productCharacteristic/1 duplicate-key',
    ]);
    const parties = [
      { id: '7', role: 'buyer' },
      { id: '7', role: 'seller' },
      { id: '8', role: 'buyer' },
    ];
    expect(checkOrder(order({ relatedParty: parties }))).toEqual([]);
  });
  test('holds no NUL, no half of a surrogate pair, no infinite number', () => {
    const faults = checkOrder(order({ a: 'x\u0000', b: '\ud800', c: Number.POSITIVE_INFINITY, 'd\u0000': 1, e: 'Zürich 😀' }));
    expect(said(faults).sort()).toEqual(['/a', '/b', '/c', '/d\u0000'].map((pointer) => `${pointer} invalid-value`));
  });
  test('nests no deeper than 64 levels, however deep it is', () => {
    expect(checkOrder(order({ a: nested(62) }))).toEqual([]);
    expect(said(checkOrder(order({ a: nested(64) })))[0]).toMatch(/ too-deep$/);
    expect(checkOrder(order({ a: nested(100_000) }))).toHaveLength(1);
  });
  test('lists at most 100 faults', () => {
    const productOrderItem = Array.from({ length: 500 }, () => 1);
    expect(checkOrder({ productOrderItem })).toHaveLength(100);
  });
});

describe('a partial order', () => {
  test('is taken with intents, removals and nothing required', () => {
    const item = { id: '1', intent: 'amend', quantity: null, note: [{ id: 'n', $patch: 'delete' }] };
    expect(
      checkPatch({ description: null, productOrderItem: [item, { id: '2', intent: 'add' }, { id: '3', intent: 'cancel' }, { id: '4' }] }),
    ).toEqual([]);
    expect(checkPatch({ intent: 'cancel', cancellationReason: 'x' })).toEqual([]);
  });
  test.each<[Json, string]>([
    ['x', ' invalid-type'],
    [{}, ' required'],
    [{ intent: 'amend' }, '/intent invalid-value'],
    [{ intent: 'cancel', productOrderItem: [{ id: '1' }] }, '/productOrderItem invalid-value'],
    [{ productOrderItem: {} }, '/productOrderItem invalid-type'],
    [{ productOrderItem: [{ intent: 'amend' }] }, '/productOrderItem/0/id required'],
    [{ productOrderItem: [{ id: '1', intent: 'explode' }] }, '/productOrderItem/0/intent invalid-value'],
    [
      { productOrderItem: [{ id: '1', productOrderItem: [{ id: '1.1', intent: 'x' }] }] },
      '/productOrderItem/0/productOrderItem/0/intent invalid-value',
    ],
    [{ productOrderItem: [{ id: '1', quantity: 'two' }] }, '/productOrderItem/0/quantity invalid-type'],
    [{ note: [{ id: 'n', $patch: 'replace' }] }, '/note/0/$patch invalid-value'],
    [{ note: [{ text: 'n', $patch: 'delete' }] }, '/note/0/$patch invalid-value'],
    [{ description: 'x', $patch: 'delete' }, '/$patch invalid-value'],
    [{ 'x-ext': { $patch: 'delete' } }, '/x-ext/$patch invalid-value'],
    [{ note: [{ id: 'n' }, { id: 'n' }] }, '/note/1 duplicate-key'],
  ])('%j is none', (body, fault) => {
    expect(said(checkPatch(body))).toEqual([fault]);
  });
});
