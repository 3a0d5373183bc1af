import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { appendToOutbox, type CloudEvent, OutboxRelay, Topology } from '#messaging';
import { type EffectiveOrder, merge, neededItems, type Policy } from '#order-model';
import { POLICY } from '#platform';
import { SCHEMA } from '../schema.js';
import { type Arrival, type LinePlan, planLine } from './input-line.js';
import { arrivalOf } from './inputs.js';
import { type Head, loadItems, loadNested, loadOrders, loadWaiting, lockHeads, type WantedItems } from './load.store.js';
import { eventsOf } from './outbound.js';
import { type OrderWrite, save } from './save.store.js';

interface Work extends LinePlan {
  readonly head: Head;
}

function byOrder(arrivals: readonly Arrival[]): Map<string, Arrival['input'][]> {
  const orders = new Map<string, Arrival['input'][]>();
  for (const { orderId, input } of arrivals) {
    const line = orders.get(orderId);
    if (line === undefined) orders.set(orderId, [input]);
    else line.push(input);
  }
  return orders;
}

function wantedItems(work: readonly Work[]): WantedItems {
  const some: { orderId: string; itemId: string }[] = [];
  const all: string[] = [];
  for (const { head, ready } of work) {
    const needs = ready.map(({ input }) => neededItems(input));
    if (needs.some((need) => need.all)) all.push(head.orderId);
    else for (const itemId of new Set(needs.flatMap(({ ids }) => ids))) some.push({ orderId: head.orderId, itemId });
  }
  return { some, all };
}

/** Ids that no top-level item has and that may name a nested one, to be found by the item that holds it. */
function nestedIds(work: readonly Work[], orders: ReadonlyMap<string, EffectiveOrder>): { orderId: string; itemId: string }[] {
  return work.flatMap(({ head: { orderId }, ready }) => {
    const ids = new Set(ready.flatMap(({ input }) => neededItems(input).anyDepth));
    return [...ids].filter((id) => orders.get(orderId)?.items.has(id) === false).map((itemId) => ({ orderId, itemId }));
  });
}

/** Merges an order's ready inputs one after the other: pure but for the instant it is given. */
function mergeAll({ ready, parked, stillWaiting }: Work, before: EffectiveOrder, at: string, { pointOfNoReturn }: Policy): OrderWrite {
  let order = before;
  const steps = ready.map(({ input, stored }) => {
    const outcome = merge(order, input, at, pointOfNoReturn);
    order = outcome.order;
    return { input, stored, outcome, ordinal: order.version + order.sequence };
  });
  return { before, order, steps, parked, waiting: stillWaiting + parked.length };
}

/** The one sequencer of effective orders. */
@Injectable()
export class MergeService {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(Topology) private readonly topology: Topology,
    @Inject(POLICY) private readonly policy: Policy,
  ) {}

  /**
   * Merges a batch of one shard's events in one transaction: lock the heads, see what is ready, load what it touches,
   * merge, write, append to the outbox. Throws what PostgreSQL threw; the batch stays unacknowledged then.
   */
  async merge(events: readonly CloudEvent[]): Promise<void> {
    const arrivals = events.map(arrivalOf).filter((arrival) => arrival !== undefined);
    if (arrivals.length === 0) return;
    await this.database.transaction((tx) => this.mergeBatch(tx, byOrder(arrivals), new Date().toISOString()));
    this.relay.nudge();
  }

  private async mergeBatch(tx: EntityManager, arrived: Map<string, Arrival['input'][]>, at: string): Promise<void> {
    const heads = await lockHeads(tx, [...arrived.keys()]);
    const waiting = await loadWaiting(
      tx,
      heads.filter((head) => head.waiting > 0).map(({ orderId }) => orderId),
    );
    const work: Work[] = heads.map((head) => ({
      head,
      ...planLine(head, waiting.get(head.orderId) ?? [], arrived.get(head.orderId) ?? []),
    }));
    const busy = work.filter(({ ready }) => ready.length > 0);
    const items = await loadItems(tx, wantedItems(busy));
    const orders = await loadOrders(
      tx,
      busy.map(({ head }) => head),
      items,
    );
    await loadNested(tx, nestedIds(busy, orders), items);

    const writes = work
      .filter(({ ready, parked }) => ready.length > 0 || parked.length > 0)
      .map((one) => mergeAll(one, orders.get(one.head.orderId) ?? one.head.empty, at, this.policy));
    await save(tx, writes, at);
    const told = writes.flatMap(({ steps }) => steps.flatMap(({ input, outcome }) => eventsOf(input, outcome, at)));
    await appendToOutbox(tx, SCHEMA, told, this.topology);
  }
}
