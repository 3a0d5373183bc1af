import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import {
  appendToOutbox,
  type CloudEvent,
  EventLog,
  eventLogTable,
  type OutgoingEvent,
  outboxTable,
  type RabbitMqConnection,
  type WrittenRow,
} from '#messaging';
import { eventually } from '#testing';
import { eventOf, firstOccurrences, named } from './events.js';
import {
  append,
  givenBrokerProxy,
  givenConnection,
  givenDatabaseProxy,
  givenReceiver,
  openDataSource,
  SCHEMA,
  undoing,
} from './fixtures.js';
import { names, numbered, outboxScene } from './outbox-fixtures.js';

const undo = undoing();
const scene = outboxScene(undo);
const HOUR_MS = 3_600_000;

afterEach(() => scene.dataSource.query(`TRUNCATE ${eventLogTable(SCHEMA)}; UPDATE ${eventLogTable(SCHEMA)}_trimmed SET position = 0`));

const log = (): EventLog => new EventLog(scene.dataSource, SCHEMA);
const keeping = { keep: true, pollMs: 20 };

type Kept = CloudEvent & { readonly position: number };
const parsed = (events: readonly { readonly json: string }[]): Kept[] => events.map(({ json }) => JSON.parse(json) as Kept);

/** All there is, as a reader pages through it. */
async function everything(limit = 500): Promise<Kept[]> {
  const all: Kept[] = [];
  for (let after = 0; ; ) {
    const page = await log().page(after, limit);
    all.push(...parsed(page.events));
    after = page.next;
    if (!page.more) return all;
  }
}

/** Moves what is in the outbox, with a broker that takes it. */
async function publish(...events: OutgoingEvent[]): Promise<void> {
  await givenReceiver(undo, scene.topology);
  const relay = scene.givenRelay(await givenConnection(undo, scene.topology), keeping);
  await append(scene.dataSource, scene.topology, ...events);
  await scene.thenEmpty();
  await relay.stop();
}

describe('a relay that keeps', () => {
  test('given published events, when confirmed, then they are moved to the log as they were published, in order', async () => {
    const strange = eventOf('b', 1, { traceparent: '00-1-2-01', data: { text: 'Zürich "\\\n', big: 1e21, b: 1, a: [null] } });
    await publish(...numbered('a', 1, 3), strange);
    const events = await everything(2);
    expect(named(events.filter(({ subject }) => subject === 'a'))).toEqual(names('a', 1, 3));
    const { position, ...said } = events.find(({ subject }) => subject === 'b') as Kept;
    expect(said).toEqual({ specversion: '1.0', datacontenttype: 'application/json', ...strange });
    expect(JSON.stringify(said.data)).toBe(JSON.stringify(strange.data));
    expect(events.map((event) => event.position)).toContain(position);
    expect((await log().bounds()).head).toBe(events.at(-1)?.position);
  });

  test('given an event with a companion, when confirmed, then both are published and logged, one behind the other', async () => {
    const receiver = await givenReceiver(undo, scene.topology);
    scene.givenRelay(await givenConnection(undo, scene.topology), keeping);
    const companion = { id: 'a/done', type: 'io.supping.thing.done.v1', sequence: 7, data: { big: 1e21, text: 'Zürich' } };
    const [event, next] = [eventOf('a', 1, { traceparent: '00-1-2-01' }), eventOf('a', 2)];
    await append(scene.dataSource, scene.topology, { ...event, companion }, next);
    await scene.thenEmpty();
    const expected = [event, { ...event, ...companion }, next];
    await eventually(() => expect(receiver.events).toEqual(expected));
    const logged = await everything();
    expect(logged.map(({ position: _, ...said }) => said)).toEqual(
      expected.map((said) => ({ specversion: '1.0', datacontenttype: 'application/json', ...said })),
    );
    expect((await log().bounds()).head).toBe(logged.at(-1)?.position);
  });

  test('given types that are not kept, when confirmed, then all others are logged', async () => {
    await givenReceiver(undo, scene.topology);
    const { type } = eventOf('a', 1);
    scene.givenRelay(await givenConnection(undo, scene.topology), { ...keeping, unkept: [type] });
    await append(scene.dataSource, scene.topology, eventOf('a', 1), eventOf('a', 2, { type: `${type}2` }));
    await scene.thenEmpty();
    expect((await everything()).map((event) => event.type)).toEqual([`${type}2`]);
  });

  test('given one that does not keep, when confirmed, then nothing is logged', async () => {
    await givenReceiver(undo, scene.topology);
    scene.givenRelay(await givenConnection(undo, scene.topology));
    await append(scene.dataSource, scene.topology, eventOf('a', 1));
    await scene.thenEmpty();
    expect(await everything()).toEqual([]);
  });

  test('given listeners, when rows were moved, then they are told', async () => {
    await givenReceiver(undo, scene.topology);
    const relay = scene.givenRelay(await givenConnection(undo, scene.topology), keeping);
    let told = 0;
    const end = relay.onKept(() => {
      told += 1;
    });
    await append(scene.dataSource, scene.topology, eventOf('a', 1));
    await eventually(() => expect(told).toBe(1));
    end();
    await append(scene.dataSource, scene.topology, eventOf('a', 2));
    await eventually(async () => expect(await everything()).toHaveLength(2));
    expect(told).toBe(1);
  });

  test('given a crash between confirm and move, when another goes on, then events come twice and are logged once', async () => {
    const receiver = await givenReceiver(undo, scene.topology);
    await append(scene.dataSource, scene.topology, ...numbered('a', 1, 5));
    // The move waits for these locks, and never comes to its commit.
    const runner = scene.dataSource.createQueryRunner();
    undo(() => runner.release());
    await runner.startTransaction();
    await runner.query(`SELECT FROM ${outboxTable(SCHEMA)} FOR UPDATE`);
    scene.givenRelay(await givenConnection(undo, scene.topology), keeping);
    await eventually(() => expect(named(receiver.events)).toEqual(names('a', 1, 5)));
    await scene.terminateSessions();
    await runner.rollbackTransaction();
    await append(scene.dataSource, scene.topology, ...numbered('a', 6, 8));
    await scene.thenEmpty();
    expect(named(await everything())).toEqual(names('a', 1, 8));
    expect(receiver.events.length).toBeGreaterThan(8);
  });

  test('given a relay that is gone in the middle of a move, when the server has not noticed, then nobody leads before that is done', async () => {
    await givenReceiver(undo, scene.topology);
    const connection = await givenConnection(undo, scene.topology);
    const { proxy, url } = await givenDatabaseProxy(undo, scene.database.url);
    const behind = await openDataSource(url);
    undo(() => behind.destroy());
    await append(scene.dataSource, scene.topology, ...numbered('a', 1, 3));
    const runner = scene.dataSource.createQueryRunner();
    undo(() => runner.release());
    await runner.startTransaction();
    await runner.query(`SELECT FROM ${outboxTable(SCHEMA)} FOR UPDATE`);
    const gone = scene.givenRelay(connection, { ...keeping, dataSource: behind, leaseMs: 400 });
    const moves = (): Promise<unknown[]> =>
      scene.dataSource.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'WITH moved%'`);
    await eventually(async () => expect(await moves()).toHaveLength(1));
    proxy.refuse();
    void gone.stop();
    const second = scene.givenRelay(connection, { ...keeping, leaseMs: 400 });
    await append(scene.dataSource, scene.topology, ...numbered('b', 1, 3));
    // A session that never speaks ends after three leases, and so tells that they have passed.
    const silentOne = new pg.Client({ connectionString: scene.database.url });
    const ended = new Promise((resolve) => silentOne.on('error', () => undefined).once('end', resolve));
    await silentOne.connect();
    await silentOne.query('SET idle_session_timeout = 1200');
    await ended;
    expect([(await second.status()).leading, (await moves()).length]).toEqual([false, 1]);
    await runner.rollbackTransaction();
    await scene.thenEmpty();
    const kept = named(await everything());
    for (const subject of ['a', 'b']) expect(kept.filter((name) => name.startsWith(subject))).toEqual(names(subject, 1, 3));
  });
});

class RolledBack extends Error {}

interface Write {
  readonly subjects: readonly string[];
  readonly perSubject: number;
  readonly rollback: boolean;
  readonly after: 'nothing' | 'kill session' | 'reset broker';
}

/** Locks the subjects, takes versions, appends. @returns what was committed */
async function write({ subjects, perSubject, rollback }: Write): Promise<{ names: string[]; rows: readonly WrittenRow[] }> {
  const events: CloudEvent[] = [];
  let rows: readonly WrittenRow[] = [];
  const transaction = scene.dataSource.transaction(async (tx) => {
    for (const subject of [...subjects].sort()) {
      const [{ version }] = await tx.query<[{ version: number }]>(
        `INSERT INTO ${SCHEMA}.thing AS thing VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET version = thing.version + $2 RETURNING version`,
        [subject, perSubject],
      );
      for (let number = version - perSubject + 1; number <= version; number++) events.push(eventOf(subject, number));
    }
    rows = await appendToOutbox(tx, SCHEMA, events, scene.topology);
    if (rollback) throw new RolledBack();
  });
  await transaction.catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
  return rollback ? { names: [], rows: [] } : { names: named(events), rows };
}

const anyWrite = fc.record({
  subjects: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 3 }),
  perSubject: fc.integer({ min: 1, max: 3 }),
  rollback: fc.boolean(),
  after: fc.oneof(
    { weight: 6, arbitrary: fc.constant('nothing' as const) },
    { weight: 1, arbitrary: fc.constantFrom('kill session' as const, 'reset broker' as const) },
  ),
});

/** Reads on from its cursor until it is told to end, as a consumer of the log does. */
function follow(from: number): { readonly events: Kept[]; end(): Promise<void> } {
  const events: Kept[] = [];
  let [after, ended] = [from, false];
  const running = (async () => {
    while (!ended) {
      const page = await log().page(after, 3);
      events.push(...parsed(page.events));
      after = page.next;
      await new Promise(setImmediate);
    }
  })();
  return {
    events,
    async end() {
      ended = true;
      await running;
    },
  };
}

test('given writers, rollbacks, two relays, lost sessions and lost brokers, then a cursor sees what was committed, once each, in order per subject', async () => {
  const receiver = await givenReceiver(undo, scene.topology);
  const { proxy, url } = await givenBrokerProxy(undo);
  const connections: RabbitMqConnection[] = [
    await givenConnection(undo, scene.topology, { url }),
    await givenConnection(undo, scene.topology, { url }),
  ];
  const relays = connections.map((connection) => scene.givenRelay(connection, { ...keeping, batch: 7, window: 16 }));
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyWrite, { minLength: 10, maxLength: 30 }), async (writes) => {
      const run = `run${++runs}-`;
      const reader = follow((await log().bounds()).head);
      const committed = await Promise.all(
        writes.map(async (given) => {
          const { names, rows } = await write({ ...given, subjects: given.subjects.map((subject) => run + subject) });
          for (const relay of relays) relay.nudge(rows);
          if (given.after === 'kill session') await scene.terminateSessions();
          if (given.after === 'reset broker') proxy.reset();
          return names;
        }),
      );
      const expected = committed.flat();
      await eventually(() => expect(reader.events.length).toBeGreaterThanOrEqual(expected.length), { timeoutMs: 60_000 });
      await scene.thenEmpty();
      await reader.end();
      expect(named(reader.events).sort()).toEqual([...expected].sort());
      const perSubject = new Map<string, number>();
      for (const { subject, sequence } of reader.events) {
        expect(sequence).toBe((perSubject.get(subject) ?? 0) + 1);
        perSubject.set(subject, sequence);
      }
      const positions = reader.events.map(({ position }) => position);
      expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
    }),
    { numRuns: 15, endOnFailure: true },
  );
  expect(firstOccurrences(receiver.events).length).toBeGreaterThan(0);
}, 180_000);

describe('a page', () => {
  const other = 'io.supping.other.changed.v1';

  test('given filters, when read in pages, then only what fits comes and the end is the head', async () => {
    await publish(...numbered('a', 1, 4), eventOf('b', 1, { type: other }), eventOf('a', 5, { type: other }), ...numbered('b', 2, 3));
    const { head } = await log().bounds();
    const first = await log().page(undefined, 2, { subject: 'a' });
    expect([named(parsed(first.events)), first.more]).toEqual([names('a', 1, 2), true]);
    const second = await log().page(first.next, 3, { subject: 'a' });
    expect([named(parsed(second.events)), second.more, second.next]).toEqual([names('a', 3, 5), false, head]);
    const typed = await log().page(undefined, 50, { types: [other] });
    expect([named(parsed(typed.events)), typed.next]).toEqual([['b/1', 'a/5'], head]);
    expect(await log().page(head, 50, { subject: 'b', types: [other] })).toEqual({ events: [], next: head, more: false, trimmed: 0, head });
  });

  test('given events with and without companions, when read in pages from anywhere, then what fits comes once, in order', async () => {
    const anyRow = fc.record({
      subject: fc.constantFrom('a', 'b'),
      type: fc.constantFrom('x', 'y'),
      companion: fc.constantFrom(null, 'y', 'z'),
    });
    const anyFilter = fc.record({
      subject: fc.constantFrom(undefined, 'a'),
      types: fc.constantFrom<string[] | undefined>(undefined, ['x'], ['y'], ['z'], ['x', 'z']),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 12 }), anyFilter, fc.integer({ min: 1, max: 4 }), async (rows, filter, limit) => {
        const before = (await log().bounds()).head;
        await scene.dataSource.query(
          `INSERT INTO ${eventLogTable(SCHEMA)} (id, type, subject, partitionkey, sequence, time, source, data, companion)
           SELECT n, type, subject, subject, n, now(), '/sender', 'null', companion
             FROM json_to_recordset($1) AS r(n int, type text, subject text, companion json) ORDER BY n`,
          [
            JSON.stringify(
              rows.map(({ companion, ...row }, n) => {
                return { ...row, n, companion: companion && { id: `${n}c`, type: companion, sequence: n, data: n } };
              }),
            ),
          ],
        );
        const told = rows.flatMap(({ subject, type, companion }, n) => [
          { id: String(n), subject, type },
          ...(companion === null ? [] : [{ id: `${n}c`, subject, type: companion }]),
        ]);
        const expected = told.filter(
          ({ subject, type }) => (filter.subject ?? subject) === subject && (filter.types ?? [type]).includes(type),
        );
        const logged = (await everything()).filter(({ position }) => position > before);
        expect(logged.map(({ id }) => id)).toEqual(told.map(({ id }) => id));
        for (const from of [before, ...logged.map(({ position }) => position)]) {
          const read: Kept[] = [];
          for (let [after, more] = [from, true]; more; ) {
            const page = await log().page(after, limit, {
              ...(filter.subject && { subject: filter.subject }),
              ...(filter.types && { types: filter.types }),
            });
            read.push(...parsed(page.events));
            [after, more] = [page.next, page.more];
          }
          const fitting = logged.filter(({ id, position }) => position > from && expected.some((one) => one.id === id));
          expect(read).toEqual(fitting);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('given a type that is rare, when read, then the page ends after so many rows and leads on', async () => {
    await scene.dataSource.query(
      `INSERT INTO ${eventLogTable(SCHEMA)} (id, type, subject, partitionkey, sequence, time, source, data)
       SELECT n, CASE WHEN n = 12000 THEN $1 ELSE 'usual' END, 'a', 'a', n, now(), '/sender', 'null' FROM generate_series(1, 12000) n`,
      [other],
    );
    const first = await log().page(undefined, 50, { types: [other] });
    expect([first.events.length, first.more, first.next]).toEqual([0, true, first.head - 2 * 2_000]);
    const second = await log().page(first.next, 50, { types: [other] });
    expect([named(parsed(second.events)), second.more, second.next]).toEqual([['a/12000'], false, first.head]);
  });
});

describe('retention', () => {
  const age = (upTo: number): Promise<unknown> =>
    scene.dataSource.query(`UPDATE ${eventLogTable(SCHEMA)} SET published_at = now() - interval '2 hours' WHERE sequence <= $1`, [upTo]);

  test('given old events, when trimmed, then the oldest go in bounded batches, and how far is remembered when nothing is left', async () => {
    await publish(...numbered('a', 1, 10));
    const { head } = await log().bounds();
    await age(7);
    expect(await log().trim(HOUR_MS, 5)).toBe(5);
    expect(await log().trim(HOUR_MS, 5)).toBe(2);
    expect(await log().trim(HOUR_MS, 5)).toBe(0);
    expect(named(await everything())).toEqual(names('a', 8, 10));
    expect(await log().bounds()).toEqual({ trimmed: head - 2 * 3, head });
    await age(10);
    await log().trim(HOUR_MS, 5);
    expect(await log().page(3, 5)).toEqual({ events: [], next: head, more: false, trimmed: head, head });
  });

  test('given an old event with a companion, when trimmed, then whoever has read only the event is told that something is missing', async () => {
    await publish(
      { ...eventOf('a', 1), companion: { id: 'c', type: 'io.supping.thing.done.v1', sequence: 1, data: null } },
      eventOf('a', 2),
    );
    const [event, companion] = await everything();
    await age(1);
    expect(await log().trim(HOUR_MS, 5)).toBe(1);
    const { trimmed } = await log().bounds();
    expect([trimmed, (event?.position ?? 0) < trimmed]).toEqual([companion?.position, true]);
    expect(named(await everything())).toEqual(names('a', 2, 2));
  });

  test('given an old event behind a younger one (the clock was set back), when trimmed, then it waits: nothing is deleted out of order', async () => {
    await publish(...numbered('a', 1, 3));
    await scene.dataSource.query(`UPDATE ${eventLogTable(SCHEMA)} SET published_at = now() - interval '2 hours' WHERE sequence IN (1, 3)`);
    expect(await log().trim(HOUR_MS, 5)).toBe(1);
    expect(named(await everything())).toEqual(names('a', 2, 3));
  });

  test('given another replica that is at it, when trimmed, then it is left to it', async () => {
    await publish(eventOf('a', 1));
    await age(1);
    const other = scene.dataSource.createQueryRunner();
    undo(() => other.release());
    await other.startTransaction();
    await other.query(`SELECT FROM ${eventLogTable(SCHEMA)}_trimmed FOR UPDATE`);
    expect(await log().trim(HOUR_MS, 5)).toBe(0);
    await other.rollbackTransaction();
    expect(await log().trim(HOUR_MS, 5)).toBe(1);
  });

  test('given several replicas at once, when trimmed, then each event is deleted once and nobody waits', async () => {
    await publish(...numbered('a', 1, 20));
    await age(20);
    const deleted = await Promise.all(Array.from({ length: 6 }, () => log().trim(HOUR_MS, 20)));
    expect(deleted.reduce((sum, count) => sum + count)).toBe(20);
  });
});
