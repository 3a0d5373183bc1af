import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromDocument, type Json, type JsonObject, type Outcome, priceTotals, toDocument } from '#order-model';
import { anyJson, inputs, orderDocument } from './arbitraries.js';
import { anOrder, items, supplement } from './given.js';
import { history } from './line.js';
import { runs } from './runs.js';

const net = (value: Json, unit: Json = 'USD'): JsonObject => ({ dutyFreeAmount: { unit, value } });
const monthly = (value: number, unit = 'USD'): JsonObject => ({
  name: 'rent',
  priceType: 'recurring',
  recurringChargePeriod: 'month',
  price: net(value, unit),
});
const once = (value: number): JsonObject => ({ name: 'install', priceType: 'nonRecurring', price: net(value) });
const told = (totals: readonly { readonly value: string }[]): string[] =>
  (totals as ReturnType<typeof priceTotals>).map(
    ({ source, priceType, unit, period, amount, value }) =>
      `${source === 'itemPrice' ? '' : `${source} `}${priceType} ${value} ${unit}${period === undefined ? '' : `/${period}`}${amount === 'dutyFreeAmount' ? '' : ' with tax'}`,
  );
const priceOf = (outcome: Outcome) => (outcome.kind === 'revised' ? outcome.revision.price : undefined);

describe('the price of an order', () => {
  test('is the sum by currency, period, type and tax, exactly as decimals', () => {
    const order = anOrder({
      1: { itemPrice: [monthly(0.1), once(100)] },
      2: { itemPrice: [monthly(0.2), { name: 'tax', priceType: 'recurring', price: { taxIncludedAmount: { unit: 'EUR', value: 1.1 } } }] },
    });
    expect(told(order.totals)).toEqual(['nonRecurring 100 USD', 'recurring 1.1 EUR with tax', 'recurring 0.3 USD/month']);
  });
  test('counts nested items, and none that is cancelled, rejected or failed', () => {
    const order = anOrder({
      1: {
        itemPrice: [once(1)],
        productOrderItem: [
          { id: '1.1', itemPrice: [once(10)] },
          { id: '1.2', state: 'failed', itemPrice: [once(100)] },
        ],
      },
      2: { state: 'cancelled', itemPrice: [once(1_000)] },
      3: { state: 'rejected', itemPrice: [once(10_000)] },
    });
    expect(told(order.totals)).toEqual(['nonRecurring 11 USD']);
  });
  test('has what orderTotalPrice says beside the sum of the items, never in it', () => {
    expect(told(anOrder({ 1: { itemPrice: [once(5)] } }, { orderTotalPrice: [once(7)] }).totals)).toEqual([
      'nonRecurring 5 USD',
      'orderTotalPrice nonRecurring 7 USD',
    ]);
  });
  test('takes a price without a type by whether it has a period', () => {
    const prices = [
      { name: 'a', price: net(1) },
      { name: 'b', recurringChargePeriod: 'year', price: net(2) },
    ];
    expect(told(anOrder({ 1: { itemPrice: prices } }).totals)).toEqual(['nonRecurring 1 USD', 'recurring 2 USD/year']);
  });
  test.each<[string, Json]>([
    ['no list', 7],
    ['no price', [{ name: 'a' }]],
    ['a text for a number', [{ name: 'a', price: net('12') }]],
    ['no currency', [{ name: 'a', price: { dutyFreeAmount: { value: 1 } } }]],
    ['an empty currency', [{ name: 'a', price: net(1, '') }]],
    ['an amount that is no object', [{ name: 'a', price: { dutyFreeAmount: 12 } }]],
    ['null', null],
  ])('that is malformed counts nothing: %s', (_what, itemPrice) => {
    expect(anOrder({ 1: { itemPrice } }).totals).toEqual([]);
  });
  test('never throws, whatever stands where a price should', () => {
    fc.assert(
      fc.property(anyJson, anyJson, anyJson, (itemPrice, orderTotalPrice, price) => {
        anOrder({ 1: { itemPrice }, 2: { itemPrice: [{ name: 'a', price }] } }, { orderTotalPrice });
      }),
      runs(),
    );
  });
});

describe('the price of a revision', () => {
  const order = anOrder({ 1: { itemPrice: [monthly(0.1)] }, 2: { itemPrice: [once(5)] } });

  test('has before, after and the difference', () => {
    const price = priceOf(supplement(order, items({ id: '1', itemPrice: [monthly(0.3)] }, { id: '2', intent: 'cancel' })));
    expect([price?.before, price?.after, price?.difference].map((totals) => told(totals ?? []))).toEqual([
      ['nonRecurring 5 USD', 'recurring 0.1 USD/month'],
      ['recurring 0.3 USD/month'],
      ['nonRecurring -5 USD', 'recurring 0.2 USD/month'],
    ]);
  });
  test('is said of an item added, and of orderTotalPrice', () => {
    const added = supplement(order, items({ id: '3', intent: 'add', action: 'add', itemPrice: [monthly(2, 'EUR')] }));
    expect(told(priceOf(added)?.difference ?? [])).toEqual(['recurring 2 EUR/month']);
    const said = supplement(order, { orderTotalPrice: [once(9)] });
    expect(told(priceOf(said)?.difference ?? [])).toEqual(['orderTotalPrice nonRecurring 9 USD']);
  });
  test('is said of a price that is taken away, the last of its item too', () => {
    const gone = supplement(order, items({ id: '1', itemPrice: [{ name: 'rent', $patch: 'delete' }] }));
    expect(told(priceOf(gone)?.difference ?? [])).toEqual(['recurring -0.1 USD/month']);
    expect(told(gone.order.totals)).toEqual(['nonRecurring 5 USD']);
  });
  test('is not there where nothing of it changed', () => {
    expect(supplement(order, { description: 'x' })).not.toHaveProperty('revision.price');
    expect(supplement(order, items({ id: '1', quantity: 2 }))).not.toHaveProperty('revision.price');
    const moved = supplement(
      order,
      items({ id: '1', itemPrice: [{ name: 'rent', price: net(0.2) }] }, { id: '3', intent: 'add', itemPrice: [] }),
    );
    expect(moved).toHaveProperty('revision.price');
    const swapped = supplement(anOrder({ 1: { itemPrice: [once(1)] }, 2: { itemPrice: [once(2)] } }), {
      productOrderItem: [
        { id: '1', itemPrice: [once(2)] },
        { id: '2', itemPrice: [once(1)] },
      ],
    });
    expect(swapped).not.toHaveProperty('revision.price');
    expect(supplement(order, items({ id: '1', quantity: 2 })).order.totals).toBe(order.totals);
  });
  test('is of the creation all that the order costs', () => {
    const { outcomes } = history(toDocument(order), []);
    expect(outcomes[0]).toMatchObject({ revision: { price: { before: [], after: order.totals, difference: order.totals } } });
  });
});

test('for any order and any line of inputs, the totals kept incrementally are those of the whole document', () => {
  fc.assert(
    fc.property(orderDocument, inputs, (doc, line) => {
      const { outcomes, order } = history(doc, line);
      expect(order.totals).toEqual(fromDocument('o', toDocument(order)).totals);
      const said = outcomes.flatMap((outcome) => priceOf(outcome) ?? []);
      expect(said.at(-1)?.after ?? []).toEqual(order.totals);
      for (const [n, { before }] of said.entries()) expect(before).toEqual(said[n - 1]?.after ?? []);
    }),
    runs(),
  );
});
