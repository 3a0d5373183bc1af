import type { EntityManager } from 'typeorm';
import { applyChanges, invert, type JsonObject } from '#order-model';
import { eachRevision, findMoment, type StoredEffectiveOrder } from './effective-orders.store.js';

/**
 * The order as of an earlier revision, from whichever end is nearer: back from the latest by inverted deltas, or
 * forward from nothing.
 */
export async function asOf(
  tx: EntityManager,
  orderId: string,
  latest: StoredEffectiveOrder,
  revision: number,
): Promise<{ order: JsonObject; at: string; version: number }> {
  const back = latest.revision - revision <= revision;
  let order: JsonObject = back ? latest.order : {};
  if (back) {
    for await (const one of eachRevision(tx, orderId, latest.revision, revision + 1)) order = applyChanges(order, invert(one.delta));
  } else {
    for await (const one of eachRevision(tx, orderId, 1, revision)) order = applyChanges(order, one.delta);
  }
  const moment = await findMoment(tx, orderId, revision);
  if (moment === undefined) throw new Error(`revision ${revision} of order ${orderId} is not stored`);
  return { order, ...moment };
}
