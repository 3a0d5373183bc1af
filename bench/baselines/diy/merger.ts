import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { DataSource } from 'typeorm';
import { fromDocument, type JsonObject, merge, type SupplementInput, toDocument, usualPointOfNoReturn } from '#order-model';
import { EffectiveOrderEntity, OutboxEntity, RevisionEntity } from './entities.js';

export const OWNER = 'merger';

/** Sent ahead so that no message waits for the broker; they are merged one after the other all the same. */
const PREFETCH = 20;

interface Message extends JsonObject {
  orderId: string;
  order?: JsonObject;
  sequence: number;
}

/** Merges one message in one transaction: the whole order is read and written, as one JSON document. */
async function mergeOne(database: DataSource, message: Message): Promise<void> {
  const { orderId } = message;
  const at = new Date().toISOString();
  await database.transaction(async (tx) => {
    const orders = tx.getRepository(EffectiveOrderEntity);
    const stored = await orders.findOne({ where: { orderId }, lock: { mode: 'pessimistic_write' } });
    if (message.order !== undefined) {
      if (stored !== null) return;
      await orders.save({ orderId, revision: 1, sequence: 0, document: message.order });
      await tx
        .getRepository(OutboxEntity)
        .insert({ owner: OWNER, routingKey: 'effective-order.revised', message: { orderId, revision: 1 } });
      return;
    }
    if (stored === null) throw new Error(`no order ${orderId}`);
    if (message.sequence <= stored.sequence) return;
    const before = fromDocument(orderId, stored.document as JsonObject, { revision: stored.revision, sequence: stored.sequence });
    const input = { ...message, kind: 'supplement' } as unknown as SupplementInput;
    const outcome = merge(before, input, at, usualPointOfNoReturn);
    const { revision, sequence } = outcome.order;
    await orders.save({ orderId, revision, sequence, document: toDocument(outcome.order) });
    if (outcome.kind !== 'revised') return;
    await tx.getRepository(RevisionEntity).save({ orderId, revision, body: outcome.revision });
    await tx.getRepository(OutboxEntity).save({ owner: OWNER, routingKey: 'effective-order.revised', message: outcome.revision });
  });
}

/** Consumes the merger's queue, a message at a time. */
export async function consumeInputs(database: DataSource, channel: ConfirmChannel, exchange: string): Promise<void> {
  const queue = `${exchange}.merger`;
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-single-active-consumer': true } });
  for (const key of ['order.created', 'supplement.accepted']) await channel.bindQueue(queue, exchange, key);
  await channel.prefetch(PREFETCH);
  let last = Promise.resolve();
  await channel.consume(queue, (message: ConsumeMessage | null) => {
    if (message === null) return;
    last = last.then(async () => {
      await mergeOne(database, JSON.parse(message.content.toString()) as Message);
      channel.ack(message);
    });
  });
}
