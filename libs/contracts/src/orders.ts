import type { Change, ItemProgress, JsonObject, Reason } from '#order-model';
import { change, counter, instant, json, list, object, reason, type Schema, text } from './schema.js';

/** order-service: a base order was accepted; holds the whole TMF622 document. */
export interface OrderCreated {
  readonly orderId: string;
  readonly version: 1;
  readonly at: string;
  readonly by: string;
  readonly order: JsonObject;
}

/** order-service: an in-place amendment, or the cancellation of the whole order, made the next version. */
export interface OrderAmended {
  readonly id: string;
  readonly orderId: string;
  readonly version: number;
  readonly at: string;
  readonly by: string;
  readonly reason?: Reason;
  readonly basedOnRevision?: number;
  readonly cancellation?: { readonly cancellationReason?: string };
  readonly delta: readonly Change[];
}

/** order-service: fulfilment reported progress of items; `delta` is what it changed in the base order. */
export interface OrderProgressed {
  readonly id: string;
  readonly orderId: string;
  readonly version: number;
  readonly at: string;
  readonly by: string;
  readonly note?: string;
  readonly items: readonly ItemProgress[];
  readonly delta: readonly Change[];
}

const version = { id: text, orderId: text, version: { type: 'integer', minimum: 2 }, at: instant, by: text };

export const orderSchemas: Record<'order.created' | 'order.amended' | 'order.progressed', Schema> = {
  'order.created': object({ orderId: text, version: { const: 1 }, at: instant, by: text, order: json }),
  'order.amended': object(
    { ...version, delta: list(change) },
    { reason, basedOnRevision: counter, cancellation: object({}, { cancellationReason: { type: 'string' } }) },
  ),
  'order.progressed': object(
    {
      ...version,
      items: list(object({ id: text }, { state: text, milestone: { type: ['string', 'object'] }, pointOfNoReturn: { type: 'boolean' } })),
      delta: list(change),
    },
    { note: { type: 'string' } },
  ),
};
