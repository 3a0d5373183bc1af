import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BATCHED, givenFlight, givenRoutedFlight, rowOf } from './channel-stand-in.js';
import { anyAnswer, anyBind, anyTaken, steps, World } from './outbox-world.js';

test('given two rows of a subject, when the second is confirmed first, then neither may be deleted until the first is', () => {
  const { channel, flight } = givenRoutedFlight();
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
  const { channel, flight, failures } = givenRoutedFlight();
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

test('given a routing key nobody may be bound to, when rows of a subject are sent, then the later ones wait for the first', () => {
  const { channel, flight } = givenFlight();
  for (const row of [rowOf(1, 'a', 1), rowOf(2, 'a', 2), rowOf(3, 'a', 3, 'other.00'), rowOf(4, 'a', 4), rowOf(5, 'b', 1)])
    flight.send(row);
  const open = (): string[] => channel.open.map(({ seq }) => seq);
  expect(open()).toEqual(['1-0', '5-0']);
  channel.answer(0, 'ack');
  expect(open()).toEqual(['5-0', '2-0', '3-0']);
  channel.answer(2, 'return');
  expect(open()).toEqual(['5-0', '2-0']);
  channel.answer(1, 'ack');
  expect(flight.takeDeletable()).toEqual(['1', '2']);
  expect(flight.beginScan()).toEqual({ inHand: ['1', '2', '5'], failing: [] });
});

test('given a refusal, when the subject is tried again, then its later rows wait for the one that was refused', () => {
  const { channel, flight } = givenRoutedFlight();
  flight.send(rowOf(1, 'a', 1));
  channel.answer(0, 'nack');
  flight.beginScan();
  for (const row of [rowOf(1, 'a', 1), rowOf(2, 'a', 2)]) flight.send(row);
  expect(channel.open.map(({ seq }) => seq)).toEqual(['1-0']);
});

test('given a row of two events, when sent, then the one goes out behind the other, and it may be deleted when both are confirmed', () => {
  const { channel, flight } = givenRoutedFlight();
  flight.send(rowOf(1, 'a', 1, 'thing.00', 'thing.00'));
  expect(channel.open.map(({ seq }) => seq)).toEqual(['1-0', '1-1']);
  channel.answer(0, 'ack');
  expect(flight.takeDeletable()).toEqual([]);
  channel.answer(0, 'ack');
  expect(flight.takeDeletable()).toEqual(['1']);
});

test('given a row of two events, when the second is refused, then the row is let go of with the first, and both go out again', () => {
  const { channel, flight, failures } = givenRoutedFlight();
  flight.send(rowOf(1, 'a', 1, 'thing.00', 'thing.00'));
  channel.answer(0, 'ack');
  channel.answer(0, 'nack');
  expect(failures).toEqual(['a: message nacked']);
  expect({ deletable: flight.takeDeletable(), ...flight.beginScan(), bytes: flight.bytes }).toEqual({
    deletable: [],
    inHand: [],
    failing: [],
    bytes: 0,
  });
  expect(flight.send(rowOf(1, 'a', 1, 'thing.00', 'thing.00'))).toBe(true);
});

test('given events that are told in batches, when sent, then they go out with the flush, sixteen of a routing key at most', () => {
  const { channel, flight } = givenRoutedFlight(BATCHED);
  const rows = Array.from({ length: 20 }, (_, n) => rowOf(4 + n, n % 2 === 0 ? 'a' : 'b', 3 + n, BATCHED));
  for (const row of rows) flight.send(row);
  flight.flush();
  const told = channel.open.map(({ exchange, places }) => [exchange, places.length]);
  expect(told.filter(([exchange]) => exchange === 'batches')).toEqual([
    ['batches', 16],
    ['batches', 4],
  ]);
  expect(channel.open.every(({ options }) => options.mandatory === true)).toBe(true);
});

test('given events nobody listens to and nobody need to, when sent, then the oldest asks, and none of them is sent while it comes back', () => {
  const { channel, flight } = givenRoutedFlight(BATCHED);
  const asking = (): string[] => channel.open.filter(({ exchange }) => exchange === 'events').flatMap(({ places }) => places);
  for (const row of [rowOf(1, 'a', 1, BATCHED), rowOf(2, 'b', 1, BATCHED), rowOf(3, 'a', 2, BATCHED)]) flight.send(row);
  flight.flush();
  expect(asking()).toEqual(['events a/1']);
  channel.takeAll('batches');
  expect(flight.takeDeletable()).toEqual([]);
  channel.answerOn('events', 'return');
  expect(flight.takeDeletable()).toEqual(['1', '2', '3']);
  for (const row of [rowOf(4, 'a', 3, BATCHED), rowOf(5, 'b', 2, BATCHED)]) flight.send(row);
  flight.flush();
  channel.takeAll('batches');
  // What comes while the question is under way waits for its answer, and somebody has begun to listen.
  flight.send(rowOf(6, 'c', 1, BATCHED));
  flight.flush();
  expect(asking()).toEqual(['events a/3']);
  channel.answerOn('events', 'ack');
  expect(asking()).toEqual(['events b/2', 'events c/1']);
  channel.answerOn('events', 'ack');
  channel.answerOn('events', 'ack');
  channel.takeAll('batches');
  expect(flight.takeDeletable()).toEqual(['4', '5', '6']);
  flight.send(rowOf(7, 'a', 4, BATCHED));
  expect(asking()).toEqual(['events a/4']);
});

test('given a subscriber that goes, when an event comes back that may go unheard, then it is done with and the next ask again', () => {
  const { channel, flight, failures } = givenFlight();
  flight.send(rowOf(1, 'a', 1, BATCHED));
  flight.flush();
  channel.takeAll();
  for (const row of [rowOf(2, 'a', 2, BATCHED), rowOf(3, 'b', 1, BATCHED)]) flight.send(row);
  flight.flush();
  channel.answerOn('events', 'return');
  channel.answerOn('events', 'return');
  channel.takeAll();
  expect(flight.takeDeletable()).toEqual(['1', '2', '3']);
  for (const row of [rowOf(4, 'a', 3, BATCHED), rowOf(5, 'b', 2, BATCHED)]) flight.send(row);
  flight.flush();
  expect(channel.open.filter(({ exchange }) => exchange === 'events')).toHaveLength(1);
  expect(failures).toEqual([]);
});

test('given a question that is refused, when answered, then all that wait for it fail and go out again', () => {
  const { channel, flight, failures } = givenRoutedFlight(BATCHED);
  for (const row of [rowOf(1, 'a', 1, BATCHED), rowOf(2, 'b', 1, BATCHED)]) flight.send(row);
  flight.flush();
  channel.answerOn('events', 'nack');
  channel.takeAll();
  expect(failures).toEqual(['a: message nacked', 'b: message nacked']);
  expect(flight.takeDeletable()).toEqual([]);
});

test('given a batch that is returned, when its confirm comes, then all subjects in it fail, and others do not', () => {
  const { channel, flight, failures } = givenRoutedFlight(BATCHED);
  for (const row of [rowOf(1, 'a', 1, BATCHED), rowOf(2, 'b', 1, BATCHED)]) flight.send(row);
  flight.flush();
  channel.answerOn('batches', 'return');
  channel.takeAll();
  expect(failures).toEqual(['a: no queue is bound to its routing key', 'b: no queue is bound to its routing key']);
  flight.beginScan();
  flight.send(rowOf(3, 'c', 1, BATCHED));
  flight.flush();
  channel.takeAll();
  expect(flight.takeDeletable()).toEqual(['3']);
});

test('given a batch that cannot be written, when flushed, then its subjects fail, and the flight goes on', () => {
  const { channel, flight, failures } = givenRoutedFlight(BATCHED);
  flight.send(rowOf(1, 'a', 1, BATCHED));
  channel.throwing = true;
  flight.flush();
  channel.throwing = false;
  channel.takeAll();
  expect(failures).toEqual(['a: cannot be written']);
  flight.beginScan();
  expect(flight.send(rowOf(1, 'a', 1, BATCHED))).toBe(true);
});

test('given any interleaving of writes, scans, confirms, refusals and closes, then rows go out in order and only what the broker has is deleted', () => {
  fc.assert(
    fc.property(steps({ weight: 10, arbitrary: anyAnswer }, { weight: 1, arbitrary: anyBind }), (given) => {
      const world = new World();
      for (const step of given) world.run(step);
      world.finish();
    }),
    { numRuns: 200 },
  );
});

const thenInOrder = (world: World): void => {
  for (const subject of world.written.keys())
    for (const numbers of world.lines(subject)) expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
};

test('given subscribers that come at any moment and a broker that refuses nothing else, then each subject arrives in order but for duplicates', () => {
  fc.assert(
    fc.property(steps({ weight: 10, arbitrary: anyTaken }, { weight: 1, arbitrary: anyBind }), (given) => {
      const world = new World();
      for (const step of given) world.run(step);
      world.finish();
      thenInOrder(world);
    }),
    { numRuns: 200 },
  );
});

test('given a subscriber to everything and channels that are lost, then each subject arrives in order whatever its types', () => {
  fc.assert(
    fc.property(steps({ weight: 10, arbitrary: anyTaken }), (given) => {
      const world = new World(true);
      for (const step of given) world.run(step);
      world.finish();
      thenInOrder(world);
    }),
    { numRuns: 300 },
  );
});
