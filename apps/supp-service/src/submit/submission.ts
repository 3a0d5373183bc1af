import type { SupplementRequest } from '#contracts';
import type { JsonText } from '#messaging';
import {
  approvalDue,
  approvalsNeeded,
  chargeDue,
  closed,
  closedPlaces,
  compileChanges,
  fromDocument,
  type ItemState,
  type Json,
  type JsonObject,
  orderClosed,
  type PointOfNoReturn,
  type Policy,
  type Problem,
  policyProblems,
  reasonProblems,
} from '#order-model';
import { factsOf, type Line, stored } from '../line.js';
import { dueOf, type Supplement } from '../supplement.js';

/** Stands for the hash of a body that came with neither an id nor a retry key: no other is a retry of it. */
export const NO_RETRY = '';

/** The command: a supplement at the door. Ids and time come in as values. */
export interface SubmitSupplement {
  readonly id: string;
  /** The id was made for this request: nothing that is stored can have it. */
  readonly freshId?: boolean;
  readonly orderId: string;
  readonly by: string;
  readonly at: string;
  readonly request: SupplementRequest;
  /** The request as JSON. */
  readonly text: JsonText;
  /** Hash of the body, to tell a retry from another supplement under the same id. */
  readonly hash: string;
  /** Id of the merged supplement that this one takes back. */
  readonly reverts?: string;
}

export interface KnownItem {
  readonly state: ItemState;
  readonly pointOfNoReturn: boolean;
}

/** Items as last heard of, of those that a supplement names. */
export type KnownItems = ReadonlyMap<string, KnownItem>;

/** A supplement stored before that this one may be a retry of. */
export interface Earlier {
  readonly id: string;
  readonly orderId: string;
  readonly hash: string;
}

export type Submission =
  | { readonly kind: 'stored'; readonly supplement: Supplement; readonly line: Line }
  | { readonly kind: 'repeated'; readonly id: string }
  | { readonly kind: 'idReused'; readonly id: string }
  | { readonly kind: 'externalIdTaken'; readonly id: string }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/** Refusals that no input the merger knows and we do not can take back: items do not come back, nor leave. */
const CERTAIN: ReadonlySet<Problem['code']> = new Set(['duplicate-item', 'item-already-cancelled', 'past-point-of-no-return']);

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The order items that a supplement's `changes` name at the top level. */
function namedItems(changes: JsonObject): readonly JsonObject[] {
  const items = Object.hasOwn(changes, 'productOrderItem') ? changes.productOrderItem : undefined;
  return Array.isArray(items) ? items.filter(isObject) : [];
}

/** Whether these changes do nothing but amend items that have none within. */
function onlyAmends(changes: JsonObject): boolean {
  if (Object.hasOwn(changes, 'intent')) return false;
  return namedItems(changes).every(
    (item) => !Object.hasOwn(item, 'productOrderItem') && (!Object.hasOwn(item, 'intent') || item.intent === 'amend'),
  );
}

/** An item to look up before a supplement is decided on. */
interface WantedItem {
  readonly itemId: string;
  /** Only if something of it is closed: of one that is just amended nothing else matters. */
  readonly ifClosed: boolean;
}

/** The items to look up for `certainProblems` of these changes. */
export function wantedItems(changes: JsonObject): WantedItem[] {
  const ifClosed = onlyAmends(changes);
  return namedItems(changes).map(({ id }) => ({ itemId: String(id), ifClosed }));
}

/** Whether these changes only amend items of which nothing is known to be closed: there is nothing that could be certain then. */
function amendsOpenItems(items: KnownItems, changes: JsonObject, pointOfNoReturn: PointOfNoReturn): boolean {
  if (!onlyAmends(changes)) return false;
  return namedItems(changes).every(({ id }) => {
    const known = items.get(String(id));
    return known === undefined || closedPlaces({ ...known }, pointOfNoReturn).length === 0;
  });
}

/**
 * Refusals that are certain at the door, by the merge's own rules on the little that is known of the order: an item
 * that is not known may have been added meanwhile, so that only the merger can say that it does not exist.
 * @param items those of `wantedItems` that are known
 */
export function certainProblems(
  { state }: Pick<Line, 'state'>,
  items: KnownItems,
  changes: JsonObject,
  pointOfNoReturn: PointOfNoReturn,
): Problem[] {
  if (state !== undefined && closed(state)) return [orderClosed(state)];
  if (amendsOpenItems(items, changes, pointOfNoReturn)) return [];
  const productOrderItem = [...items].map(([id, item]) => ({ id, state: item.state, pointOfNoReturn: item.pointOfNoReturn }));
  const known = fromDocument('', { productOrderItem });
  return compileChanges(known, changes, pointOfNoReturn).problems.filter(({ code }) => CERTAIN.has(code));
}

/** The supplement as it is stored: waiting where the policy wants an answer first, accepted at the line's end otherwise. */
function admitted(line: Line, { id, orderId, by, at, request, reverts }: SubmitSupplement, policy: Policy): Submission {
  const rules = approvalsNeeded(policy, request);
  const after = stored(line, rules.length > 0);
  const supplement: Supplement = {
    id,
    orderId,
    place: after.lastPlace,
    ...(rules.length > 0 ? { state: 'pendingApproval' } : { state: 'accepted', sequence: after.lastSequence }),
    request,
    submittedAt: at,
    by,
    approvals: rules.map((rule) => ({
      name: rule.name,
      by: rule.by,
      dueDate: approvalDue(rule, request, at),
      onExpiry: rule.onExpiry,
    })),
    ...(reverts === undefined ? {} : { reverts }),
  };
  const { charge } = request;
  if (charge === undefined) return { kind: 'stored', supplement, line: after };
  const asked = dueOf({ ...supplement, approvals: supplement.approvals.filter((one) => one.by === 'customer') });
  const open = { state: 'open' as const, dueDate: asked ?? chargeDue(policy, charge, at) };
  return { kind: 'stored', supplement: { ...supplement, charge: open }, line: after };
}

/**
 * Decides on a supplement at the door: `(state, command) → outcome`.
 * @param earlier stored supplements with the same id, or the same caller's external id on this order.
 */
export function decideSubmission(
  line: Line,
  items: KnownItems,
  earlier: { readonly byId?: Earlier | undefined; readonly byExternalId?: Earlier | undefined },
  command: SubmitSupplement,
  policy: Policy,
): Submission {
  const { byId, byExternalId } = earlier;
  if (byId !== undefined) {
    const same = byId.orderId === command.orderId && byId.hash === command.hash;
    return same ? { kind: 'repeated', id: byId.id } : { kind: 'idReused', id: byId.id };
  }
  if (byExternalId !== undefined) return { kind: 'externalIdTaken', id: byExternalId.id };
  const problems = [
    ...certainProblems(line, items, command.request.changes, policy.pointOfNoReturn),
    ...reasonProblems(policy, command.request.reason),
    ...policyProblems(policy, factsOf(line), command.at),
  ];
  return problems.length > 0 ? { kind: 'refused', problems } : admitted(line, command, policy);
}
