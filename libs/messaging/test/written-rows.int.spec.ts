import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type OutgoingEvent, outboxTable, type WrittenRow } from '#messaging';
import { eventually } from '#testing';
import { OutboxSession } from '../src/outbox-session.js';
import type { OutboxRow } from '../src/stored-event.js';
import { WrittenRows } from '../src/written-rows.js';
import { anyEvent, eventOf, named } from './events.js';
import { append, givenConnection, givenReceiver, SCHEMA, undoing } from './fixtures.js';
import { names, numbered, outboxScene, thenLeads } from './outbox-fixtures.js';

const undo = undoing();
const scene = outboxScene(undo);

const committed = (...events: OutgoingEvent[]): Promise<readonly WrittenRow[]> => append(scene.dataSource, scene.topology, ...events);
const told = (rows: readonly WrittenRow[]): WrittenRows => {
  const written = new WrittenRows();
  written.add(rows);
  return written;
};
const idsIn = (rows: readonly OutboxRow[]): (string | undefined)[] => rows.map(({ messages }) => messages[0]?.event.id);

async function givenSession(): Promise<OutboxSession> {
  const session = await OutboxSession.open(scene.dataSource, SCHEMA, 15_000, () => undefined);
  undo(() => session.close());
  return session;
}

/** Makes all that is in the table say something else than what was written. */
const tamper = (): Promise<unknown> => scene.dataSource.query(`UPDATE ${outboxTable(SCHEMA)} SET data = '"read"'`);
const bodies = (rows: readonly OutboxRow[]): string[] => rows.map(({ messages }) => String(messages[0]?.body));

test('given any events, when committed and told of, then they are published as who reads them back would', async () => {
  const session = await givenSession();
  // PostgreSQL takes no U+0000, and half a surrogate pair for another text.
  const isStored = (event: OutgoingEvent): boolean => {
    const texts = [event, event.companion ?? {}].map((part) => JSON.stringify(part));
    return texts.every((text) => !/\\u0000|\\ud[89a-f]/.test(text)) && Buffer.byteLength(event.id + event.type + event.partitionkey) < 100;
  };
  const time = fc.constantFrom('2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678912Z', '2026-01-02T05:04:05+02:00');
  const companion = fc.record({
    id: fc.uuid(),
    type: fc.constant('io.supping.other.changed.v1'),
    sequence: fc.nat(),
    data: fc.jsonValue(),
  });
  const anyOutgoing: fc.Arbitrary<OutgoingEvent> = fc
    .tuple(anyEvent, fc.uuid(), time, fc.option(companion, { nil: undefined }))
    .map(([event, id, at, one]) => ({ ...event, id, time: at, ...(one === undefined ? {} : { companion: one }) }));
  await fc.assert(
    fc.asyncProperty(fc.array(anyOutgoing.filter(isStored), { minLength: 1, maxLength: 8 }), async (events) => {
      const rows = await committed(...events);
      const read = await session.scan(100, [], []);
      expect(await session.scan(100, [], [], told(rows))).toEqual(read);
      await session.delete(read.rows.map(({ seq }) => seq));
    }),
    { numRuns: 60 },
  );
});

test('given rows that are told of and others, when scanned, then only the others are read, and all are in order', async () => {
  const session = await givenSession();
  const [first, , third] = [
    await committed(eventOf('a', 1, { data: 1 })),
    await committed(eventOf('a', 2, { data: 2 })),
    await committed(eventOf('a', 3, { data: 3 })),
  ];
  await tamper();
  const { rows, more } = await session.scan(100, [], [], told([...first, ...third]));
  expect([bodies(rows), more]).toEqual([['1', '"read"', '3'], false]);
});

test('given large rows to be read, when scanned, then what is known of behind them waits for them', async () => {
  const session = await givenSession();
  const large = (number: number) => eventOf('a', number, { data: randomBytes(3_000_000).toString('hex') });
  await committed(large(1), large(2));
  const written = told(await committed(eventOf('a', 3)));
  const first = await session.scan(100, [], [], written);
  expect([first.rows.map(({ messages }) => messages[0]?.event.sequence), first.more]).toEqual([[1], true]);
  const inHand = first.rows.map(({ seq }) => seq);
  await tamper();
  const second = await session.scan(100, inHand, [], written);
  expect([bodies(second.rows), second.more]).toEqual([['"read"', JSON.stringify({ subject: 'a', sequence: 3 })], false]);
});

test('given a row that was read before it was told of, when scanned again, then it is forgotten, not told twice', async () => {
  const session = await givenSession();
  const written = new WrittenRows();
  const late = await committed(eventOf('a', 1));
  const { rows } = await session.scan(100, [], [], written);
  written.add(late);
  await session.scan(100, [rows[0]?.seq as string], [], written);
  expect(written.has(idsIn(rows)[0] as string)).toBe(false);
});

test('given a scan that leaves rows, when it ends, then they are known of still', async () => {
  const session = await givenSession();
  const written = told(await committed(...numbered('a', 1, 5)));
  await tamper();
  for (const expected of [[1, 2], [3, 4], [5]]) {
    const seqs = await scene.dataSource.query<{ seq: string }[]>(
      `SELECT seq FROM ${outboxTable(SCHEMA)} WHERE sequence < $1 ORDER BY seq`,
      [expected[0]],
    );
    const { rows } = await session.scan(
      2,
      seqs.map(({ seq }) => seq),
      [],
      written,
    );
    expect(rows.map(({ messages }) => JSON.parse(String(messages[0]?.body)))).toEqual(
      expected.map((sequence) => ({ subject: 'a', sequence })),
    );
  }
});

test('given more than there is room for, then the oldest are known of, and there is room again once they are taken', async () => {
  const large = (number: number): WrittenRow => {
    const event = eventOf('a', number, { id: `a/${number}` });
    return { subject: 'a', messages: [{ routingKey: 'thing', event, body: Buffer.alloc(3 * 1024 * 1024) }] };
  };
  const written = told([large(1), large(2), large(3)]);
  expect(['a/1', 'a/2', 'a/3'].map((id) => written.has(id))).toEqual([true, true, false]);
  written.beginScan();
  for (const id of ['a/1', 'a/2']) expect(written.take('1', id)?.subject).toBe('a');
  written.endScan(false);
  written.add([large(3)]);
  expect(written.has('a/3')).toBe(true);
});

test('given a subject that PostgreSQL keeps as another one, then it is read back', () => {
  const [row] = [
    { subject: 'a\ud800', messages: [{ routingKey: 'thing', event: eventOf('a\ud800', 1, { id: 'x' }), body: Buffer.from('1') }] },
  ];
  expect(told([row as WrittenRow]).has('x')).toBe(false);
});

test('given rows that a nudge tells of, when committed, then they are published as they were written, in order', async () => {
  const receiver = await givenReceiver(undo, scene.topology);
  const relay = scene.givenRelay(await givenConnection(undo, scene.topology), { pollMs: 60_000 });
  await thenLeads(relay);
  const first = await committed(...numbered('a', 1, 5));
  const second = await committed(...numbered('a', 6, 10));
  await tamper();
  relay.nudge(first);
  relay.nudge(second);
  await eventually(() => expect(named(receiver.events)).toEqual(names('a', 1, 10)));
  expect(receiver.events.map(({ data }) => data)).toEqual(numbered('a', 1, 10).map(({ data }) => data));
  await scene.thenEmpty();
});
