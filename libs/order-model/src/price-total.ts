/** What the prices of one kind come to. Decimal, exactly: `value` is written out in full, as in `-12.30`. */
export interface PriceTotal {
  /** Added up from the items, or what `orderTotalPrice` says of the whole order. */
  readonly source: 'itemPrice' | 'orderTotalPrice';
  /** TMF622 `priceType`: recurring, nonRecurring, usage, … */
  readonly priceType: string;
  /** ISO 4217 currency. */
  readonly unit: string;
  /** TMF622 `recurringChargePeriod`. */
  readonly period?: string;
  readonly amount: 'dutyFreeAmount' | 'taxIncludedAmount';
  readonly value: string;
}

/** What a revision did to the price of the order; `difference` is `after` less `before`. */
export interface PriceChange {
  readonly before: readonly PriceTotal[];
  readonly after: readonly PriceTotal[];
  readonly difference: readonly PriceTotal[];
}
