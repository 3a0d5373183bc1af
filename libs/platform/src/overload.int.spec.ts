import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Inject, Module, Param, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { appendToOutbox, MessagingModule, OutboxRelay, outboxTable, outboxTableSql, Topology } from '#messaging';
import { dropTopology, eventually, type TcpProxy, tcpProxy, testAmqpUrl, testTopology, withDatabase } from '#testing';
import { BACKLOG_OPTIONS, Backlog } from './backlog.js';
import { DatabaseModule } from './database.module.js';
import { type Door, watchDoor } from './door.js';
import { createHttpApplication } from './http.js';
import { OperationsController } from './operations.controller.js';
import { OutboxController } from './outbox.controller.js';

const SCHEMA = 'writer';
const LIMIT = 5;
const LONG = { timeoutMs: 30_000 };
const database = withDatabase(async (url) => {
  const source = await new DataSource({ type: 'postgres', url }).initialize();
  await source.query(`CREATE SCHEMA ${SCHEMA}; ${outboxTableSql(SCHEMA)}`);
  await source.destroy();
});

let written = 0;
/** Held by a test that lets nothing be answered meanwhile. */
let gate: Promise<void> = Promise.resolve();

@Controller()
class ThingsController {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(Topology) private readonly topology: Topology,
  ) {}

  @Post('things')
  async write(@Body() _body: unknown): Promise<{ written: number }> {
    await gate;
    const event = { id: `thing-${++written}`, source: '/writer', type: 'io.supping.thing.changed.v1', subject: 'a', sequence: written };
    const whole = { ...event, time: new Date().toISOString(), partitionkey: 'a', data: {} };
    await this.source.transaction((tx) => appendToOutbox(tx, SCHEMA, [whole], this.topology));
    this.relay.nudge();
    return { written };
  }

  @Post('things/:id/preview')
  preview(@Param('id') id: string): { id: string } {
    return { id };
  }

  @Post('admin/things')
  repair(): { repaired: true } {
    return { repaired: true };
  }

  @Get('things')
  read(): { items: [] } {
    return { items: [] };
  }
}

let proxy: TcpProxy;
let source: DataSource;
let topology: Topology;
let app: NestFastifyApplication;
let door: Door;
let origin = '';

beforeAll(async () => {
  const broker = new URL(testAmqpUrl());
  proxy = await tcpProxy(broker.hostname, Number(broker.port || 5672));
  source = await new DataSource({ type: 'postgres', url: database.url }).initialize();
});
afterAll(async () => {
  await proxy.close();
  await source.destroy();
});
beforeEach(async () => {
  topology = testTopology(1);
  const amqpUrl = new URL(testAmqpUrl());
  amqpUrl.host = `${proxy.host}:${proxy.port}`;
  const messaging = { amqpUrl: amqpUrl.href, prefix: topology.prefix, shards: 1, name: 'test', schema: SCHEMA, unheard: ['thing.changed'] };
  @Module({
    imports: [DatabaseModule.forRoot(source), MessagingModule.forRoot(messaging)],
    controllers: [ThingsController, OperationsController, OutboxController],
    providers: [Backlog, { provide: BACKLOG_OPTIONS, useValue: { limit: LIMIT, everyMs: 20 } }],
  })
  class AppModule {}
  app = await createHttpApplication(AppModule, 1_000, false);
  const backlog = app.get(Backlog);
  door = watchDoor(app, { backlog, bodiesLimit: 2_000, bodyLimit: 1_000, storesNothing: ['/things/:id/preview'] });
  await app.listen(0, '127.0.0.1');
  origin = await app.getUrl();
});
afterEach(async () => {
  proxy.resume();
  await app.close();
  await dropTopology(topology);
  await source.query(`TRUNCATE ${outboxTable(SCHEMA)}`);
});

async function send(method: string, path: string, body?: string): Promise<{ status: number; retryAfter: string | null; body: unknown }> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(origin + path, { method, ...(body === undefined ? {} : { body, headers }) });
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: await answer.json() };
}

describe('a service whose events do not go out', () => {
  it.each([
    ['is away', () => proxy.refuse()],
    ['has gone silent', () => proxy.blackHole()],
  ])(
    'since the broker %s, turns writers away once its outbox is full, goes on reading, and takes them again when it is back',
    async (_how, spoil) => {
      await eventually(async () => expect((await send('GET', '/health/ready')).body).toMatchObject({ broker: { publish: 'up' } }));
      expect((await send('POST', '/things', '{}')).status).toBe(201);
      spoil();
      const refused = await eventually(async () => {
        const answer = await send('POST', '/things', '{}');
        expect(answer.status).toBe(503);
        return answer;
      }, LONG);
      expect(refused).toMatchObject({
        retryAfter: '1',
        body: { title: 'Unavailable', detail: expect.stringContaining('nothing was stored') },
      });
      const [stored] = await source.query<{ rows: string }[]>(`SELECT count(*) AS rows FROM ${outboxTable(SCHEMA)}`);
      expect(Number(stored?.rows)).toBeGreaterThanOrEqual(LIMIT);
      expect((await send('GET', '/things')).status).toBe(200);
      expect((await send('GET', '/health/ready')).status).toBe(200);
      expect((await send('POST', '/things/1/preview', '{}')).status).toBe(201);
      expect((await send('POST', '/admin/things', '{}')).status).toBe(201);
      expect(door.turnedAway).toEqual({ outbox: expect.any(Number), bodies: 0 });
      proxy.resume();
      await eventually(async () => expect((await send('POST', '/things', '{}')).status).toBe(201), LONG);
      await eventually(async () => expect(await source.query(`SELECT FROM ${outboxTable(SCHEMA)}`)).toEqual([]), LONG);
    },
    90_000,
  );
});

describe('a service whose writers wait', () => {
  it('reads no more bodies than it can hold, and takes new ones once the first are answered', async () => {
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const body = JSON.stringify({ text: 'x'.repeat(700) });
    const waiting = [send('POST', '/things', body), send('POST', '/things', body)];
    await eventually(() => expect(door.bytesInHand).toBe(2 * body.length));
    expect(await send('POST', '/things', body)).toMatchObject({ status: 503, retryAfter: '1' });
    expect((await send('GET', '/things')).status).toBe(200);
    open();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([201, 201]);
    await eventually(() => expect(door.bytesInHand).toBe(0));
    expect((await send('POST', '/things', body)).status).toBe(201);
  });

  it('counts no longer what a caller who hung up had sent', async () => {
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const hangUp = new AbortController();
    const headers = { 'content-type': 'application/json' };
    const sent = fetch(`${origin}/things`, { method: 'POST', body: '{"a":1}', headers, signal: hangUp.signal }).catch(() => undefined);
    await eventually(() => expect(door.bytesInHand).toBe(7));
    hangUp.abort();
    await sent;
    await eventually(() => expect(door.bytesInHand).toBe(0));
    open();
  });
});
