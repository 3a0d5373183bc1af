import { expect, test } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, RpcException } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import {
  appendToOutbox,
  type CloudEvent,
  createStrategy,
  MessagingModule,
  NoReplyError,
  OutboxRelay,
  RabbitMqClient,
  RequestFailedError,
  Subscription,
  Topology,
} from '#messaging';
import { dropTopology, eventually, testAmqpUrl, testTopology, withDatabase } from '#testing';
import { eventOf } from './events.js';
import { migrate, SCHEMA } from './fixtures.js';

const database = withDatabase(migrate);
const received: CloudEvent[] = [];
let release: (found: { found: string }) => void = () => undefined;
const released = new Promise<{ found: string }>((resolve) => {
  release = resolve;
});

@Controller()
class ThingsConsumer {
  @Subscription('reader', { types: ['thing.*'], batch: 50 })
  async onThings(events: CloudEvent[]): Promise<void> {
    received.push(...events);
  }

  @MessagePattern('thing.resend')
  async resend(request: { id: string }): Promise<{ found: string }> {
    if (request.id === 'none') throw new RpcException({ message: 'no such thing', code: 'unknown' });
    if (request.id === 'never') return released;
    return { found: request.id };
  }
}

test('a Nest application publishes from its outbox, consumes in batches, asks and answers, and ends cleanly', async () => {
  const topology = testTopology();
  @Module({
    imports: [
      TypeOrmModule.forRoot({ type: 'postgres', url: database.url }),
      MessagingModule.forRoot({ amqpUrl: testAmqpUrl(), prefix: topology.prefix, shards: 2, name: 'test', schema: SCHEMA, failFast: true }),
    ],
    controllers: [ThingsConsumer],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
  try {
    app.connectMicroservice({ strategy: createStrategy(app) });
    await app.startAllMicroservices();
    await app.init();
    const sent = [eventOf('a', 1), eventOf('b', 1), eventOf('a', 2, { traceparent: '00-1-2-01', data: { text: 'Zürich' } })];
    await app.get(DataSource).transaction((tx) => appendToOutbox(tx, SCHEMA, sent, app.get(Topology)));
    app.get(OutboxRelay).nudge();
    await eventually(() => expect(received.filter((event) => event.subject === 'a')).toEqual([sent[0], sent[2]]));
    await eventually(() => expect(received).toHaveLength(3));
    await eventually(async () =>
      expect(await app.get(OutboxRelay).status()).toMatchObject({ rows: 0, leading: true, inFlight: 0, heldSubjects: 0 }),
    );

    const client = app.get(RabbitMqClient);
    expect(await client.request('thing.resend', { id: 'x' }, 5_000)).toEqual({ found: 'x' });
    const refused = await client.request('thing.resend', { id: 'none' }, 5_000).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RequestFailedError);
    expect((refused as RequestFailedError).failure).toEqual({ message: 'no such thing', code: 'unknown' });
    await expect(client.request('thing.resend', { id: 'never' }, 50)).rejects.toThrow('No reply to thing.resend within 50 ms.');
    release({ found: 'late' });
    const unserved = await client.request('nobody.serves', {}, 5_000).catch((error: unknown) => error);
    expect(unserved).toBeInstanceOf(NoReplyError);
    expect((unserved as Error).message).toBe(`Nobody serves ${topology.rpcQueue('nobody.serves')}.`);
  } finally {
    await app.close();
    await dropTopology(topology, { subscriptions: ['reader'], rpc: ['thing.resend'] });
  }
}, 30_000);
