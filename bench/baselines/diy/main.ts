import { Module } from '@nestjs/common';
import { connect } from 'amqplib';
import { DataSource } from 'typeorm';
import { HealthController, serveBaseline } from '../serve.js';
import { ENTITIES } from './entities.js';
import { consumeInputs, OWNER as MERGER } from './merger.js';
import { relayOutbox } from './outbox.js';
import { OWNER as SUPP, SuppController } from './supp.js';

/*
 * What a good team writes in a week: Nest, TypeORM's repositories, a transaction a request, an outbox polled every 100 ms,
 * amqplib with each confirm awaited, a message a transaction in the merger. Durable and correct. Two processes of it:
 * `main.js supp` and `main.js merger`.
 */

const role = process.argv[2] === MERGER ? MERGER : SUPP;
const exchange = `${process.env.SUPPING_PREFIX}diy`;
const database = new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL as string,
  entities: ENTITIES,
  // One of the two makes the tables.
  synchronize: role === SUPP,
  extra: { max: 20 },
});
await database.initialize();
const broker = await connect(process.env.AMQP_URL as string, { noDelay: true });
const [consumed, published] = [await broker.createConfirmChannel(), await broker.createConfirmChannel()];
await consumed.assertExchange(exchange, 'topic', { durable: true });
if (role === MERGER) await consumeInputs(database, consumed, exchange);
const stopRelay = relayOutbox(database, published, exchange, role);

@Module({
  controllers: role === SUPP ? [SuppController, HealthController] : [HealthController],
  providers: [{ provide: DataSource, useValue: database }],
})
class DiyModule {}

await serveBaseline(DiyModule, () => stopRelay().then(() => broker.close()));
