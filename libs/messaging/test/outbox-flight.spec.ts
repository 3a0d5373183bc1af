import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import type { ConfirmChannel, Options } from 'amqplib';
import fc from 'fast-check';
import { OutboxFlight } from '../src/outbox-flight.js';
import type { OutboxRow } from '../src/outbox-session.js';
import { eventOf } from './fixtures.js';

type Answer = 'ack' | 'nack' | 'return' | 'throw';

interface Published {
  readonly row: string;
  readonly options: Options.Publish;
  readonly confirm: (error: Error | null) => void;
}

/** What of a confirm channel the flight uses, moved by hand: the state machine is tested here, not the broker. */
class ChannelStandIn extends EventEmitter {
  readonly published: string[] = [];
  open: Published[] = [];
  throwing = false;

  publish(_exchange: string, routingKey: string, _body: Buffer, options: Options.Publish, confirm: (error: Error | null) => void): boolean {
    if (this.throwing) throw new TypeError('cannot be written');
    this.published.push(routingKey);
    this.open.push({ row: routingKey, options, confirm });
    return true;
  }

  answer(index: number, answer: Answer): void {
    const [answered] = this.open.splice(index, 1);
    if (!answered) return;
    if (answer === 'return') this.emit('return', { properties: answered.options });
    answered.confirm(answer === 'nack' ? new Error('message nacked') : null);
  }

  close(): void {
    for (const { confirm } of this.open.splice(0)) confirm(new Error('channel closed'));
    this.emit('close');
  }
}

/** Rows are named `<subject>/<number>`; the same event id everywhere, as if one event had been put in many times. */
function rowOf(seq: number, subject: string, number: number): OutboxRow {
  return { seq: String(seq), routingKey: `${subject}/${number}`, body: Buffer.from('{}'), event: eventOf(subject, number, { id: 'same' }) };
}

function givenFlight(): { channel: ChannelStandIn; flight: OutboxFlight; failures: string[] } {
  const channel = new ChannelStandIn();
  const failures: string[] = [];
  const listener = { changed: () => undefined, succeeded: () => undefined, failed: (subject: string, reason: string) => failures.push(`${subject}: ${reason}`) };
  return { channel, failures, flight: new OutboxFlight(channel as unknown as ConfirmChannel, 'events', listener) };
}

test('given two rows of a subject, when the second is confirmed first, then neither may be deleted until the first is', () => {
  const { channel, flight } = givenFlight();
  flight.send(rowOf(1, 'a', 1));
  flight.send(rowOf(2, 'a', 2));
  channel.answer(1, 'ack');
  expect(flight.takeDeletable()).toEqual([]);
  channel.answer(0, 'ack');
  expect(flight.takeDeletable()).toEqual(['1', '2']);
  expect(flight.size).toBe(2);
  flight.deleted(['1', '2']);
  expect(flight.size).toBe(0);
});

test('given a returned row, when its confirm comes, then it and the later ones of its subject are let go of, others stay', () => {
  const { channel, flight, failures } = givenFlight();
  flight.send(rowOf(1, 'a', 1));
  flight.send(rowOf(2, 'a', 2));
  flight.send(rowOf(3, 'b', 1));
  channel.answer(0, 'return');
  expect(flight.send(rowOf(4, 'a', 3))).toBe(false);
  channel.answer(0, 'ack');
  expect(failures).toEqual(['a: no queue is bound to its routing key']);
  expect(flight.beginScan()).toEqual({ inHand: ['3'], failing: [] });
  channel.answer(0, 'ack');
  expect(flight.takeDeletable()).toEqual(['3']);
});

test('given a scan under way, when a subject fails meanwhile, then its rows of that scan wait: earlier ones must go first', () => {
  const { channel, flight } = givenFlight();
  flight.send(rowOf(1, 'a', 1));
  flight.beginScan();
  channel.answer(0, 'nack');
  expect(flight.send(rowOf(2, 'a', 2))).toBe(false);
  flight.beginScan();
  expect(flight.send(rowOf(1, 'a', 1))).toBe(true);
});

test('given a row that cannot be written, when sent, then only its subject fails', () => {
  const { channel, flight, failures } = givenFlight();
  flight.send(rowOf(1, 'b', 1));
  channel.throwing = true;
  flight.send(rowOf(2, 'a', 1));
  expect(failures).toEqual(['a: cannot be written']);
  channel.answer(0, 'ack');
  expect(flight.takeDeletable()).toEqual(['1']);
});

test('given a channel that closes, when rows are unanswered, then they are no refusals, and what was confirmed may be deleted', () => {
  const { channel, flight, failures } = givenFlight();
  flight.send(rowOf(1, 'a', 1));
  flight.send(rowOf(2, 'b', 1));
  channel.answer(0, 'ack');
  channel.close();
  expect(failures).toEqual([]);
  expect({ over: flight.over, unanswered: flight.unanswered }).toEqual({ over: true, unanswered: 0 });
  expect(flight.takeDeletable()).toEqual(['1']);
  expect(flight.send(rowOf(3, 'c', 1))).toBe(false);
});

type Step =
  | { readonly do: 'write'; readonly subject: string }
  | { readonly do: 'scan' | 'send' | 'delete' | 'close' }
  | { readonly do: 'answer'; readonly index: number; readonly answer: Answer };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), subject: fc.constantFrom('a', 'b') }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('scan' as const, 'send' as const, 'delete' as const) }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant('answer' as const), index: fc.nat(5), answer: fc.constantFrom<Answer>('ack', 'ack', 'ack', 'nack', 'return') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
);

/**
 * The table, a relay that scans and sends with anything happening in between, and a broker: what was confirmed and not
 * returned it has, in the order it was published.
 */
class World {
  table: OutboxRow[] = [];
  readonly numbers = new Map<string, number>();
  readonly taken = new Set<string>();
  #seq = 0;
  #scan: { rows: OutboxRow[] } | undefined;
  channel!: ChannelStandIn;
  flight!: OutboxFlight;
  #outcomes = new Map<string, Answer>();
  #published: OutboxRow[] = [];

  constructor() {
    this.takeOff();
  }

  takeOff(): void {
    const { channel, flight } = givenFlight();
    Object.assign(this, { channel, flight });
    this.#scan = undefined;
    this.#outcomes = new Map();
    this.#published = [];
  }

  run(step: Step): void {
    if (step.do === 'write') {
      const number = (this.numbers.get(step.subject) ?? 0) + 1;
      this.numbers.set(step.subject, number);
      this.table.push(rowOf(++this.#seq, step.subject, number));
    } else if (step.do === 'scan') {
      const { inHand, failing } = this.flight.beginScan();
      this.#scan = { rows: this.table.filter(({ seq, event }) => !inHand.includes(seq) && !failing.includes(event.subject)).slice(0, 4) };
    } else if (step.do === 'send') {
      for (const row of this.#scan?.rows ?? []) this.#send(row);
      this.#scan = undefined;
    } else if (step.do === 'answer') {
      const row = this.channel.open[step.index]?.row;
      if (row === undefined) return;
      this.#outcomes.set(row, step.answer);
      if (step.answer === 'ack') this.taken.add(row);
      this.channel.answer(step.index, step.answer);
    } else if (step.do === 'delete') this.#delete();
    else {
      this.channel.close();
      this.#delete();
      this.takeOff();
    }
  }

  /** In order: an earlier row of the subject that is still in the table was published before, and is not known to have failed. */
  #send(row: OutboxRow): void {
    if (!this.flight.send(row)) return;
    this.#outcomes.delete(row.routingKey);
    for (const earlier of this.#earlier(row)) {
      expect(this.#published).toContain(earlier);
      expect(['nack', 'return']).not.toContain(this.#outcomes.get(earlier.routingKey));
    }
    this.#published = [...this.#published.filter((other) => other !== row), row];
  }

  /** Only what the broker has, and never before an earlier row of the subject. */
  #delete(): void {
    const seqs = this.flight.takeDeletable();
    const rows = this.table.filter(({ seq }) => seqs.includes(seq));
    expect(rows).toHaveLength(seqs.length);
    for (const row of rows) {
      expect(this.#outcomes.get(row.routingKey)).toBe('ack');
      for (const earlier of this.#earlier(row)) expect(rows).toContain(earlier);
    }
    this.table = this.table.filter((row) => !rows.includes(row));
    this.flight.deleted(seqs);
  }

  #earlier(row: OutboxRow): OutboxRow[] {
    return this.table.filter(({ seq, event }) => event.subject === row.event.subject && Number(seq) < Number(row.seq));
  }

  finish(): void {
    for (let round = 0; this.table.length > 0 && round < 1_000; round++) {
      this.run({ do: 'scan' });
      this.run({ do: 'send' });
      while (this.channel.open.length > 0) this.run({ do: 'answer', index: 0, answer: 'ack' });
      this.run({ do: 'delete' });
    }
  }
}

test('given any interleaving of writes, scans, confirms, refusals and closes, then rows go out in order and only what the broker has is deleted', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 10, maxLength: 120 }), (steps) => {
      const world = new World();
      for (const step of steps) world.run(step);
      world.finish();
      expect(world.table).toEqual([]);
      for (const [subject, count] of world.numbers) for (let number = 1; number <= count; number++) expect(world.taken).toContain(`${subject}/${number}`);
      expect({ size: world.flight.size, unanswered: world.flight.unanswered }).toEqual({ size: 0, unanswered: 0 });
    }),
    { numRuns: 500 },
  );
});
