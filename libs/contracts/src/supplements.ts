import type { JsonObject, OnConflict, Reason } from '#order-model';
import { counter, instant, json, object, reason, type Schema, text } from './schema.js';

export const CATEGORIES = ['technicalDetail', 'component', 'construction', 'delivery', 'dueDate', 'cancellation', 'correction'] as const;
export const ORIGINS = ['customer', 'seller', 'vendor', 'fulfilment'] as const;
export const ON_CONFLICT = ['hold', 'reject', 'overwrite'] as const;
export const CHARGE_CATEGORIES = ['construction', 'expedite', 'cancellation', 'connection', 'other'] as const;

export type Category = (typeof CATEGORIES)[number];
export type Origin = (typeof ORIGINS)[number];

/** An additional cost that comes with a supplement. */
export interface Charge {
  readonly category: (typeof CHARGE_CATEGORIES)[number];
  readonly blocking?: boolean;
  readonly price?: { readonly unit: string; readonly value: number };
  readonly responseDueDate?: string;
}

/** What a caller posts of a supplement; `changes` is a partial TMF622 order with intents. */
export interface SupplementRequest {
  readonly externalId?: string;
  readonly category: Category;
  readonly reason?: Reason;
  readonly origin?: Origin;
  readonly basedOnRevision?: number;
  readonly onConflict?: OnConflict;
  readonly changes: JsonObject;
  readonly charge?: Charge;
}

/** supp-service: the supplement as accepted, with its place in the order's line. */
export interface SupplementAccepted extends SupplementRequest {
  readonly id: string;
  readonly orderId: string;
  readonly sequence: number;
  readonly submittedAt: string;
  readonly by: string;
}

const oneOf = (values: readonly string[]): Schema => ({ enum: [...values] });

export const supplementSchemas: Record<'supplement.accepted', Schema> = {
  'supplement.accepted': object(
    {
      id: text,
      orderId: text,
      sequence: { type: 'integer', minimum: 1 },
      submittedAt: instant,
      by: text,
      category: oneOf(CATEGORIES),
      changes: json,
    },
    {
      externalId: text,
      reason,
      origin: oneOf(ORIGINS),
      basedOnRevision: counter,
      onConflict: oneOf(ON_CONFLICT),
      charge: object(
        { category: oneOf(CHARGE_CATEGORIES) },
        {
          blocking: { type: 'boolean' },
          price: object({ unit: text, value: { type: 'number' } }),
          // ISO 8601, a date alone too: what the door takes must not be a poison message behind it.
          responseDueDate: text,
        },
      ),
    },
  ),
};
