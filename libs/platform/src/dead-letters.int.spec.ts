import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { DataSource } from 'typeorm';
import { type CloudEvent, createStrategy, MessagingModule, outboxTableSql, Subscription, Topology, toAmqp } from '#messaging';
import { dropTopology, eventually, type TcpProxy, tcpProxy, testAmqpUrl, testTopology, withDatabase } from '#testing';
import { DatabaseModule } from './database.module.js';
import { deadLetterTablesSql } from './dead-letter.store.js';
import { DeadLettersService, SCHEMA_OF_SERVICE } from './dead-letters.service.js';
import { createHttpApplication } from './http.js';
import { OPERATOR_CONTROLLERS } from './operators.js';

const SCHEMA = 'reader';
const database = withDatabase(async (url) => {
  const source = await new DataSource({ type: 'postgres', url }).initialize();
  await source.query(`CREATE SCHEMA ${SCHEMA}; ${outboxTableSql(SCHEMA)}; ${deadLetterTablesSql(SCHEMA)}`);
  await source.destroy();
});

/** What the consumer does with an event: its subject says it. */
let broken = true;
const handled: string[] = [];

@Controller()
class ThingsConsumer {
  @Subscription('reader', { types: ['thing.*'] })
  async onThings(events: CloudEvent[]): Promise<void> {
    for (const { subject } of events) if (broken && subject.startsWith('bad')) throw new TypeError(`cannot read ${subject}`);
    handled.push(...events.map(({ id }) => id));
  }
}

let dataSource: DataSource;
let proxy: TcpProxy;
let app: NestFastifyApplication;
let origin = '';
let model: ChannelModel;
let channel: Channel;
let topology: Topology;

async function open(): Promise<NestFastifyApplication> {
  const amqpUrl = new URL(testAmqpUrl());
  amqpUrl.host = `${proxy.host}:${proxy.port}`;
  const messaging = { amqpUrl: amqpUrl.href, prefix: topology.prefix, shards: 1, name: 'test', schema: SCHEMA };
  @Module({
    imports: [DatabaseModule.forRoot(dataSource), MessagingModule.forRoot(messaging)],
    controllers: [ThingsConsumer, ...OPERATOR_CONTROLLERS],
    providers: [DeadLettersService, { provide: SCHEMA_OF_SERVICE, useValue: SCHEMA }],
  })
  class AppModule {}
  const made = await createHttpApplication(AppModule, 100_000, false);
  const letters = made.get(DeadLettersService);
  made.connectMicroservice({ strategy: createStrategy(made, { keepDeadLetters: letters.keep.bind(letters) }) });
  await made.startAllMicroservices();
  await made.listen(0, '127.0.0.1');
  origin = await made.getUrl();
  return made;
}

beforeAll(async () => {
  dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  const broker = new URL(testAmqpUrl());
  proxy = await tcpProxy(broker.hostname, Number(broker.port || 5672));
});
afterAll(async () => {
  await proxy.close();
  await dataSource.destroy();
});
beforeEach(async () => {
  broken = true;
  handled.length = 0;
  topology = testTopology(1);
  model = await connect(testAmqpUrl(), { noDelay: true });
  channel = await model.createChannel();
  app = await open();
});
afterEach(async () => {
  await app.close();
  await model.close();
  await dropTopology(topology, { subscriptions: ['reader'] });
  await dataSource.query(`TRUNCATE ${SCHEMA}.dead_letter, ${SCHEMA}.dead_letter_action RESTART IDENTITY`);
});

interface Letter {
  readonly id: string;
  readonly state: string;
  readonly [attribute: string]: unknown;
}
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Letter & { items: Letter[] };
}

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(origin + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] };
}

const eventOf = (subject: string): CloudEvent => ({
  id: `id-of-${subject}`,
  source: '/sender',
  type: 'io.supping.thing.changed.v1',
  subject,
  time: '2026-01-02T03:04:05.678Z',
  sequence: 1,
  partitionkey: subject,
  data: { text: `Zürich ${subject}` },
});

function send(...subjects: string[]): void {
  for (const event of subjects.map(eventOf)) {
    channel.publish(topology.events, 'thing.changed.00', Buffer.from(JSON.stringify(event.data)), toAmqp(event).properties);
  }
}

function letters(count: number, query = ''): Promise<Letter[]> {
  return eventually(async () => {
    const { body } = await call('GET', `/admin/dead-letters${query}`);
    expect(body.items).toHaveLength(count);
    return body.items;
  });
}

describe('dead letters of a service', () => {
  it('are listed with their reason, newest first and page by page, and read with headers and body', async () => {
    send('bad-1', 'good', 'bad-2', 'bad-3');
    const all = await letters(3);
    expect(all.map(({ subject }) => subject)).toEqual(['bad-3', 'bad-2', 'bad-1']);
    const queue = topology.subscriptionQueue('reader', 0);
    expect(all[0]).toMatchObject({ state: 'waiting', queue, reason: 'TypeError: cannot read bad-3', copies: 1, messageId: 'id-of-bad-3' });
    expect(handled).toEqual(['id-of-good']);
    const first = await call('GET', '/admin/dead-letters?limit=2');
    const next = /<(.*)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect((await call('GET', next)).body.items.map(({ subject }) => subject)).toEqual(['bad-1']);
    expect(await letters(1, '?reason=bad-2')).toMatchObject([{ subject: 'bad-2' }]);
    expect(await letters(1, '?subject=bad-1&state=waiting')).toMatchObject([{ subject: 'bad-1' }]);
    const read = await call('GET', `/admin/dead-letters/${all[1]?.id}`);
    expect(read.body).toMatchObject({
      body: '{"text":"Zürich bad-2"}',
      bodyEncoding: 'utf-8',
      bodyTruncated: false,
      headers: { 'cloudEvents:subject': 'bad-2', 'cloudEvents:sequence': 1 },
      actions: [],
    });
  });

  it('are no longer on the broker, and are there after a restart', async () => {
    send('bad-1');
    await letters(1);
    await app.close();
    app = await open();
    expect(await letters(1)).toMatchObject([{ subject: 'bad-1', copies: 1 }]);
    await eventually(async () => expect((await channel.checkQueue(topology.deadLetterQueue('reader'))).messageCount).toBe(0));
  });

  it('given up again while they wait, are one letter with two copies', async () => {
    send('bad-1', 'bad-1');
    await eventually(async () => expect(await letters(1)).toMatchObject([{ copies: 2 }]));
  });

  it('are redriven to their queue once, with who and when; what fails again is a new letter that names the first', async () => {
    send('bad-1');
    const id = (await letters(1))[0]?.id;
    const redriven = await call('POST', `/admin/dead-letters/${id}/redrive`);
    expect(redriven).toMatchObject({
      status: 200,
      body: { state: 'redriven', decidedBy: 'anonymous', actions: [{ action: 'redrive', by: 'anonymous' }] },
    });
    expect(Date.parse(String(redriven.body.decidedAt))).toBeGreaterThan(Date.now() - 60_000);
    const [again] = await letters(2);
    expect(again).toMatchObject({ state: 'waiting', redriveOf: id, reason: 'TypeError: cannot read bad-1' });
    broken = false;
    await call('POST', `/admin/dead-letters/${again?.id}/redrive`);
    await eventually(() => expect(handled).toEqual(['id-of-bad-1']));
    expect((await call('POST', `/admin/dead-letters/${again?.id}/redrive`)).body.actions).toHaveLength(1);
    expect(await letters(2, '?state=redriven')).toHaveLength(2);
    expect(handled).toEqual(['id-of-bad-1']);
  });

  it('are discarded with a reason only, stay listed, and can still be redriven', async () => {
    send('bad-1');
    const id = (await letters(1))[0]?.id;
    for (const body of [{}, { reason: '  ' }, { reason: 7 }])
      expect((await call('POST', `/admin/dead-letters/${id}/discard`, body)).status).toBe(400);
    const discarded = await call('POST', `/admin/dead-letters/${id}/discard`, { reason: 'a test of the vendor' });
    expect(discarded.body).toMatchObject({ state: 'discarded', decisionReason: 'a test of the vendor' });
    expect(await letters(1, '?state=discarded')).toHaveLength(1);
    broken = false;
    expect((await call('POST', `/admin/dead-letters/${id}/redrive`)).body.actions).toMatchObject([
      { action: 'discard' },
      { action: 'redrive' },
    ]);
    await eventually(() => expect(handled).toEqual(['id-of-bad-1']));
    expect(await call('POST', `/admin/dead-letters/${id}/discard`, { reason: 'late' })).toMatchObject({ status: 409 });
  });

  it('that an operator has decided about wait again when the same message is given up anew', async () => {
    send('bad-1');
    const id = (await letters(1))[0]?.id;
    await call('POST', `/admin/dead-letters/${id}/discard`, { reason: 'not needed' });
    send('bad-1');
    await eventually(async () => expect(await letters(1, '?state=waiting')).toMatchObject([{ id, copies: 2 }]));
  });

  it('are redriven by ids, by filter, or all, with a count and what failed', async () => {
    const subjects = Array.from({ length: 45 }, (_, n) => `bad-${n}`);
    send(...subjects);
    const all = await letters(45);
    broken = false;
    const [one, two] = all.map(({ id }) => id);
    const byIds = await call('POST', '/admin/dead-letters/redrive', { ids: [one, two, '99999'] });
    expect(byIds).toMatchObject({ status: 200, body: { redriven: 2, failed: [{ id: '99999', code: 'not-found' }], more: false } });
    const some = await call('POST', '/admin/dead-letters/redrive', { filter: { subject: 'bad-0' } });
    expect(some.body).toMatchObject({ redriven: 1, failed: [], more: false });
    const rest = await call('POST', '/admin/dead-letters/redrive', { filter: {} });
    expect(rest.body).toMatchObject({ redriven: 42, failed: [], more: false });
    await eventually(() => expect(handled.toSorted()).toEqual(subjects.map((subject) => `id-of-${subject}`).toSorted()));
    expect(await letters(0, '?state=waiting')).toEqual([]);
    for (const body of [{}, { ids: [one], filter: {} }, { ids: ['x'] }, { ids: [] }])
      expect((await call('POST', '/admin/dead-letters/redrive', body)).status).toBe(400);
  });

  it('whose queue is gone, or that do not exist, are refused by what is wrong', async () => {
    send('bad-1');
    const id = (await letters(1))[0]?.id;
    await dataSource.query(`UPDATE ${SCHEMA}.dead_letter SET queue = $1`, [topology.subscriptionQueue('reader', 7)]);
    expect(await call('POST', `/admin/dead-letters/${id}/redrive`)).toMatchObject({ status: 409, body: { title: 'Queue missing' } });
    for (const path of ['/admin/dead-letters/0', '/admin/dead-letters/x', '/admin/dead-letters/999999999999999'])
      expect((await call('GET', path)).status).toBe(404);
    expect((await call('POST', '/admin/dead-letters/5/redrive')).status).toBe(404);
    expect((await call('GET', '/admin/dead-letters?state=lost')).status).toBe(400);
    expect(await letters(1, '?state=waiting')).toHaveLength(1);
  });

  it('keep waiting while the broker is away, and are told 503', async () => {
    send('bad-1');
    const id = (await letters(1))[0]?.id;
    proxy.refuse();
    const away = await call('POST', `/admin/dead-letters/${id}/redrive`);
    proxy.resume();
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await letters(1, '?state=waiting')).toHaveLength(1);
    broken = false;
    await eventually(async () => expect((await call('POST', `/admin/dead-letters/${id}/redrive`)).status).toBe(200), { timeoutMs: 15_000 });
    await eventually(() => expect(new Set(handled)).toEqual(new Set(['id-of-bad-1'])), { timeoutMs: 15_000 });
  });

  it('that the broker gave up are letters of the service whose queue it was', async () => {
    await app.close();
    const queue = topology.subscriptionQueue('reader', 0);
    send('bad-1');
    let deliveries = 0;
    await channel.consume(queue, (message) => {
      deliveries += 1;
      if (message !== null) channel.reject(message, true);
    });
    await eventually(async () => expect((await channel.checkQueue(topology.deadLetterQueue('reader'))).messageCount).toBe(1));
    expect(deliveries).toBe(21);
    await channel.close();
    channel = await model.createChannel();
    app = await open();
    expect(await letters(1)).toMatchObject([
      { queue, subject: 'bad-1', routingKey: 'thing.changed.00', reason: expect.stringContaining('delivery_limit') },
    ]);
    broken = false;
    await call('POST', '/admin/dead-letters/redrive', { filter: { queue } });
    await eventually(() => expect(handled).toEqual(['id-of-bad-1']));
  });

  it('whose body is long or no text are shown as far as they can be', async () => {
    const { properties } = toAmqp(eventOf('bad-1'));
    channel.publish(topology.events, 'thing.changed.00', Buffer.from('ü'.repeat(50_000).padStart(99_999, 'x')), properties);
    channel.publish(topology.events, 'thing.changed.00', Buffer.from([0, 255, 254]), { ...properties, headers: { odd: '\u0000' } });
    const [binary, long] = await letters(2);
    expect((await call('GET', `/admin/dead-letters/${binary?.id}`)).body).toMatchObject({
      body: 'AP/+',
      bodyEncoding: 'base64',
      headers: { odd: '\u0000' },
    });
    const { body } = await call('GET', `/admin/dead-letters/${long?.id}`);
    expect(body).toMatchObject({ bodyTruncated: true, bodyEncoding: 'utf-8', bytes: 149_999 });
    expect(String(body.body).length).toBeLessThan(65_537);
  });
});

describe('the outbox of a service', () => {
  it('tells how it stands', async () => {
    await eventually(async () =>
      expect((await call('GET', '/admin/outbox')).body).toMatchObject({
        rows: 0,
        oldestSeconds: 0,
        leading: true,
        inFlight: 0,
        heldSubjects: 0,
      }),
    );
  });
});
