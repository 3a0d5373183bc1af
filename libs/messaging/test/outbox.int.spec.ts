import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { appendToOutbox, OutboxRelay, outboxTable, type RabbitMqConnection, type Topology, type WrittenRow } from '#messaging';
import { eventually, withDatabase } from '#testing';
import { eventOf, firstOccurrences, silent } from './events.js';
import { append, givenConnection, givenReceiver, givenTopology, migrate, openDataSource, SCHEMA, undoing } from './fixtures.js';

const database = withDatabase(migrate);
const undo = undoing();
let dataSource: DataSource;
let topology: Topology;
let connection: RabbitMqConnection;

beforeAll(async () => {
  dataSource = await openDataSource(database.url);
});
afterAll(() => dataSource.destroy());
beforeEach(async () => {
  topology = givenTopology(undo, { shards: 4 });
  connection = await givenConnection(undo, topology);
});

function givenRelay(pollMs: number): OutboxRelay {
  const relay = new OutboxRelay({ dataSource, schema: SCHEMA, connection, topology, logger: silent, pollMs, batch: 7, window: 16 });
  undo(() => relay.stop());
  relay.start();
  return relay;
}

class RolledBack extends Error {}

interface Write {
  readonly subjects: readonly string[];
  readonly perSubject: number;
  readonly rollback: boolean;
  /** Whether the relays are told which rows were committed. */
  readonly told: boolean;
}

/** By the rule: lock the subjects' rows (in one order, against deadlocks), take versions, append. @returns what was committed */
async function write({ subjects, perSubject, rollback }: Write): Promise<{ names: string[]; rows: readonly WrittenRow[] }> {
  const events: [string, number][] = [];
  let rows: readonly WrittenRow[] = [];
  const transaction = dataSource.transaction(async (tx) => {
    for (const subject of [...subjects].sort()) {
      const [{ version }] = await tx.query<[{ version: number }]>(
        `INSERT INTO ${SCHEMA}.thing AS thing VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET version = thing.version + $2 RETURNING version`,
        [subject, perSubject],
      );
      for (let number = version - perSubject + 1; number <= version; number++) events.push([subject, number]);
    }
    rows = await appendToOutbox(
      tx,
      SCHEMA,
      events.map(([subject, number]) => eventOf(subject, number)),
      topology,
    );
    if (rollback) throw new RolledBack();
  });
  await transaction.catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
  return rollback ? { names: [], rows: [] } : { names: events.map(([subject, number]) => `${subject}/${number}`), rows };
}

let runs = 0;
const anyWrite = fc.record({
  subjects: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 3 }),
  perSubject: fc.integer({ min: 1, max: 3 }),
  rollback: fc.boolean(),
  told: fc.boolean(),
});

test('given concurrent transactions, some rolled back, and two relays, when all is done, then exactly what was committed was received, in order per subject', async () => {
  const receiver = await givenReceiver(undo, topology);
  const relays = [givenRelay(5), givenRelay(5)];
  await fc.assert(
    fc.asyncProperty(fc.array(anyWrite, { minLength: 10, maxLength: 30 }), async (writes) => {
      receiver.events.length = 0;
      const run = `run${++runs}-`;
      const committed = await Promise.all(
        writes.map(async (given) => {
          const { names, rows } = await write({ ...given, subjects: given.subjects.map((subject) => run + subject) });
          for (const relay of relays) relay.nudge(given.told ? rows : []);
          return names;
        }),
      );
      const expected = committed.flat();
      await eventually(() => expect(firstOccurrences(receiver.events)).toHaveLength(expected.length), { timeoutMs: 60_000 });
      expect(firstOccurrences(receiver.events).sort()).toEqual([...expected].sort());
      const perSubject = new Map<string, number>();
      for (const name of firstOccurrences(receiver.events)) {
        const [subject = '', number] = name.split('/');
        expect(Number(number)).toBe((perSubject.get(subject) ?? 0) + 1);
        perSubject.set(subject, Number(number));
      }
      await eventually(async () => expect(await dataSource.query(`SELECT FROM ${outboxTable(SCHEMA)}`)).toEqual([]));
    }),
    { numRuns: 20, endOnFailure: true },
  );
}, 180_000);

test('given an event, when it goes by the outbox, then it arrives as it was: its id a text, its body to the letter', async () => {
  const receiver = await givenReceiver(undo, topology);
  const event = eventOf('order-1', 3, {
    id: 'order-1/versions/3',
    traceparent: '00-1-2-01',
    data: { text: 'Zürich "\\\n', big: 1e21, list: [null, { a: -0.5 }] },
  });
  await append(dataSource, topology, event, eventOf('order-1', 4, { data: undefined }));
  givenRelay(20);
  await eventually(() => expect(receiver.events).toHaveLength(2));
  expect(receiver.events[0]).toEqual(event);
  expect(receiver.events[1]?.data).toBeNull();
});

test('given no events, when appended, then nothing is written', async () => {
  await append(dataSource, topology);
  expect(await dataSource.query(`SELECT FROM ${outboxTable(SCHEMA)}`)).toEqual([]);
});

test.each([
  ['an id', { id: 'é'.repeat(128) }],
  ['a type', { type: 'x'.repeat(256) }],
])('given %s longer than AMQP can carry, when appended, then the transaction is told', async (_, given) => {
  await expect(append(dataSource, topology, eventOf('a', 1, given))).rejects.toThrow('longer than the 255 bytes AMQP can carry');
});
