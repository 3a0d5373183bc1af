import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type CloudEvent, OutboxRelay, outboxWrite, Topology, type WrittenRow } from '#messaging';
import type { EffectiveOrder, Policy } from '#order-model';
import { commitWith, type Ending, POLICY } from '#platform';
import { SCHEMA } from '../schema.js';
import { type Head, instantOfMerge, lockHeads } from './heads.store.js';
import { type Arrival, type LinePlan, planLine } from './input-line.js';
import { arrivalOf } from './inputs.js';
import { loadWaiting } from './load.store.js';
import { mergeLine } from './merge-line.js';
import { eventsOfBatch } from './outbound.js';
import { type RecordedPolicy, recordedPolicy } from './recorded-policy.js';
import { type OrderWrite, saveStatements } from './save.store.js';
import { loadSlices } from './slices.store.js';

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

/** Merges an order's ready inputs: pure but for the instant it is given. */
function mergeReady({ head, ready, parked, stillWaiting }: Work, before: EffectiveOrder, now: string, policy: RecordedPolicy): OrderWrite {
  const at = instantOfMerge(head, now);
  const inputs = ready.map(({ input }) => input);
  return { before, ...mergeLine(before, inputs, at, policy.pointOfNoReturn), parked, waiting: stillWaiting + parked.length, at };
}

/** The one sequencer of effective orders. */
@Injectable()
export class MergeService {
  private readonly policy: RecordedPolicy;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(Topology) private readonly topology: Topology,
    @Inject(POLICY) policy: Policy,
  ) {
    this.policy = recordedPolicy(policy);
  }

  /**
   * Merges a batch of one shard's events in one transaction: lock the heads, see what is ready, load what it touches,
   * merge, and write, with the outbox and the COMMIT in one piece. Throws what PostgreSQL threw; the batch stays unacknowledged then.
   */
  async merge(events: readonly CloudEvent[]): Promise<void> {
    const arrivals = events.map(arrivalOf).filter((arrival) => arrival !== undefined);
    if (arrivals.length === 0) return;
    this.relay.nudge(await commitWith(this.database, (tx) => this.mergeBatch(tx, byOrder(arrivals))));
  }

  private async mergeBatch(tx: EntityManager, arrived: Map<string, Arrival['input'][]>): Promise<Ending<readonly WrittenRow[]>> {
    const heads = await lockHeads(tx, [...arrived.keys()]);
    const now = new Date().toISOString();
    const waiting = await loadWaiting(
      tx,
      heads.filter((head) => head.waiting > 0).map(({ orderId }) => orderId),
    );
    const work: Work[] = heads.map((head) => ({
      head,
      ...planLine(head, waiting.get(head.orderId) ?? [], arrived.get(head.orderId) ?? []),
    }));
    const busy = work.filter(({ ready }) => ready.length > 0);
    const orders = await loadSlices(
      tx,
      busy.map(({ head, ready }) => ({ head, inputs: ready.map(({ input }) => input) })),
    );
    const writes = work
      .filter(({ ready, parked }) => ready.length > 0 || parked.length > 0)
      .map((one) => mergeReady(one, orders.get(one.head.orderId) ?? one.head.empty, now, this.policy));
    // Made here, sent by whoever commits: nothing else of the batch has to stay in memory while PostgreSQL writes it.
    const { statement, rows } = outboxWrite(SCHEMA, eventsOfBatch(writes), this.topology);
    return { result: rows, last: [...saveStatements(writes, this.policy), statement] };
  }
}
