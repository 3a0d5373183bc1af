import type { ConfirmChannel } from 'amqplib';
import { type DataSource, In } from 'typeorm';
import { OutboxEntity } from './entities.js';

const EVERY_MS = 100;
const PAGE = 1_000;

/** Publishes the outbox of one service every 100 ms, a message after the other, each confirmed before the next. */
export function relayOutbox(database: DataSource, channel: ConfirmChannel, exchange: string, owner: string): () => Promise<void> {
  const outbox = database.getRepository(OutboxEntity);
  let running: Promise<void> | undefined;
  const relay = async (): Promise<void> => {
    const rows = await outbox.find({ where: { owner }, order: { seq: 'ASC' }, take: PAGE });
    for (const { routingKey, message } of rows) {
      channel.publish(exchange, routingKey, Buffer.from(JSON.stringify(message)), { persistent: true, mandatory: true });
      await channel.waitForConfirms();
    }
    if (rows.length > 0) await outbox.delete({ seq: In(rows.map(({ seq }) => seq)) });
  };
  const timer = setInterval(() => {
    running ??= relay().finally(() => {
      running = undefined;
    });
  }, EVERY_MS);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
