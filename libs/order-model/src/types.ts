import type { PriceChange, PriceTotal } from './price-total.js';
import type { OnConflict } from './words.js';

/** A JSON value; `undefined` never stands inside one. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

/**
 * One path with what stood there before and what stands there after. `path` is a keyed path (JSON Pointer, RFC 6901,
 * in which an element of a keyed collection is named by its key). An absent `before` or `after` means: nothing there
 * (a JSON `null` is a value).
 */
export interface Change {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** TMF622 v4 ProductOrderItemStateType. */
export type ItemState =
  | 'acknowledged'
  | 'rejected'
  | 'pending'
  | 'held'
  | 'inProgress'
  | 'cancelled'
  | 'completed'
  | 'failed'
  | 'assessingCancellation'
  | 'pendingCancellation';

/** TMF622 v4 ProductOrderStateType. */
export type OrderState = ItemState | 'partial';

/** For each path the revision that last set it; `''` speaks of the whole; a path not named has its nearest ancestor's. */
export type Provenance = Readonly<Record<string, number>>;

/** One top-level order item: its document (nested items inside), and the provenance of the paths below it. */
export interface EffectiveItem {
  readonly id: string;
  /** Place in the order's `productOrderItem`, from 0, in order of arrival. */
  readonly position: number;
  /** The TMF622 ProductOrderItem as it stands, `state` included. */
  readonly doc: JsonObject;
  /** Paths relative to the item (`''`, `/state`, `/product/productCharacteristic/demarc.floor`). */
  readonly provenance: Provenance;
}

/**
 * As much of an effective order as one merge needs, so that its cost is that of the change: the head, the attributes
 * of the order itself, and of the items those that the input touches (`neededItems`) with all that rely on them.
 */
export interface EffectiveOrder {
  readonly orderId: string;
  /** 0: not created yet. */
  readonly revision: number;
  /** Last version of the base order merged, 0 for none. */
  readonly version: number;
  /** Last supplement sequence taken (merged, held or rejected), 0 for none. */
  readonly sequence: number;
  readonly state: OrderState;
  /** The TMF622 document without `productOrderItem` and `state`. */
  readonly attributes: JsonObject;
  /** Provenance of the order's own paths (`''`, `/state`, `/note/1`). */
  readonly provenance: Provenance;
  /** How many top-level items are in each state. */
  readonly counts: Readonly<Partial<Record<ItemState, number>>>;
  /** What all of the order costs. */
  readonly totals: readonly PriceTotal[];
  /** Last sequence taken when the order was confirmed (it was `acknowledged` no more); absent: not yet. */
  readonly sequenceAtConfirmation?: number;
  /** Top-level items by id: those loaded, not necessarily all. */
  readonly items: ReadonlyMap<string, EffectiveItem>;
}

export type RefusalCode =
  | 'order-closed'
  | 'past-point-of-no-return'
  | 'unknown-item'
  | 'duplicate-item'
  | 'item-already-cancelled'
  | 'dependency'
  | 'not-amendable'
  | 'policy';

/** Why something cannot be applied: a stable code, the place, and a sentence that says what to do. */
export interface Problem {
  readonly code: RefusalCode | 'state-transition' | 'conflict';
  readonly path?: string;
  readonly itemId?: string;
  readonly detail: string;
}

/** One fault of shape (a 400): `pointer` is a plain JSON Pointer into the body as it was posted. */
export interface Fault {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** What fulfilment reports of one item. */
export interface ItemProgress {
  readonly id: string;
  readonly state?: ItemState;
  readonly milestone?: string | JsonObject;
  readonly pointOfNoReturn?: boolean;
}

export interface Reason {
  readonly code?: string;
  readonly text?: string;
}

interface InputOf<K extends string> {
  readonly kind: K;
  /** Identity of the amendment, progress report or supplement; for `orderCreated` the order's id. */
  readonly id: string;
  readonly by: string;
  readonly reason?: Reason;
}
export interface OrderCreatedInput extends InputOf<'orderCreated'> {
  readonly version: 1;
  /** The whole TMF622 document, `productOrderItem` and states included. */
  readonly order: JsonObject;
}
export interface AmendmentInput extends InputOf<'amendment'> {
  readonly version: number;
  /** What the amendment changed in the base order. */
  readonly delta: readonly Change[];
  /** Set when the version cancels the whole order (cancelProductOrder): items that supplements added fall with it. */
  readonly cancellation?: { readonly cancellationReason?: string };
  readonly basedOnRevision?: number;
}
export interface ProgressInput extends InputOf<'progress'> {
  readonly version: number;
  readonly items: readonly ItemProgress[];
}
export interface SupplementInput extends InputOf<'supplement'> {
  readonly sequence: number;
  readonly changes: JsonObject;
  readonly basedOnRevision?: number;
  readonly onConflict?: OnConflict;
}
/** One input of the merge: a version of the base order or a supplement, as recorded. */
export type MergeInput = OrderCreatedInput | AmendmentInput | ProgressInput | SupplementInput;

export interface Cause {
  readonly kind: MergeInput['kind'];
  readonly id: string;
  readonly version?: number;
  readonly sequence?: number;
  readonly by: string;
  readonly reason?: Reason;
}

export interface PlanEntry {
  readonly itemId: string;
  readonly action: 'add' | 'change' | 'cancel';
  readonly compensation: 'do' | 'redo' | 'undo' | 'none';
  readonly paths: readonly string[];
}

/** A path that this revision set although its author had not seen what `revision` had put there. */
export interface Overwritten {
  readonly path: string;
  readonly revision: number;
  readonly before?: Json;
}

/** One numbered step of the effective order, kept for ever. */
export interface Revision {
  readonly orderId: string;
  readonly revision: number;
  /** Instant of the merge, RFC 3339 UTC. */
  readonly at: string;
  readonly cause: Cause;
  readonly state: OrderState;
  readonly delta: readonly Change[];
  readonly plan: readonly PlanEntry[];
  /** Where it changed the price. */
  readonly price?: PriceChange;
  readonly overwritten?: readonly Overwritten[];
  readonly notApplied?: readonly Problem[];
}

/** What one input did. `order` is the slice after it; `changedItems` names the items whose rows must be written. */
export type Outcome =
  | { readonly kind: 'revised'; readonly order: EffectiveOrder; readonly revision: Revision; readonly changedItems: readonly string[] }
  | { readonly kind: 'held'; readonly order: EffectiveOrder; readonly problems: readonly Problem[] }
  | { readonly kind: 'rejected'; readonly order: EffectiveOrder; readonly problems: readonly Problem[] };
