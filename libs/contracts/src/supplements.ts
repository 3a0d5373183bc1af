import {
  CATEGORIES,
  type Category,
  CHARGE_CATEGORIES,
  type Charge,
  type JsonObject,
  ON_CONFLICT,
  type OnConflict,
  ORIGINS,
  type Origin,
  type Reason,
} from '#order-model';
import { counter, instant, json, object, reason, type Schema, text } from './schema.js';

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
