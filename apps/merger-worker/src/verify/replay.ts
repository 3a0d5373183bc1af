import { type EffectiveOrder, type Json, type JsonObject, type Revision, toDocument } from '#order-model';
import { mergeLine } from '../merge/merge-line.js';
import { type Difference, differenceOf } from './difference.js';
import type { RecordedInput, StoredCheckpoint, StoredRevision } from './recorded.store.js';

/** What an order's recorded inputs come to. */
export interface Replayed {
  readonly order: EffectiveOrder;
  /** When its last revision was made, RFC 3339 UTC. */
  readonly updatedAt: string | undefined;
  /** The first revision, or input, that is not as recorded. */
  readonly firstDifference?: Difference;
  /** Checkpoints that are not the document of their revision. */
  readonly checkpoints: readonly Difference[];
}

const nothing = (orderId: string): EffectiveOrder => ({
  orderId,
  revision: 0,
  version: 0,
  sequence: 0,
  state: 'acknowledged',
  attributes: {},
  provenance: {},
  counts: {},
  totals: [],
  items: new Map(),
});

/** A revision as its row should be; of one made before they were recorded, without its instant and price. */
function rowOf(revision: Revision, version: number, stored: StoredRevision | undefined, legacy: boolean): JsonObject {
  const { price: _price, ...unpriced } = revision;
  const body = legacy ? { ...unpriced, at: stored?.at ?? revision.at } : revision;
  return { revision: revision.revision, version, at: body.at, body: body as unknown as Json };
}

/**
 * Merges the recorded inputs of an order again, all of it in memory, each under the policy and at the instant of its
 * time, and holds every revision that this makes, and every checkpoint, against the one that is stored.
 */
export async function replay(
  orderId: string,
  inputs: AsyncIterable<RecordedInput>,
  revisions: AsyncIterator<StoredRevision, undefined>,
  kept: AsyncIterator<StoredCheckpoint, undefined>,
): Promise<Replayed> {
  let order = nothing(orderId);
  let updatedAt: string | undefined;
  let first: Difference | undefined;
  let taken = 0;
  const checkpoints: (Difference | undefined)[] = [];
  let checkpoint = (await kept.next()).value;
  for await (const { ordinal, at, input, pointOfNoReturn, legacy } of inputs) {
    taken += 1;
    if (ordinal !== taken) first ??= { part: 'input', id: String(taken) };
    const merged = mergeLine(order, [input], at, pointOfNoReturn);
    order = merged.order;
    for (const { outcome } of merged.steps) {
      if (outcome.kind !== 'revised') continue;
      const stored = (await revisions.next()).value;
      const row = rowOf(outcome.revision, order.version, stored, legacy);
      updatedAt = row['at'] as string;
      first ??= differenceOf('revision', String(order.revision), stored as JsonObject | undefined, row);
      if (checkpoint?.revision !== order.revision) continue;
      checkpoints.push(differenceOf('checkpoint', String(order.revision), checkpoint.doc, toDocument(order)));
      checkpoint = (await kept.next()).value;
    }
  }
  const extra = (await revisions.next()).value;
  if (extra !== undefined) first ??= differenceOf('revision', String(extra.revision), extra as unknown as JsonObject, undefined);
  for (; checkpoint !== undefined; checkpoint = (await kept.next()).value) {
    checkpoints.push(differenceOf('checkpoint', String(checkpoint.revision), checkpoint.doc, undefined));
  }
  const wrong = checkpoints.filter((difference) => difference !== undefined);
  return { order, updatedAt, checkpoints: wrong, ...(first === undefined ? {} : { firstDifference: first }) };
}
