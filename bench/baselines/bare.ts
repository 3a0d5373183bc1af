import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Module, Param, Post } from '@nestjs/common';
import { type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { SupplementBody } from '#contracts';
import { publishQuickly } from '#messaging';
import { checkOrder, checkPatch, type Json, type JsonObject } from '#order-model';
import { CheckedBody, GroupCommit, invalidBody, PreparingClient } from '#platform';
import { ORDERS_PATH } from '../load/requests.js';
import { HealthController, serveBaseline } from './serve.js';

/*
 * The least that a durable door, merger and follower on PostgreSQL and RabbitMQ can be: what a ratio can come to at most
 * on a machine. Grouped transactions of as few statements as there are tables, an outbox that is published from memory, a message for all
 * that a transaction tells another process, and deleted once confirmed. No lookups, no merge, no audit, no retry keys, no recovery after a crash: no baseline, and nothing to run.
 * Three processes: `bare.js door`, `bare.js merger`, `bare.js follower`.
 */

const TABLES = `
CREATE TABLE IF NOT EXISTS bare_order (id text PRIMARY KEY, last int NOT NULL DEFAULT 0, document json);
CREATE TABLE IF NOT EXISTS bare_supplement (id text PRIMARY KEY, order_id text NOT NULL, sequence int NOT NULL, state text NOT NULL, request json NOT NULL);
CREATE TABLE IF NOT EXISTS bare_effective_order (id text PRIMARY KEY, last int NOT NULL);
CREATE TABLE IF NOT EXISTS bare_revision (order_id text NOT NULL, revision int NOT NULL, body json NOT NULL, PRIMARY KEY (order_id, revision));
CREATE TABLE IF NOT EXISTS bare_followed (id text PRIMARY KEY, revision int NOT NULL);
CREATE TABLE IF NOT EXISTS bare_outbox (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message json NOT NULL)`;

type Message = { readonly orderId: string; readonly id: string; sequence?: number } & JsonObject;

const role = process.argv[2] as 'door' | 'merger' | 'follower';
const exchange = `${process.env.SUPPING_PREFIX}bare`;
type Rows = { rows: Record<string, unknown>[] };
type Query = (text: string, values?: unknown[]) => Promise<Rows>;

/** A connection that does one thing after the other: what is asked in between would be part of a transaction. */
class Session {
  waiting = 0;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly query: Query) {}

  static async open(): Promise<Session> {
    const client = new PreparingClient({ connectionString: process.env.DATABASE_URL as string });
    await client.connect();
    return new Session((text, values) => client.query(text, values) as unknown as Promise<Rows>);
  }

  alone<T>(work: (query: Query) => Promise<T>): Promise<T> {
    this.waiting += 1;
    const mine = this.last.then(() => work(this.query));
    this.last = mine.catch(() => undefined).then(() => (this.waiting -= 1));
    return mine;
  }
}
const sessions = [await Session.open(), await Session.open(), await Session.open()];
/** On whichever connection has least to do. */
const alone = <T>(work: (query: Query) => Promise<T>): Promise<T> => sessions.reduce((a, b) => (b.waiting < a.waiting ? b : a)).alone(work);

// One process: several that make a table at once get into each other's way.
if (role === 'door') await alone((query) => query(TABLES));
const broker = await connect(process.env.AMQP_URL as string, { noDelay: true });
const channel: ConfirmChannel = publishQuickly(await broker.createConfirmChannel());
await channel.assertExchange(exchange, 'topic', { durable: true });

/**
 * Publishes rows of the outbox, and deletes them once all is confirmed: what is among ourselves (a key for it) as one message,
 * what is for a consumer one by one.
 */
function publish(seqs: readonly unknown[], messages: readonly Message[], ways: { readonly among: string; readonly each?: string }): void {
  const send = (key: string, body: unknown): Promise<void> =>
    new Promise((resolve, reject) => {
      const options = { persistent: true, mandatory: true, contentType: 'application/json' };
      channel.publish(exchange, key, Buffer.from(JSON.stringify(body)), options, (error) => (error ? reject(error as Error) : resolve()));
    });
  const { among, each } = ways;
  const confirmed = [send(among, messages), ...(each === undefined ? [] : messages.map((message) => send(each, message)))];
  void Promise.all(confirmed).then(() => alone((query) => query('DELETE FROM bare_outbox WHERE seq = ANY($1::bigint[])', [seqs])));
}

const seqsOf = ({ rows }: Rows): unknown[] => rows.map(({ seq }) => seq);
const OUTBOX = 'INSERT INTO bare_outbox (message) SELECT value FROM json_array_elements($1::json) RETURNING seq';

/** Gives every message the next number of its order, in one transaction with what `store` writes of it. */
async function numbered(
  table: string,
  messages: readonly Message[],
  store: (query: Query, json: string) => Promise<unknown>,
): Promise<unknown[]> {
  return alone(async (query) => {
    const counts = new Map<string, number>();
    for (const { orderId } of messages) counts.set(orderId, (counts.get(orderId) ?? 0) + 1);
    const ids = [...counts.keys()];
    const [, , heads] = await Promise.all([
      query('START TRANSACTION'),
      query(`SELECT FROM ${table} WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE`, [ids]),
      query(
        `UPDATE ${table} o SET last = o.last + n.count FROM unnest($1::text[], $2::int[]) AS n(id, count) WHERE o.id = n.id RETURNING o.id, o.last`,
        [ids, [...counts.values()]],
      ),
    ]);
    const next = new Map(heads.rows.map(({ id, last: end }) => [String(id), Number(end) - (counts.get(String(id)) ?? 0)]));
    for (const message of messages) {
      message.sequence = (next.get(message.orderId) ?? 0) + 1;
      next.set(message.orderId, message.sequence);
    }
    const json = JSON.stringify(messages);
    const [, outbox] = await Promise.all([store(query, json), query(OUTBOX, [json]), query('COMMIT')]);
    return seqsOf(outbox);
  });
}

/** Handles what has come by then, once in 10 ms. */
async function consume(name: string, key: string, handle: (messages: Message[]) => Promise<unknown>): Promise<void> {
  const queue = `${exchange}.${name}`;
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue(queue, exchange, key);
  await channel.prefetch(1_000);
  let arrived: ConsumeMessage[] = [];
  let handling = false;
  const work = async (): Promise<void> => {
    while (arrived.length > 0) {
      const batch = arrived;
      arrived = [];
      await handle(batch.flatMap(({ content }) => JSON.parse(content.toString()) as Message[]));
      channel.ack(batch.at(-1) as ConsumeMessage, true);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    handling = false;
  };
  await channel.consume(queue, (message) => {
    if (message === null) return;
    arrived.push(message);
    if (handling) return;
    handling = true;
    setImmediate(() => void work());
  });
}

/** Orders have one statement and no line to be numbered in. */
const orders = new GroupCommit<Message, Message>(
  async (messages) => {
    const json = JSON.stringify(messages);
    const [, , outbox] = await alone((query) =>
      Promise.all([
        query('START TRANSACTION'),
        query(`INSERT INTO bare_order (id, document) SELECT value->>'id', value FROM json_array_elements($1::json)`, [json]),
        query(OUTBOX, [json]),
        query('COMMIT'),
      ]),
    );
    publish(seqsOf(outbox), messages, { among: 'accepted' });
    return messages.map((message) => ({ ok: message }));
  },
  { inFlight: 2 },
);

const group = new GroupCommit<Message, Message>(
  async (messages) => {
    const seqs = await numbered('bare_order', messages, (query, json) =>
      query(
        `INSERT INTO bare_supplement (id, order_id, sequence, state, request)
         SELECT id, "orderId", sequence, 'accepted', changes FROM json_to_recordset($1::json) AS r(id text, "orderId" text, sequence int, changes json)`,
        [json],
      ),
    );
    publish(seqs, messages, { among: 'accepted' });
    return messages.map((message) => ({ ok: message }));
  },
  { inFlight: 2 },
);

@Controller()
class DoorController {
  @Post('orders/:orderId/supplements')
  @HttpCode(201)
  async supplement(@Param('orderId') orderId: string, @CheckedBody(SupplementBody) body: SupplementBody): Promise<object> {
    const faults = checkPatch(body.changes);
    if (faults.length > 0) throw invalidBody(faults);
    const submittedAt = new Date().toISOString();
    const id = randomUUID();
    const given = Object.assign({}, body, { id, cause: { id }, orderId, submittedAt, by: 'anonymous' });
    return Object.assign({}, await group.submit(given as unknown as Message), { state: 'accepted' });
  }

  @Post(ORDERS_PATH.slice(1))
  @HttpCode(201)
  async order(@Body() body: Json): Promise<object> {
    const faults = checkOrder(body ?? null);
    if (faults.length > 0) throw invalidBody(faults);
    const id = randomUUID();
    const message = Object.assign({}, body as JsonObject, { id, orderId: id, created: true });
    return orders.submit(message);
  }
}

async function mergeAll(messages: Message[]): Promise<void> {
  const created = messages.filter((message) => message.created === true);
  if (created.length > 0) {
    await alone((query) =>
      query('INSERT INTO bare_effective_order (id, last) SELECT unnest($1::text[]), 0', [created.map(({ orderId }) => orderId)]),
    );
  }
  const seqs = await numbered('bare_effective_order', messages, (query, json) =>
    query(
      `INSERT INTO bare_revision (order_id, revision, body)
       SELECT value->>'orderId', (value->>'sequence')::int, value FROM json_array_elements($1::json)`,
      [json],
    ),
  );
  publish(seqs, messages, { among: 'merged', each: 'effective-order.revised' });
}

if (role === 'door') {
  await consume('door', 'merged', (messages) =>
    alone((query) => query(`UPDATE bare_supplement SET state = 'merged' WHERE id = ANY($1::text[])`, [messages.map(({ id }) => id)])),
  );
} else if (role === 'merger') await consume('merger', 'accepted', mergeAll);
else {
  await consume('follower', 'merged', (messages) => {
    const newest = new Map(messages.map(({ orderId, sequence = 0 }) => [orderId, sequence]));
    return alone((query) =>
      query(
        `INSERT INTO bare_followed (id, revision) SELECT * FROM unnest($1::text[], $2::int[])
         ON CONFLICT (id) DO UPDATE SET revision = excluded.revision`,
        [[...newest.keys()], [...newest.values()]],
      ),
    );
  });
}

@Module({ controllers: role === 'door' ? [DoorController, HealthController] : [HealthController] })
class BareModule {}

await serveBaseline(BareModule, () => broker.close());
