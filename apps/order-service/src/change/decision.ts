import type { OrderAmended, OrderProgressed } from '#contracts';
import type { ItemState, JsonObject, Problem } from '#order-model';

/** An item outside the base order as fulfilment has just reported it. */
export interface ReportedItem {
  readonly itemId: string;
  readonly state: ItemState;
  readonly pointOfNoReturn: boolean;
}

export type VersionMade =
  | { readonly name: 'order.amended'; readonly data: OrderAmended }
  | { readonly name: 'order.progressed'; readonly data: OrderProgressed };

/** What a command comes to: the next version of the base order, or why not. */
export type Decision =
  | {
      readonly kind: 'version';
      readonly event: VersionMade;
      readonly document: JsonObject;
      readonly reported: readonly ReportedItem[];
    }
  /** The caller's `If-Match` names another version: 412. */
  | { readonly kind: 'stale'; readonly version: number }
  /** A refusal of the domain: 422. */
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  /** A move that the state machine does not have: 409. */
  | { readonly kind: 'impossible'; readonly problems: readonly Problem[] };
