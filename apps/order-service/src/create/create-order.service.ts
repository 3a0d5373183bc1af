import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type CloudEvent, JsonText, OutboxRelay, outboxWrite, Topology, type WrittenRow } from '#messaging';
import type { JsonObject } from '#order-model';
import {
  commitWith,
  type Ending,
  GroupCommit,
  keyReused,
  type Remembered,
  recallKeys,
  rememberKeysStatement,
  restAfterMany,
  type Settled,
} from '#platform';
import { SCHEMA } from '../schema.js';
import { versionEvent } from '../version-event.js';
import { KEEP_FIRST_VERSIONS, ordersStatement } from './create-order.store.js';
import { newOrder } from './new-order.js';

export interface CreateOrder {
  readonly id: string;
  readonly by: string;
  readonly at: string;
  readonly body: JsonObject;
  readonly retry: { readonly key: string; readonly hash: string } | undefined;
}

/** The order stored; without the text of its document when an earlier request stored it. */
export interface Created {
  readonly id: string;
  readonly document?: JsonText;
}

const SCOPE = 'productOrder';

/** What a group came to: an answer for each request, and what is told of them. */
interface Stored {
  readonly results: readonly Settled<Created>[];
  readonly rows: readonly WrittenRow[];
}

@Injectable()
export class CreateOrderService {
  private readonly group = new GroupCommit<CreateOrder, Created>((commands) => this.commit(commands), { restMs: restAfterMany });

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(Topology) private readonly topology: Topology,
  ) {}

  /** Stores a base order as version 1, or says which one the first request with this retry key made. */
  create(command: CreateOrder): Promise<Created> {
    return this.group.submit(command);
  }

  private async commit(commands: readonly CreateOrder[]): Promise<readonly Settled<Created>[]> {
    const { results, rows } = await commitWith(this.database, (tx) => this.storeAll(tx, commands));
    this.relay.nudge(rows);
    return results;
  }

  private async storeAll(tx: EntityManager, commands: readonly CreateOrder[]): Promise<Ending<Stored>> {
    const wanted = commands.flatMap(({ retry }) => (retry === undefined ? [] : [{ scope: SCOPE, key: retry.key }]));
    const known = new Map((await recallKeys(tx, SCHEMA, wanted)).map((row) => [row.key, row]));
    const created: JsonObject[] = [];
    const told: CloudEvent[] = [];
    const remembered: Remembered[] = [];
    const results = commands.map(({ id, by, at, body, retry }): Settled<Created> => {
      const memory = retry === undefined ? undefined : known.get(retry.key);
      if (memory !== undefined && memory.hash !== retry?.hash) return { error: keyReused('this Idempotency-Key') };
      if (memory !== undefined) return { ok: { id: memory.answer } };
      const order = newOrder(id, at, body);
      const document = JsonText.of(order);
      const version = { orderId: id, version: 1, at, by } as const;
      created.push(order);
      told.push({ ...versionEvent('order.created', { order, ...version }), data: JsonText.with(version, 'order', document) });
      if (retry !== undefined) {
        const memo = { scope: SCOPE, key: retry.key, hash: retry.hash, answer: id };
        remembered.push(memo);
        known.set(retry.key, memo);
      }
      return { ok: { id, document } };
    });
    const { statement, rows } = outboxWrite(SCHEMA, told, this.topology, KEEP_FIRST_VERSIONS);
    const last = [ordersStatement(created), rememberKeysStatement(SCHEMA, remembered), statement];
    return { result: { results, rows }, last };
  }
}
