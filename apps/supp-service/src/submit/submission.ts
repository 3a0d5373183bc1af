import type { SupplementAccepted, SupplementRequest } from '#contracts';
import {
  closed,
  compileChanges,
  fromDocument,
  type ItemState,
  type Json,
  type JsonObject,
  type OrderState,
  orderClosed,
  type Problem,
} from '#order-model';

/** The command: a supplement at the door. Ids and time come in as values. */
export interface SubmitSupplement {
  readonly id: string;
  readonly orderId: string;
  readonly by: string;
  readonly at: string;
  readonly request: SupplementRequest;
  /** Hash of the body, to tell a retry from another supplement under the same id. */
  readonly hash: string;
}

export interface KnownItem {
  readonly state: ItemState;
  readonly pointOfNoReturn: boolean;
}

/** What supp-service holds of the order when it decides. */
export interface OrderLine {
  readonly lastSequence: number;
  /** As last heard of; `undefined` where no revision was heard of yet. */
  readonly state: OrderState | undefined;
  /** Items as last heard of, of those that the supplement names. */
  readonly items: ReadonlyMap<string, KnownItem>;
}

/** A supplement stored before that this one may be a retry of. */
export interface Earlier {
  readonly id: string;
  readonly orderId: string;
  readonly hash: string;
}

export type Submission =
  | { readonly kind: 'accepted'; readonly supplement: SupplementAccepted }
  | { readonly kind: 'repeated'; readonly id: string }
  | { readonly kind: 'idReused'; readonly id: string }
  | { readonly kind: 'externalIdTaken'; readonly id: string }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/** Refusals that no input the merger knows and we do not can take back: items do not come back, nor leave. */
const CERTAIN: ReadonlySet<Problem['code']> = new Set(['duplicate-item', 'item-already-cancelled', 'past-point-of-no-return']);

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Ids of the order items that a supplement's `changes` name at the top level. */
export function namedItems(changes: JsonObject): readonly JsonObject[] {
  const items = Object.hasOwn(changes, 'productOrderItem') ? changes.productOrderItem : undefined;
  return Array.isArray(items) ? items.filter(isObject) : [];
}

/**
 * Refusals that are certain at the door, by the merge's own rules on the little that is known of the order: an item
 * that is not known may have been added meanwhile, so that only the merger can say that it does not exist.
 */
export function certainProblems(line: OrderLine, changes: JsonObject): Problem[] {
  if (line.state !== undefined && closed(line.state)) return [orderClosed(line.state)];
  const productOrderItem = [...line.items].map(([id, { state, pointOfNoReturn }]) => ({ id, state, pointOfNoReturn }));
  const known = fromDocument('', { productOrderItem });
  return compileChanges(known, changes).problems.filter(({ code }) => CERTAIN.has(code));
}

/**
 * Decides on a supplement at the door: `(state, command) → outcome`.
 * @param earlier stored supplements with the same id, or the same caller's external id on this order.
 */
export function decideSubmission(
  line: OrderLine,
  earlier: { readonly byId?: Earlier | undefined; readonly byExternalId?: Earlier | undefined },
  command: SubmitSupplement,
): Submission {
  const { byId, byExternalId } = earlier;
  if (byId !== undefined) {
    const same = byId.orderId === command.orderId && byId.hash === command.hash;
    return same ? { kind: 'repeated', id: byId.id } : { kind: 'idReused', id: byId.id };
  }
  if (byExternalId !== undefined) return { kind: 'externalIdTaken', id: byExternalId.id };
  const problems = certainProblems(line, command.request.changes);
  if (problems.length > 0) return { kind: 'refused', problems };
  const { id, orderId, by, at, request } = command;
  return {
    kind: 'accepted',
    supplement: { ...request, id, orderId, sequence: line.lastSequence + 1, submittedAt: at, by },
  };
}
