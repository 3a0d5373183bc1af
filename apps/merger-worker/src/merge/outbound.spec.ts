import { expect, test } from '@jest/globals';
import { eventName, faultOfEvent, type MergeSettled } from '#contracts';
import type { CloudEvent, OutgoingEvent } from '#messaging';
import { fromDocument, type JsonObject, type MergeInput, usualPointOfNoReturn } from '#order-model';
import { haveOneHiddenClass } from '#testing';
import { mergeLine } from './merge-line.js';
import { eventsOfBatch } from './outbound.js';
import type { OrderWrite } from './save.store.js';

const AT = '2026-06-01T00:00:00.000Z';
const supplement = (sequence: number, changes: JsonObject, orderId = ''): MergeInput => {
  return { kind: 'supplement', id: `${orderId}s${sequence}`, by: 'x', sequence, changes };
};

/** What a batch does to an order of two items, one of which it knows. */
function written(orderId: string, inputs: readonly MergeInput[]): OrderWrite {
  const before = fromDocument(orderId, { productOrderItem: [{ id: '1', action: 'add' }] });
  return { before, ...mergeLine(before, inputs, AT, usualPointOfNoReturn), parked: [], waiting: 0, at: AT };
}
const named = (events: readonly CloudEvent[], name: string): CloudEvent[] => events.filter(({ type }) => eventName(type) === name);

test('given a batch of several orders, when told of, then there is one event for the owners, after all others', () => {
  const refused = supplement(2, { productOrderItem: [{ id: '9', quantity: 1 }] }, '1a');
  const events = eventsOfBatch([
    written('1a', [supplement(1, { description: 'x' }, '1a'), refused]),
    written('2a', [supplement(1, { description: 'y' }, '2a')]),
    written('1b', [supplement(1, { description: 'z' }, '1b')]),
  ]);
  const settled = named(events, 'merge.settled');
  expect(events.slice(-1)).toEqual(settled);
  expect(settled.map(({ subject, partitionkey, id }) => [subject, partitionkey, id])).toEqual([['1a', '1a', '1a/settled/3']]);
  for (const event of events) expect(faultOfEvent(event)).toBeUndefined();
  const [{ heads, outcomes }] = settled.map(({ data }) => data as MergeSettled) as [MergeSettled];
  expect(heads.map(({ orderId, revision }) => [orderId, revision])).toEqual([
    ['1a', 2],
    ['1b', 2],
    ['2a', 2],
  ]);
  expect(outcomes.map(({ orderId, id, state }) => [orderId, id, state])).toEqual([
    ['1a', '1as1', 'merged'],
    ['1a', '1as2', 'rejected'],
    ['1b', '1bs1', 'merged'],
    ['2a', '2as1', 'merged'],
  ]);
  const told = named(events, 'effective-order.revised') as OutgoingEvent[];
  expect(told.map(({ companion }) => [companion?.id, companion?.sequence, companion && faultOfEvent(companion)])).toEqual([
    ['1as1/merged', 1, undefined],
    ['2as1/merged', 1, undefined],
    ['1bs1/merged', 1, undefined],
  ]);
});

test.each([
  ['the event', (event: OutgoingEvent) => event],
  ['the revision', ({ data }: OutgoingEvent) => data],
  ['the companion', ({ companion }: OutgoingEvent) => companion?.data],
])('given supplements, when told of, then %s has one hidden class for all', (_, of) => {
  const told = (n: number): OutgoingEvent => {
    const [revised] = named(eventsOfBatch([written(`${n}`, [supplement(1, { description: 'x' }, `${n}`)])]), 'effective-order.revised');
    return revised as OutgoingEvent;
  };
  expect(haveOneHiddenClass((n) => of(told(n)))).toBe(true);
});

test('given more than one event should hold, when told of, then it is several, and an order is in one of them', () => {
  const many = Array.from({ length: 3_000 }, (_, n): JsonObject => ({ id: `n${n}`, action: 'add' }));
  const adding = (orderId: string): OrderWrite => written(orderId, [supplement(1, { productOrderItem: many }, orderId)]);
  const settled = named(
    eventsOfBatch([adding('1a'), adding('1b'), written('1c', [supplement(1, { description: 'x' }, '1c')])]),
    'merge.settled',
  );
  expect(settled.map(({ id, data }) => [id, (data as MergeSettled).items.length, (data as MergeSettled).heads.length])).toEqual([
    ['1a/settled/2', 3_000, 1],
    ['1b/settled/2', 3_000, 2],
  ]);
});

test('given orders of which nothing was merged, then nobody is told anything', () => {
  expect(eventsOfBatch([written('1a', [])])).toEqual([]);
});
