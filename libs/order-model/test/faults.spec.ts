import { describe, expect, test } from '@jest/globals';
import { checkOrder, checkPatch, checkPolicy, type Json, type JsonObject } from '#order-model';

const item: JsonObject = { id: '1', action: 'add' };
const told = (faults: ReturnType<typeof checkOrder>): string[] =>
  faults.map(({ pointer, code, detail }) => `${pointer} ${code}: ${detail}`);

/** TMF622 v4: the attributes that it gives a type, and what a value of another type is told. */
const TYPES: Record<string, { good: Json[]; bad: Json[]; told: string; order: string[]; item: string[] }> = {
  instant: {
    good: ['2027-03-01', '2027-03-01T10:00Z', '2027-03-01T10:00:00', '2027-03-01T10:00:00.5+0100', '2027-03-01T10:00:00-05:00'],
    bad: [
      '1 March 2027',
      'x2027-03-01',
      '2027-03-01x',
      '2027-03-01T25:00:00Z',
      '+2027-03-01',
      '2027-03-01 (x)',
      ['2027-03-01'],
      20270301,
      null,
    ],
    told: 'must be a date and time (ISO 8601)',
    order: ['requestedCompletionDate', 'requestedStartDate', 'expectedCompletionDate', 'completionDate', 'cancellationDate'],
    item: [],
  },
  text: {
    good: ['', 'x'],
    bad: [1, null, {}, ['x']],
    told: 'must be a text',
    order: ['externalId', 'description', 'category', 'priority', 'cancellationReason', 'notificationContact'],
    item: [],
  },
  'type name': {
    good: ['x'],
    bad: [1],
    told: 'must be a text',
    order: ['@type', '@baseType', '@schemaLocation'],
    item: ['@type', '@baseType', '@schemaLocation'],
  },
  list: {
    good: [[], [{}], [{ id: 'a' }]],
    bad: [{}, ['x'], [{}, null], 'x', null],
    told: 'must be a list of objects',
    order: [
      ...['agreement', 'channel', 'note', 'orderTotalPrice', 'payment', 'productOfferingQualification', 'quote', 'relatedParty'],
      'orderRelationship',
    ],
    item: ['itemPrice', 'itemTerm', 'itemTotalPrice', 'payment', 'productOrderItemRelationship', 'qualification', 'note'],
  },
  object: {
    good: [{}, { id: 'a' }],
    bad: [[], 'x', null],
    told: 'must be an object',
    order: ['billingAccount'],
    item: ['appointment', 'billingAccount', 'product', 'productOffering'],
  },
  count: { good: [0, 2, -1], bad: [1.5, '2', null], told: 'must be a whole number', order: [], item: ['quantity'] },
  action: {
    good: ['add', 'modify', 'delete', 'noChange'],
    bad: ['build', 1],
    told: 'must be one of add, modify, delete, noChange',
    order: [],
    item: ['action'],
  },
};

describe.each(Object.entries(TYPES))('a %s', (_type, { good, bad, told: sentence, order, item: ofItem }) => {
  const places = [...order.map((name) => ['', name]), ...ofItem.map((name) => ['/productOrderItem/0', name])] as [string, string][];
  test.each(places)('at %s/%s is taken where it is one and faulted where it is none', (holder, name) => {
    const body = (value: Json): JsonObject =>
      holder === '' ? { [name]: value, productOrderItem: [item] } : { productOrderItem: [{ ...item, [name]: value }] };
    for (const value of good) expect([value, told(checkOrder(body(value)))]).toEqual([value, []]);
    for (const value of bad) {
      expect([value, told(checkOrder(body(value)))]).toEqual([value, [`${holder}/${name} invalid-type: ${name} ${sentence}`]]);
    }
    expect(checkPatch(holder === '' ? { [name]: null } : { productOrderItem: [{ id: '1', [name]: null }] })).toEqual([]);
  });
});

describe('a fault of an order says what is wrong', () => {
  test.each<[Json, string[]]>([
    [7, [' invalid-type: must be a JSON object']],
    [{}, ['/productOrderItem required: must be a list with at least one item']],
    [
      { productOrderItem: 7 },
      ['/productOrderItem required: must be a list with at least one item', '/productOrderItem invalid-type: must be a list of items'],
    ],
    [{ productOrderItem: [7] }, ['/productOrderItem/0 invalid-type: must be an item, an object']],
    [{ productOrderItem: [{ action: 'add' }] }, ['/productOrderItem/0/id required: each item needs its id, a text']],
    [
      { productOrderItem: [{ id: '1' }] },
      ['/productOrderItem/0/action required: each item needs its action: add, modify, delete, noChange'],
    ],
    [
      { productOrderItem: [{ ...item, productOrderItem: [{ id: '1.1' }] }] },
      ['/productOrderItem/0/productOrderItem/0/action required: each item needs its action: add, modify, delete, noChange'],
    ],
    [
      { productOrderItem: [item, { id: '2', action: 'add' }, item] },
      ['/productOrderItem/2 duplicate-key: has the same key "1" as element 0; each key stands once in productOrderItem'],
    ],
    [
      { 'a/b': '\ud800', productOrderItem: [item] },
      ['/a~1b invalid-value: holds a character that is no text (NUL, or half of a surrogate pair)'],
    ],
    [{ a: Number.NEGATIVE_INFINITY, productOrderItem: [item] }, ['/a invalid-value: is a number too large to keep']],
    // What no store takes is all that is said: the rest is looked at when that is out.
    [{ a: Number.NEGATIVE_INFINITY, description: 7, productOrderItem: 7 }, ['/a invalid-value: is a number too large to keep']],
    [{ '\u0000': 1, productOrderItem: [item] }, ['/\u0000 invalid-value: the name of an attribute holds a character that is no text']],
  ])('%j', (body, faults) => {
    expect(told(checkOrder(body))).toEqual(faults);
  });
  test('that it is too deep, with the first eight steps of the way there', () => {
    let deep: Json = 1;
    for (let level = 0; level < 63; level += 1) deep = { a: deep };
    expect(told(checkOrder({ productOrderItem: [item], a: deep }))).toEqual([]);
    expect(told(checkOrder({ productOrderItem: [item], a: { a: deep } }))).toEqual([
      '/a/a/a/a/a/a/a/a too-deep: nests deeper than 64 levels',
    ]);
  });
  test('in the order of the document', () => {
    const body = { a: '\u0000', b: ['\u0000', { c: '\u0000' }], d: '\u0000', productOrderItem: [item] };
    expect(checkOrder(body).map(({ pointer }) => pointer)).toEqual(['/a', '/b/0', '/b/1/c', '/d']);
  });
});

describe('a fault of a partial order says what is wrong', () => {
  const marker = '$patch is only "delete", on an element that carries the key of its collection';
  test.each<[Json, string[]]>([
    [[], [' invalid-type: must be a JSON object']],
    [{}, [' required: changes nothing; name what is to change']],
    [{ intent: 'add' }, ['/intent invalid-value: the only intent for a whole order is cancel']],
    [
      { intent: 'cancel', productOrderItem: [{ id: '1' }] },
      ['/productOrderItem invalid-value: a cancellation of the whole order names no items; leave them out'],
    ],
    [
      { productOrderItem: [{ id: '1', intent: 'x' }] },
      ['/productOrderItem/0/intent invalid-value: intent must be one of add, amend, cancel'],
    ],
    [{ note: [{ id: 'n', $patch: 'x' }] }, [`/note/0/$patch invalid-value: ${marker}`]],
    [{ note: [{ $patch: 'delete' }] }, [`/note/0/$patch invalid-value: ${marker}`]],
    [{ relatedThing: [{ id: 'n', $patch: 'delete' }] }, [`/relatedThing/0/$patch invalid-value: ${marker}`]],
    [{ note: [{ id: 'n', deep: { $patch: 'delete' } }] }, [`/note/0/deep/$patch invalid-value: ${marker}`]],
    [{ note: [{ id: 'n', $patch: 'delete' }] }, []],
    [{ description: 7 }, ['/description invalid-type: description must be a text']],
    [{ intent: 'cancel' }, []],
    [{ productOrderItem: [{ id: '1' }] }, []],
    [
      { description: '\u0000', intent: 'x' },
      ['/description invalid-value: holds a character that is no text (NUL, or half of a surrogate pair)'],
    ],
  ])('%j', (body, faults) => {
    expect(told(checkPatch(body))).toEqual(faults);
  });
  test('a hundred times at most', () => {
    const notes = Array.from({ length: 150 }, (_, at): JsonObject => ({ id: `${at}`, $patch: 'x' }));
    expect(checkPatch({ note: notes })).toHaveLength(100);
    expect(checkPatch({ note: Array.from({ length: 150 }, () => '\u0000') })).toHaveLength(100);
  });
});

describe('a fault of a policy says what is wrong', () => {
  const rule = { name: 'r', when: {}, by: 'operator', waitHours: 1, onExpiry: 'expire' };
  const approval = (given: JsonObject): JsonObject => ({ approvals: [{ ...rule, ...given }] });
  test.each<[Json, string[]]>([
    [7, [' invalid-type: the policy must be an object']],
    [{ approvals: {} }, ['/approvals invalid-type: /approvals must be a list']],
    [{ approvals: [7] }, ['/approvals/0 invalid-type: /approvals/0 must be an object']],
    [
      { 'x/y': 1 },
      ['/x~1y unknown-attribute: /x~1y is not a part of a policy; there are approvals, limits, pointOfNoReturn, charges, reasonCodes'],
    ],
    [
      { constructor: 1 },
      [
        '/constructor unknown-attribute: /constructor is not a part of a policy; there are approvals, limits, pointOfNoReturn, charges, reasonCodes',
      ],
    ],
    [approval({ name: '' }), ['/approvals/0/name invalid-value: /approvals/0/name must be a text that is not empty']],
    [approval({ name: 7 }), ['/approvals/0/name invalid-value: /approvals/0/name must be a text that is not empty']],
    [approval({ by: 'me' }), ['/approvals/0/by invalid-value: /approvals/0/by must be one of operator, customer']],
    [approval({ onExpiry: 'x' }), ['/approvals/0/onExpiry invalid-value: /approvals/0/onExpiry must be one of expire, accept']],
    [
      approval({ waitHours: -1 }),
      ['/approvals/0/waitHours invalid-value: /approvals/0/waitHours must be a number of hours from 0 to 876000'],
    ],
    [
      approval({ waitHours: 876_001 }),
      ['/approvals/0/waitHours invalid-value: /approvals/0/waitHours must be a number of hours from 0 to 876000'],
    ],
    [
      approval({ waitHours: '1' }),
      ['/approvals/0/waitHours invalid-value: /approvals/0/waitHours must be a number of hours from 0 to 876000'],
    ],
    [approval({ waitHours: 0 }), []],
    [approval({ waitHours: 876_000 }), []],
    [
      approval({ when: { origins: ['x'], chargeCategories: ['x'], categories: ['x'] } }),
      [
        '/approvals/0/when/origins/0 invalid-value: /approvals/0/when/origins/0 must be one of customer, seller, vendor, fulfilment',
        '/approvals/0/when/chargeCategories/0 invalid-value: /approvals/0/when/chargeCategories/0 must be one of construction, expedite, cancellation, connection, other',
        '/approvals/0/when/categories/0 invalid-value: /approvals/0/when/categories/0 must be one of technicalDetail, component, construction, delivery, dueDate, cancellation, correction',
      ],
    ],
    [
      approval({ when: { blockingCharge: 'yes' } }),
      ['/approvals/0/when/blockingCharge invalid-value: /approvals/0/when/blockingCharge must be true or false'],
    ],
    [
      approval({ when: { chargeOver: {} } }),
      [
        '/approvals/0/when/chargeOver/unit required: /approvals/0/when/chargeOver/unit is missing',
        '/approvals/0/when/chargeOver/value required: /approvals/0/when/chargeOver/value is missing',
      ],
    ],
    [
      approval({ when: { chargeOver: { unit: 'USD', value: Number.POSITIVE_INFINITY } } }),
      ['/approvals/0/when/chargeOver/value invalid-value: /approvals/0/when/chargeOver/value must be a number'],
    ],
    [
      approval({ when: { chargeOver: { unit: 'USD', value: '7' } } }),
      ['/approvals/0/when/chargeOver/value invalid-value: /approvals/0/when/chargeOver/value must be a number'],
    ],
    [approval({ when: { chargeOver: { unit: 'USD', value: -7.5 } } }), []],
    [
      { limits: { supplementsPerOrder: -1, supplementsAfterConfirmation: 1.5, leastNoticeHours: -1 } },
      [
        '/limits/supplementsPerOrder invalid-value: /limits/supplementsPerOrder must be a whole number from 0',
        '/limits/supplementsAfterConfirmation invalid-value: /limits/supplementsAfterConfirmation must be a whole number from 0',
        '/limits/leastNoticeHours invalid-value: /limits/leastNoticeHours must be a number of hours from 0 to 876000',
      ],
    ],
    [{ limits: { supplementsPerOrder: 0, supplementsAfterConfirmation: 0, leastNoticeHours: 0 } }, []],
    [
      { pointOfNoReturn: { alwaysOpen: ['x', 7], rules: [{ paths: ['/ok', 'x'] }] } },
      [
        '/pointOfNoReturn/alwaysOpen/0 invalid-value: /pointOfNoReturn/alwaysOpen/0 must be a keyed path that begins with /',
        '/pointOfNoReturn/alwaysOpen/1 invalid-value: /pointOfNoReturn/alwaysOpen/1 must be a keyed path that begins with /',
        '/pointOfNoReturn/rules/0/states required: /pointOfNoReturn/rules/0/states is missing',
        '/pointOfNoReturn/rules/0/flagged required: /pointOfNoReturn/rules/0/flagged is missing',
        '/pointOfNoReturn/rules/0/paths/1 invalid-value: /pointOfNoReturn/rules/0/paths/1 must be a keyed path that begins with /',
      ],
    ],
    [
      { pointOfNoReturn: { rules: [{ states: ['started'], flagged: true }] } },
      ['/pointOfNoReturn/rules/0/states/0 invalid-value: /pointOfNoReturn/rules/0/states/0 must be a TMF622 item state'],
    ],
    [
      {
        reasonCodes: {
          onlyKnown: 'x',
          extra: [
            { code: 'A', category: 'x' },
            { code: '', text: 't', category: 'dueDate' },
          ],
        },
      },
      [
        '/reasonCodes/onlyKnown invalid-value: /reasonCodes/onlyKnown must be true or false',
        '/reasonCodes/extra/0/text required: /reasonCodes/extra/0/text is missing',
        '/reasonCodes/extra/0/category invalid-value: /reasonCodes/extra/0/category must be one of technicalDetail, component, construction, delivery, dueDate, cancellation, correction',
        '/reasonCodes/extra/1/code invalid-value: /reasonCodes/extra/1/code must be a text that is not empty',
      ],
    ],
    [
      { reasonCodes: { extra: [{}] } },
      ['code', 'text', 'category'].map((name) => `/reasonCodes/extra/0/${name} required: /reasonCodes/extra/0/${name} is missing`),
    ],
    [
      { charges: { waitHours: 1, more: 1 } },
      ['/charges/more unknown-attribute: /charges/more is not a part of a policy; there are waitHours'],
    ],
    [
      { approvals: [rule, { ...rule, name: 's' }, rule] },
      ['/approvals/2/name duplicate-key: /approvals/2/name is taken by a rule before it'],
    ],
    [{ approvals: [rule, { ...rule, name: 's' }] }, []],
  ])('%j', (policy, faults) => {
    expect(told(checkPolicy(policy))).toEqual(faults);
  });
});
