import { own } from './json.js';
import { formatPath } from './paths.js';
import type { JsonObject, OrderState, Problem } from './types.js';

type Tokens = readonly string[];
const at = (tokens: Tokens): { path: string } => ({ path: formatPath(tokens) });

export const orderClosed = (state: OrderState): Problem => ({
  code: 'order-closed',
  path: '/state',
  detail: `The order is ${state} and takes no more changes; place a new order instead.`,
});

export const notAmendable = (tokens: Tokens, detail: string, itemId?: string): Problem => ({
  code: 'not-amendable',
  ...at(tokens),
  ...(itemId === undefined ? {} : { itemId }),
  detail,
});

export const assigned = (tokens: Tokens, itemId?: string): Problem =>
  notAmendable(
    tokens,
    `${formatPath(tokens)} is assigned by the system and cannot be set; leave it out, or send it with its present value.`,
    itemId,
  );

export const itemNeverRemoved = (tokens: Tokens, itemId?: string): Problem =>
  notAmendable(tokens, 'Order items are never removed; cancel it instead (intent "cancel").', itemId);

export const unknownItem = (tokens: Tokens, itemId?: string): Problem => ({
  code: 'unknown-item',
  ...at(tokens),
  ...(itemId === undefined ? {} : { itemId }),
  detail:
    itemId === undefined
      ? `An element of ${formatPath(tokens)} names no item; give each its "id".`
      : `The order has no item "${itemId}" at ${formatPath(tokens)}; check the id, or add it with intent "add" and an action.`,
});

export const duplicateItem = (tokens: Tokens, itemId: string): Problem => ({
  code: 'duplicate-item',
  ...at(tokens),
  itemId,
  detail: `The order has an item "${itemId}" already; amend it, or add the new one under another id.`,
});

export const alreadyCancelled = (tokens: Tokens, itemId: string): Problem => ({
  code: 'item-already-cancelled',
  ...at(tokens),
  itemId,
  detail: `Item "${itemId}" is cancelled already; leave it out, or add a new item in its place.`,
});

/** Names the state or flag that put the item past its point of no return, and what may still change. */
export function pastPointOfNoReturn(tokens: Tokens, itemId: string, item: JsonObject): Problem {
  const flagged = own(item, 'pointOfNoReturn') === true;
  const why = flagged ? 'past its point of no return' : String(own(item, 'state'));
  return {
    code: 'past-point-of-no-return',
    ...at(tokens),
    itemId,
    detail: `Item "${itemId}" is ${why}: only its notes and contacts may still change; order the change as a new item.`,
  };
}

export const stillReliedOn = (tokens: Tokens, itemId: string, by: string): Problem => ({
  code: 'dependency',
  ...at(tokens),
  itemId,
  detail: `Item "${itemId}" cannot be cancelled while item "${by}" relies on or bundles it; cancel "${by}" too, or amend its relationship away.`,
});

export const reliesOnUnknown = (tokens: Tokens, itemId: string, target: string): Problem => ({
  code: 'dependency',
  ...at(tokens),
  itemId,
  detail: `Item "${itemId}" relies on or bundles item "${target}", which the order does not have; add that one too, or name another.`,
});

export const reliesOnCancelled = (tokens: Tokens, itemId: string, target: string): Problem => ({
  code: 'dependency',
  ...at(tokens),
  itemId,
  detail: `Item "${itemId}" relies on or bundles item "${target}", which is cancelled; name another, or add a new item in its place.`,
});

export const illegalMove = (tokens: Tokens, itemId: string, from: string, to: string): Problem => ({
  code: 'state-transition',
  ...at(tokens),
  itemId,
  detail: `Item "${itemId}" cannot go from ${from} to ${to}; report a state that TMF622 allows after ${from}.`,
});

export const conflictAt = (path: string, revision: number, seen: number, itemId?: string): Problem => ({
  code: 'conflict',
  path,
  ...(itemId === undefined ? {} : { itemId }),
  detail: `${path} was changed by revision ${revision}, which the author had not seen (based on ${seen}); look at it and send the change again.`,
});

export const refusedByPolicy = (rule: string, detail: string): Problem => ({ code: 'policy', detail: `${rule}: ${detail}.` });
