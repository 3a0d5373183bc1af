/** domain.md, "A supplement": what a supplement is about. */
export const CATEGORIES = ['technicalDetail', 'component', 'construction', 'delivery', 'dueDate', 'cancellation', 'correction'] as const;
/** Where it comes from. */
export const ORIGINS = ['customer', 'seller', 'vendor', 'fulfilment'] as const;
/** What becomes of it when it touches a path that changed unseen. */
export const ON_CONFLICT = ['hold', 'reject', 'overwrite'] as const;
/** What an additional cost is for. */
export const CHARGE_CATEGORIES = ['construction', 'expedite', 'cancellation', 'connection', 'other'] as const;

export type Category = (typeof CATEGORIES)[number];
export type Origin = (typeof ORIGINS)[number];
export type OnConflict = (typeof ON_CONFLICT)[number];
export type ChargeCategory = (typeof CHARGE_CATEGORIES)[number];

/** An additional cost that comes with a supplement; a blocking one waits for the customer's answer. */
export interface Charge {
  readonly category: ChargeCategory;
  readonly blocking?: boolean;
  /** `unit` is an ISO 4217 currency. */
  readonly price?: { readonly unit: string; readonly value: number };
  /** RFC 3339. */
  readonly responseDueDate?: string;
}
