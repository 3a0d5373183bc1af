import { cancelNodes, compileInto } from './compile.js';
import { conflictProblems, unseen } from './conflicts.js';
import { type Draft, openDraft, ownerOf } from './draft.js';
import { ITEMS, itemNodes, stateOf } from './items.js';
import { byPosition, fromDocument, toDocument } from './order.js';
import { planOf } from './plan.js';
import { isAlwaysOpen, type PointOfNoReturn, usualPointOfNoReturn } from './point-of-no-return.js';
import { priceChange } from './price.js';
import * as problems from './problems.js';
import { applyProgress } from './progress.js';
import { closed, isItemState, itemMoveAllowed } from './states.js';
import type {
  AmendmentInput,
  Change,
  EffectiveOrder,
  Json,
  JsonObject,
  MergeInput,
  OrderCreatedInput,
  Outcome,
  Overwritten,
  Problem,
  ProgressInput,
  Revision,
  SupplementInput,
} from './types.js';

/** What a revision says beside its delta. */
interface Remarks {
  readonly overwritten?: readonly Overwritten[];
  readonly notApplied?: readonly Problem[];
}

/**
 * Merges one input into an effective order: `(order, input) → outcome`, total (domain.md, "The merge"). A version of
 * the base order is a fact and always makes a revision; what of it cannot apply is in `notApplied`. A supplement is
 * atomic: it makes a revision, is held (conflict), or rejected (refusal).
 * @param order the slice that `neededItems` asks for; the caller sees to the order of the inputs
 * @param at instant of the merge, RFC 3339 UTC
 * @param pointOfNoReturn where it lies, by the deployment's policy
 */
export function merge(
  order: EffectiveOrder,
  input: MergeInput,
  at: string,
  pointOfNoReturn: PointOfNoReturn = usualPointOfNoReturn,
): Outcome {
  switch (input.kind) {
    case 'orderCreated':
      return create(order, input, at, pointOfNoReturn);
    case 'amendment':
      return amend(openDraft(order, pointOfNoReturn), input, at);
    case 'progress':
      return progress(openDraft(order, pointOfNoReturn), input, at);
    case 'supplement':
      return supplement(openDraft(order, pointOfNoReturn), input, at);
    default:
      return input satisfies never;
  }
}

function create(order: EffectiveOrder, input: OrderCreatedInput, at: string, pointOfNoReturn: PointOfNoReturn): Outcome {
  const { orderId, sequence } = order;
  const revision = order.revision + 1;
  const after = fromDocument(orderId, input.order, { revision, version: input.version, sequence });
  const delta: Change[] = [{ path: '', after: toDocument(after) }];
  return revised(order, { ...after, revision }, input, at, delta, [...after.items.keys()], {}, pointOfNoReturn);
}

function amend(draft: Draft, input: AmendmentInput, at: string): Outcome {
  const { order } = draft;
  const notApplied: Problem[] = [];
  if (closed(order.state)) notApplied.push(problems.orderClosed(order.state));
  else {
    for (const { path, after } of input.delta) {
      const { itemId: id, tokens } = ownerOf(path);
      const problem = id === undefined ? undefined : obstacle(draft, id, tokens, after);
      if (problem === undefined) draft.place(id === undefined ? tokens : [ITEMS, id, ...tokens], after);
      else notApplied.push(problem);
    }
    if (input.cancellation !== undefined) cancelRest(draft, notApplied);
  }
  const overwritten = unseen(order, draft.changes, input.basedOnRevision);
  return finish(draft, { ...input, sequence: order.sequence }, at, { overwritten, notApplied });
}

/** Why a change that the base took cannot apply in the effective order, seen as it was before the amendment. */
function obstacle({ order, pointOfNoReturn }: Draft, id: string, below: readonly string[], after: Json | undefined): Problem | undefined {
  const tokens = [ITEMS, id, ...below];
  const doc = order.items.get(id)?.doc;
  const nodes = doc === undefined ? [] : itemNodes(doc, [ITEMS, id]);
  const there = nodes.filter((node) => node.tokens.every((token, at) => token === tokens[at]));
  const named = itemsNamed(tokens);
  const innermost = named.at(-1) as string;
  const isItem = named.length * 2 === tokens.length;
  const missing = named[there.length];
  if (missing !== undefined && !(isItem && there.length === named.length - 1)) return problems.unknownItem(tokens, missing);
  if (isItem && after === undefined) return problems.itemNeverRemoved(tokens, innermost);
  if (isItem && missing === undefined) return problems.duplicateItem(tokens, innermost);
  if (isAlwaysOpen(tokens, pointOfNoReturn)) return undefined;
  const cancelled = there.find((node) => stateOf(node.doc) === 'cancelled');
  if (cancelled !== undefined) return problems.alreadyCancelled(tokens, cancelled.id);
  const holder = there.at(-1);
  if (holder?.tokens.length !== tokens.length - 1 || below.at(-1) !== 'state' || !isItemState(after)) return undefined;
  const from = stateOf(holder.doc);
  return itemMoveAllowed(from, after) ? undefined : problems.illegalMove(tokens, holder.id, from, after);
}

/** Ids of the items that a path leads through, itself too where it is one, the outermost first. */
function itemsNamed(tokens: readonly string[]): string[] {
  const ids: string[] = [];
  for (let at = 0; tokens[at] === ITEMS && at + 1 < tokens.length; at += 2) ids.push(tokens[at + 1] as string);
  return ids;
}

/** The cancellation of a whole order takes the items with it that supplements added. */
function cancelRest(draft: Draft, notApplied: Problem[]): void {
  for (const { id } of byPosition(draft.order)) {
    const doc = draft.item(id) as JsonObject;
    const state = stateOf(doc);
    if (state !== 'cancelled' && state !== 'rejected') cancelNodes(draft, [ITEMS, id], doc, notApplied);
  }
}

function progress(draft: Draft, input: ProgressInput, at: string): Outcome {
  const notApplied = applyProgress(draft, input.items);
  return finish(draft, { ...input, sequence: draft.order.sequence }, at, { notApplied });
}

function supplement(draft: Draft, input: SupplementInput, at: string): Outcome {
  const { order } = draft;
  const taken = { ...order, sequence: input.sequence };
  if (closed(order.state)) return { kind: 'rejected', order: taken, problems: [problems.orderClosed(order.state)] };
  const refused = compileInto(draft, input.changes);
  if (refused.length > 0) return { kind: 'rejected', order: taken, problems: refused };
  const { onConflict = 'hold' } = input;
  const overwritten = unseen(order, draft.changes, input.basedOnRevision);
  if (overwritten.length > 0 && onConflict !== 'overwrite') {
    const found = conflictProblems(overwritten, input.basedOnRevision as number);
    return { kind: onConflict === 'hold' ? 'held' : 'rejected', order: taken, problems: found };
  }
  return finish(draft, Object.assign({}, input, { version: order.version }), at, { overwritten });
}

function finish(draft: Draft, input: MergeInput & { version: number; sequence: number }, at: string, remarks: Remarks): Outcome {
  const { order, delta, changedItems } = draft.finish(draft.order.revision + 1);
  const { version, sequence } = input;
  return revised(draft.order, { ...order, version, sequence }, input, at, delta, changedItems, remarks, draft.pointOfNoReturn);
}

function revised(
  before: EffectiveOrder,
  order: EffectiveOrder,
  input: MergeInput,
  at: string,
  delta: Change[],
  changedItems: string[],
  { overwritten = [], notApplied = [] }: Remarks,
  pointOfNoReturn: PointOfNoReturn,
): Outcome {
  const { kind, id, by, reason } = input;
  const place = input.kind === 'supplement' ? { sequence: input.sequence } : { version: input.version };
  const price = priceChange(before.totals, order.totals);
  const revision: Revision = {
    orderId: order.orderId,
    revision: order.revision,
    at,
    cause: { kind, id, ...place, by, ...(reason === undefined ? {} : { reason }) },
    state: order.state,
    delta,
    plan: planOf(before, order, kind, delta, pointOfNoReturn),
    ...(price === undefined ? {} : { price }),
    ...(overwritten.length === 0 ? {} : { overwritten }),
    ...(notApplied.length === 0 ? {} : { notApplied }),
  };
  const confirmed = before.sequenceAtConfirmation ?? (order.state === 'acknowledged' ? undefined : order.sequence);
  const after = confirmed === undefined ? order : { ...order, sequenceAtConfirmation: confirmed };
  return { kind: 'revised', order: after, revision, changedItems };
}
