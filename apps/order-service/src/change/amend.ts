import type { OrderAmended } from '#contracts';
import { compileChanges, fromDocument, type JsonObject, orderClosed, type Policy, type Problem, type Reason } from '#order-model';
import { advance, type BaseOrder, closedState, type KnownItem, withCancelled } from './base-order.js';
import type { Decision } from './decision.js';

/** An in-place change of the base order: a keyed merge patch (TMF622 PATCH), or a cancellation of it all. */
export interface AmendOrder {
  readonly kind: 'amend';
  readonly id: string;
  readonly orderId: string;
  readonly by: string;
  readonly at: string;
  readonly patch: JsonObject;
  readonly reason?: Reason;
  readonly basedOnRevision?: number;
  /** Version that the caller's `If-Match` names. */
  readonly expectedVersion?: number;
  /** The cancelProductOrder that this version carries out. */
  readonly cancelProductOrder?: { readonly id: string; readonly request: JsonObject };
}

function supplement({ addedBy }: KnownItem): string {
  return addedBy === null ? 'a supplement' : `supplement ${addedBy}`;
}

function saysWhoAdded(base: BaseOrder, problem: Problem): Problem {
  const known = problem.itemId === undefined ? undefined : base.known.get(problem.itemId);
  if (problem.code !== 'unknown-item' || known === undefined) return problem;
  const by = supplement(known);
  return { ...problem, detail: `item ${problem.itemId} is not of the base order: ${by} added it; change it by a supplement` };
}

/** Items that this patch would add although a supplement has added one of that id. */
function takenIds(base: BaseOrder, patch: JsonObject): Problem[] {
  const inBase = new Set(((base.document.productOrderItem ?? []) as JsonObject[]).map(({ id }) => id));
  const items = Array.isArray(patch.productOrderItem) ? (patch.productOrderItem as JsonObject[]) : [];
  return items.flatMap((item): Problem[] => {
    const id = String(item.id);
    const adds = item.intent === 'add' || (item.intent === undefined && item.action !== undefined);
    const known = base.known.get(id);
    if (!adds || inBase.has(item.id as string) || known === undefined) return [];
    const detail = `${supplement(known)} has added an item ${id}; choose another id, or change it by a supplement`;
    return [{ code: 'duplicate-item', itemId: id, detail }];
  });
}

/** Decides on an amendment: `(state, command) → version`. TMF622 PATCH; refusals as in the domain's table. */
export function decideAmendment(base: BaseOrder, command: AmendOrder, policy: Policy): Decision {
  const { expectedVersion, patch } = command;
  if (expectedVersion !== undefined && expectedVersion !== base.version) {
    return { kind: 'stale', version: base.version };
  }
  const state = closedState(base);
  if (state !== undefined) {
    return { kind: 'refused', problems: [orderClosed(state)] };
  }
  const document = withCancelled(base.document, base.known);
  const compiled = compileChanges(fromDocument(base.id, document), patch, policy.pointOfNoReturn);
  const problems = [...compiled.problems.map((problem) => saysWhoAdded(base, problem)), ...takenIds(base, patch)];
  if (problems.length > 0) return { kind: 'refused', problems };

  const version = base.version + 1;
  const { id, orderId, by, at, reason, basedOnRevision } = command;
  const cancellationReason = patch.cancellationReason;
  const cancellation =
    patch.intent === 'cancel' ? { cancellation: typeof cancellationReason === 'string' ? { cancellationReason } : {} } : {};
  const said = {
    id,
    by,
    delta: compiled.changes,
    ...(reason === undefined ? {} : { reason }),
    ...(basedOnRevision === undefined ? {} : { basedOnRevision }),
    ...cancellation,
  };
  const advanced = advance(document, orderId, base.version, { kind: 'amendment', version, ...said }, at, policy);
  const data: OrderAmended = { ...said, orderId, version, at };
  return { kind: 'version', event: { name: 'order.amended', data }, document: advanced.document, reported: [] };
}
