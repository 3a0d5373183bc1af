import { Big } from 'big.js';
import { ITEMS, itemParts, objectsIn, stateOf } from './items.js';
import { byText, isObject, own, text } from './json.js';
import type { PriceChange, PriceTotal } from './price-total.js';
import type { EffectiveOrder, ItemState, Json, JsonObject } from './types.js';

/** Items that nobody pays for. */
const UNPAID: ReadonlySet<ItemState> = new Set(['cancelled', 'rejected', 'failed']);
/** TMF622 v4 Price: what it costs without and with tax. */
const AMOUNTS = ['dutyFreeAmount', 'taxIncludedAmount'] as const;

/** Sums by all that tells two totals apart: never of different currencies, periods, types or sources. */
type Sums = Map<string, Big>;

function add(sums: Sums, key: string, value: Big): void {
  sums.set(key, sums.get(key)?.plus(value) ?? value);
}

/**
 * Adds what a list of TMF622 v4 OrderPrice says; what is no price there (no currency, no finite number) counts nothing.
 * Without a `priceType` one with a `recurringChargePeriod` is `recurring`, any other `nonRecurring`.
 */
function addPrices(sums: Sums, list: Json | undefined, source: PriceTotal['source'], sign: 1 | -1): void {
  for (const one of objectsIn(list)) {
    const price = own(one, 'price');
    if (!isObject(price)) continue;
    const period = text(own(one, 'recurringChargePeriod'));
    const priceType = text(own(one, 'priceType')) ?? (period === undefined ? 'nonRecurring' : 'recurring');
    for (const amount of AMOUNTS) {
      const money = own(price, amount);
      if (!isObject(money)) continue;
      const unit = text(own(money, 'unit'));
      const value = own(money, 'value');
      if (unit === undefined || !Number.isFinite(value)) continue;
      add(sums, JSON.stringify([source, priceType, unit, period ?? null, amount]), new Big(value as number).times(sign));
    }
  }
}

/** Adds the prices of an item and of those nested in it, each by its own state. */
function addItem(sums: Sums, item: JsonObject | undefined, sign: 1 | -1): void {
  if (item === undefined) return;
  for (const { doc } of itemParts(item)) if (!UNPAID.has(stateOf(doc))) addPrices(sums, own(doc, 'itemPrice'), 'itemPrice', sign);
}

/** Whether neither an item nor one nested in it can have a price. */
const isUnpriced = (item: JsonObject | undefined): boolean =>
  item === undefined || (own(item, 'itemPrice') === undefined && own(item, ITEMS) === undefined);

function sumsOf(totals: readonly PriceTotal[], sign: 1 | -1): Sums {
  return new Map(
    totals.map(({ source, priceType, unit, period, amount, value }) => [
      JSON.stringify([source, priceType, unit, period ?? null, amount]),
      new Big(value).times(sign),
    ]),
  );
}

/** In one order, without what comes to nothing: two ways to the same sums give the same list. */
function totalsFrom(sums: Sums): PriceTotal[] {
  return [...sums]
    .filter(([, value]) => !value.eq(0))
    .sort(([a], [b]) => byText(a, b))
    .map(([key, value]) => {
      const [source, priceType, unit, period, amount] = JSON.parse(key) as [
        PriceTotal['source'],
        string,
        string,
        string | null,
        'dutyFreeAmount',
      ];
      return { source, priceType, unit, ...(period === null ? {} : { period }), amount, value: value.toFixed() };
    });
}

/** The totals after these sums were added; the same list where they come to nothing. */
function moved(totals: readonly PriceTotal[], by: Sums): readonly PriceTotal[] {
  if (by.size === 0 || [...by.values()].every((value) => value.eq(0))) return totals;
  const sums = sumsOf(totals, 1);
  for (const [key, value] of by) add(sums, key, value);
  return totalsFrom(sums);
}

/** The totals after one top-level item went from a document (nothing: it is new) to another. */
export function moveItemPrice(totals: readonly PriceTotal[], before: JsonObject | undefined, after: JsonObject): readonly PriceTotal[] {
  if (isUnpriced(before) && isUnpriced(after)) return totals;
  const by: Sums = new Map();
  addItem(by, after, 1);
  addItem(by, before, -1);
  return moved(totals, by);
}

/** The totals after the order's own attributes went from one document to another. */
export function moveOrderPrice(totals: readonly PriceTotal[], before: JsonObject, after: JsonObject): readonly PriceTotal[] {
  const [had, has] = [own(before, 'orderTotalPrice'), own(after, 'orderTotalPrice')];
  if (had === has) return totals;
  const by: Sums = new Map();
  addPrices(by, has, 'orderTotalPrice', 1);
  addPrices(by, had, 'orderTotalPrice', -1);
  return moved(totals, by);
}

/**
 * What an order costs, all of it looked at: recurring and non-recurring, by currency, period and price type. `itemPrice`
 * of every item that is not cancelled, rejected or failed, at any depth, is added up as it stands (TMF622 gives it for
 * the item, whatever its quantity); `orderTotalPrice` is what somebody said of the whole, and stands beside the sum.
 */
export function priceTotals({ attributes, items }: Pick<EffectiveOrder, 'attributes' | 'items'>): readonly PriceTotal[] {
  const sums: Sums = new Map();
  addPrices(sums, own(attributes, 'orderTotalPrice'), 'orderTotalPrice', 1);
  for (const { doc } of items.values()) addItem(sums, doc, 1);
  return totalsFrom(sums);
}

/** What a revision did to the price; nothing where it did nothing. */
export function priceChange(before: readonly PriceTotal[], after: readonly PriceTotal[]): PriceChange | undefined {
  if (before === after) return undefined;
  const sums = sumsOf(after, 1);
  for (const [key, value] of sumsOf(before, -1)) add(sums, key, value);
  const difference = totalsFrom(sums);
  return difference.length === 0 ? undefined : { before, after, difference };
}
