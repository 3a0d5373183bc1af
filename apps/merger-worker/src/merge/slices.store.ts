import type { EntityManager } from 'typeorm';
import { type EffectiveOrder, type MergeInput, type NeededItems, neededItems } from '#order-model';
import { reachesCheckpoint } from './checkpoints.js';
import type { Head } from './heads.store.js';
import { loadItems, loadNested, loadOrders, type WantedItems } from './load.store.js';

/** An order and the inputs that are to be merged into it. */
export interface Pending {
  readonly head: Head;
  readonly inputs: readonly MergeInput[];
}

/** As `Pending`, with what each of its inputs has to be merged with. */
interface Needing extends Pending {
  readonly needs: readonly NeededItems[];
}

function wantedItems(pending: readonly Needing[]): WantedItems {
  const some: { orderId: string; itemId: string }[] = [];
  const all: string[] = [];
  for (const { head, inputs, needs } of pending) {
    if (head.unpriced || needs.some((need) => need.all) || reachesCheckpoint(head.empty, inputs.length)) all.push(head.orderId);
    else for (const itemId of new Set(needs.flatMap(({ ids }) => ids))) some.push({ orderId: head.orderId, itemId });
  }
  return { some, all };
}

/** Ids that no top-level item has and that may name a nested one, to be found by the item that holds it. */
function nestedIds(pending: readonly Needing[], orders: ReadonlyMap<string, EffectiveOrder>): { orderId: string; itemId: string }[] {
  return pending.flatMap(({ head: { orderId }, needs }) => {
    const ids = new Set(needs.flatMap(({ anyDepth }) => anyDepth));
    return [...ids].filter((id) => orders.get(orderId)?.items.has(id) === false).map((itemId) => ({ orderId, itemId }));
  });
}

/** As much of each order as the merge of its inputs looks at, by order id. */
export async function loadSlices(tx: EntityManager, pending: readonly Pending[]): Promise<Map<string, EffectiveOrder>> {
  const needing = pending.map((one): Needing => ({ needs: one.inputs.map(neededItems), ...one }));
  const loading = loadItems(tx, wantedItems(needing));
  const orders = await loadOrders(
    tx,
    pending.map(({ head }) => head),
    loading,
  );
  await loadNested(tx, nestedIds(needing, orders), await loading);
  return orders;
}

/** The whole order behind a head. */
export async function loadWhole(tx: EntityManager, head: Head): Promise<EffectiveOrder> {
  const loading = loadItems(tx, { some: [], all: [head.orderId] });
  return (await loadOrders(tx, [head], loading)).get(head.orderId) ?? head.empty;
}
