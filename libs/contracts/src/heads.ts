import type { ItemState, OrderState } from '#order-model';
import type { EffectiveOrderRevised } from './effective-orders.js';

/** The newest head of an order that a batch of events tells of. */
export interface HeadNews {
  readonly orderId: string;
  readonly revision: number;
  readonly state: OrderState;
}
/** The newest state of an item; `addedBy` is the supplement that brought it in, where the batch holds that revision. */
export interface ItemNews {
  readonly orderId: string;
  readonly itemId: string;
  readonly revision: number;
  readonly state: ItemState;
  readonly pointOfNoReturn: boolean;
  readonly addedBy: string | null;
}

/**
 * What both owners keep of each order: folds a batch of `effective-order.revised`, in any order and with any
 * repetition, into the newest head per order and the newest state per item, each list sorted by its key.
 */
export function newestHeads(events: readonly EffectiveOrderRevised[]): { heads: HeadNews[]; items: ItemNews[] } {
  const heads = new Map<string, HeadNews>();
  const items = new Map<string, ItemNews>();
  for (const event of [...events].sort((a, b) => a.revision - b.revision)) {
    const { orderId, revision, state } = event;
    heads.set(orderId, { orderId, revision, state });
    const adds = event.cause.kind === 'supplement' ? event.plan.filter(({ action }) => action === 'add') : [];
    const added = new Set(adds.map(({ itemId }) => itemId));
    for (const { id: itemId, state: itemState, pointOfNoReturn } of event.items) {
      const key = JSON.stringify([orderId, itemId]);
      const addedBy = added.has(itemId) ? event.cause.id : (items.get(key)?.addedBy ?? null);
      items.set(key, { orderId, itemId, revision, state: itemState, pointOfNoReturn, addedBy });
    }
  }
  const sorted = <T>(map: Map<string, T>): T[] => [...map.keys()].sort().map((key) => map.get(key) as T);
  return { heads: sorted(heads), items: sorted(items) };
}
