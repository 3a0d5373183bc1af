import { describe, expect, test } from '@jest/globals';
import { applyChanges, type Json, type JsonObject, valueAt } from '#order-model';

/** What a keyed path with this key finds in a collection. */
const found = (attribute: string, key: string, ...list: Json[]): Json | undefined => valueAt({ [attribute]: list }, `/${attribute}/${key}`);

describe('the elements of a collection', () => {
  test.each([
    'productCharacteristic',
    'itemPrice',
    'itemTotalPrice',
    'orderTotalPrice',
    'itemTerm',
    'productPrice',
    'productTerm',
    'milestone',
  ])('of %s are told apart by name', (attribute) => {
    expect(found(attribute, 'b', { name: 'a' }, { name: 'b', x: 1 })).toEqual({ name: 'b', x: 1 });
    expect(found(attribute, 'b', { id: 'b', name: 'a' })).toBeUndefined();
    expect(applyChanges({}, [{ path: `/${attribute}/b/x`, after: 1 }])).toEqual({ [attribute]: [{ name: 'b', x: 1 }] });
  });
  test.each([
    'productOrderItem',
    'note',
    'payment',
    'channel',
    'quote',
    'quoteItem',
    'productOfferingQualification',
    'productOfferingQualificationItem',
    'qualification',
    'realizingService',
    'realizingResource',
  ])('of %s are told apart by id, their own or that of the reference they hold', (attribute) => {
    expect(found(attribute, 'b', { id: 'a' }, { id: 'b', x: 1 })).toEqual({ id: 'b', x: 1 });
    expect(found(attribute, 'b', { [attribute]: { id: 'b' }, x: 1 })).toEqual({ [attribute]: { id: 'b' }, x: 1 });
    expect(found(attribute, 'a', { id: 'a', [attribute]: { id: 'b' } })).toEqual({ id: 'a', [attribute]: { id: 'b' } });
    expect(found(attribute, 'b', { [attribute]: 'b' })).toBeUndefined();
    expect(applyChanges({}, [{ path: `/${attribute}/b/x`, after: 1 }])).toEqual({ [attribute]: [{ id: 'b', x: 1 }] });
  });
  test.each([
    ['agreement', 'agreementItemId', 'agreement'],
    ['productOrderItemRelationship', 'relationshipType', 'productOrderItem'],
    ['orderRelationship', 'relationshipType', 'productOrder'],
    ['productOrderRelationship', 'relationshipType', 'productOrder'],
    ['productRelationship', 'relationshipType', 'product'],
  ])('of %s are told apart by id and %s, which may be absent', (attribute, second, nest) => {
    expect(found(attribute, '1:b', { id: '1', [second]: 'a' }, { id: '1', [second]: 'b' })).toEqual({ id: '1', [second]: 'b' });
    expect(found(attribute, '1:b', { [nest]: { id: '1' }, [second]: 'b' })).toEqual({ [nest]: { id: '1' }, [second]: 'b' });
    expect(found(attribute, '1', { id: '1', [second]: 'a' }, { id: '1' })).toEqual({ id: '1' });
    expect(found(attribute, 'b', { [second]: 'b' })).toBeUndefined();
    expect(applyChanges({}, [{ path: `/${attribute}/1:b/x`, after: 1 }])).toEqual({ [attribute]: [{ id: '1', [second]: 'b', x: 1 }] });
    expect(applyChanges({}, [{ path: `/${attribute}/1/x`, after: 1 }])).toEqual({ [attribute]: [{ id: '1', x: 1 }] });
  });
  test('of relatedParty are told apart by role and id', () => {
    expect(found('relatedParty', 'buyer:1', { id: '1', role: 'seller' }, { id: '1', role: 'buyer' })).toEqual({ id: '1', role: 'buyer' });
    expect(found('relatedParty', 'buyer:1', { partyOrPartyRole: { id: '1' }, role: 'buyer' })).toBeDefined();
    expect(found('relatedParty', '1', { id: '1' })).toEqual({ id: '1' });
    expect(found('relatedParty', 'buyer', { role: 'buyer' })).toBeUndefined();
    expect(applyChanges({}, [{ path: '/relatedParty/buyer:1/x', after: 1 }])).toEqual({ relatedParty: [{ role: 'buyer', id: '1', x: 1 }] });
    expect(applyChanges({}, [{ path: '/relatedParty/1/x', after: 1 }])).toEqual({ relatedParty: [{ id: '1', x: 1 }] });
  });
  test('of place are told apart by role, else by id', () => {
    expect(found('place', 'site', { id: 'a', role: 'other' }, { id: 'a', role: 'site' })).toEqual({ id: 'a', role: 'site' });
    expect(found('place', 'a', { id: 'a' })).toEqual({ id: 'a' });
    expect(found('place', 'a', { place: { id: 'a' } })).toEqual({ place: { id: 'a' } });
    expect(found('place', 'a', { id: 'a', role: 'site' })).toBeUndefined();
    expect(applyChanges({}, [{ path: '/place/site/x', after: 1 }])).toEqual({ place: [{ role: 'site', x: 1 }] });
  });
  test('with a key of two parts never share one by accident: a colon or percent sign in the first is written otherwise', () => {
    const parties: JsonObject[] = [{ role: 'a:b', id: 'c' }, { role: 'a', id: 'b:c' }, { role: 'a%3Ab', id: 'c' }, { id: 'x:%y' }];
    const keys = ['a%3Ab:c', 'a:b:c', 'a%253Ab:c', 'x%3A%25y'];
    for (const [at, key] of keys.entries()) {
      expect(found('relatedParty', key, ...parties)).toEqual(parties[at]);
      expect(applyChanges({}, [{ path: `/relatedParty/${key}/x`, after: 1 }])).toEqual({ relatedParty: [{ ...parties[at], x: 1 }] });
    }
  });
});

describe('an array is one value', () => {
  test.each<[string, string, Json[]]>([
    ['under any other name', 'relatedProduct', [{ id: 'a', name: 'a' }]],
    ['where an element has no key', 'note', [{ id: 'a' }, { text: 'x' }]],
    ['where an element is no object', 'note', [{ id: 'a' }, 'b']],
    ['where a key is empty or no text', 'note', [{ id: 'a' }, { id: '' }]],
    ['where a key is a number', 'note', [{ id: 'a' }, { id: 7 }]],
    ['where two elements have one key', 'note', [{ id: 'a' }, { id: 'a', x: 1 }]],
    ['where it is billingAccount, which TMF622 has as one reference', 'billingAccount', [{ id: 'a' }]],
  ])('%s', (_what, attribute, list) => {
    expect(found(attribute, 'a', ...list)).toBeUndefined();
    expect(found(attribute, '0', ...list)).toBeUndefined();
    expect(applyChanges({ [attribute]: list }, [{ path: `/${attribute}/a` }])).toEqual({ [attribute]: list });
  });
});
