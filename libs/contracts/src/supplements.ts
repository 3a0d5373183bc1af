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
import { counter, instant, json, list, object, reason, type Schema, text } from './schema.js';

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

/** What every event of a supplement says of it. */
interface Identified extends SupplementRequest {
  readonly id: string;
  readonly orderId: string;
  readonly submittedAt: string;
  readonly by: string;
  /** Id of the merged supplement that this one takes back. */
  readonly reverts?: string;
}

/** An answer that a supplement waits for. */
export interface ApprovalWanted {
  /** Of the policy's rule. */
  readonly name: string;
  readonly by: 'operator' | 'customer';
  /** RFC 3339; no answer by then is an answer too, as the rule says. */
  readonly dueDate: string;
}

/** supp-service: the supplement is stored and waits for answers; it has no place in the order's line yet. */
export interface SupplementSubmitted extends Identified {
  readonly approvals: readonly ApprovalWanted[];
}

/**
 * supp-service: the supplement as accepted, with its place in the order's line. One that was held and is applied after
 * all is told of again under its next sequence.
 */
export interface SupplementAccepted extends Identified {
  readonly sequence: number;
}

/** supp-service: the supplement will not be merged: declined, expired or withdrawn, as the event's name says. */
export interface SupplementEnded extends Identified {
  readonly at: string;
  readonly endedBy: string;
  readonly endReason?: Reason;
  /** Name of the approval that was declined or expired. */
  readonly approval?: string;
}

const oneOf = (values: readonly string[]): Schema => ({ enum: [...values] });

const said: Record<string, Schema> = {
  id: text,
  orderId: text,
  submittedAt: instant,
  by: text,
  category: oneOf(CATEGORIES),
  changes: json,
};
const mayBeSaid: Record<string, Schema> = {
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
  reverts: text,
};
const approval = object({ name: text, by: oneOf(['operator', 'customer']), dueDate: instant });
const ended = object({ ...said, at: instant, endedBy: text }, { ...mayBeSaid, endReason: reason, approval: text });

export const supplementSchemas: Record<
  'supplement.submitted' | 'supplement.accepted' | 'supplement.declined' | 'supplement.expired' | 'supplement.withdrawn',
  Schema
> = {
  'supplement.submitted': object({ ...said, approvals: list(approval) }, mayBeSaid),
  'supplement.accepted': object({ ...said, sequence: { type: 'integer', minimum: 1 } }, mayBeSaid),
  'supplement.declined': ended,
  'supplement.expired': ended,
  'supplement.withdrawn': ended,
};
