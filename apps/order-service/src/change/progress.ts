import type { OrderProgressed } from '#contracts';
import { type ItemProgress, illegalMove, itemMoveAllowed, type Policy } from '#order-model';
import { advance, type BaseOrder, withCancelled } from './base-order.js';
import type { Decision, ReportedItem } from './decision.js';

/** What fulfilment reports of an order's items. */
export interface ReportProgress {
  readonly kind: 'progress';
  readonly id: string;
  readonly orderId: string;
  readonly by: string;
  readonly at: string;
  readonly items: readonly ItemProgress[];
  readonly note?: string;
}

/**
 * Decides on a progress report. An item of the base order moves by the item state machine; so does one that a
 * supplement added, from what was last reported or heard of it; one not heard of yet is taken on trust, the merger decides.
 */
export function decideProgress(base: BaseOrder, command: ReportProgress, policy: Policy): Decision {
  const { id, orderId, by, at, items, note } = command;
  const version = base.version + 1;
  const document = withCancelled(base.document, base.known);
  const advanced = advance(document, orderId, base.version, { kind: 'progress', id, version, by, items }, at, policy);
  const elsewhere = new Set(advanced.notApplied.filter(({ code }) => code === 'unknown-item').map(({ itemId }) => itemId));
  const problems = advanced.notApplied.filter(({ code }) => code !== 'unknown-item');
  const reported: ReportedItem[] = [];
  for (const item of items.filter((one) => elsewhere.has(one.id))) {
    const known = base.known.get(item.id);
    const from = known?.state;
    if (from !== undefined && item.state !== undefined && from !== item.state && !itemMoveAllowed(from, item.state)) {
      problems.push(illegalMove(['productOrderItem', item.id, 'state'], item.id, from, item.state));
    }
    const state = item.state ?? from ?? 'acknowledged';
    reported.push({ itemId: item.id, state, pointOfNoReturn: item.pointOfNoReturn ?? known?.pointOfNoReturn ?? false });
  }
  if (problems.length > 0) return { kind: 'impossible', problems };
  const data: OrderProgressed = { id, orderId, version, at, by, items, delta: advanced.delta, ...(note === undefined ? {} : { note }) };
  return { kind: 'version', event: { name: 'order.progressed', data }, document: advanced.document, reported };
}
