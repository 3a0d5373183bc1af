import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { haveOneHiddenClass } from '#testing';
import { PoisonMessageError } from '../src/cloud-event.js';
import { eventsFromAmqp, eventsIn, toBatch } from '../src/event-batch.js';
import { anyEvent, eventOf } from './events.js';

const BATCH = 'application/cloudevents-batch+json';

test('given any events, when written as a message and read back, then they are the same, and it says how many', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 5 }), (events) => {
      const { body, properties } = toBatch(events.map(({ data, ...event }) => ({ event, body: Buffer.from(JSON.stringify(data)) })));
      const message = {
        content: body,
        properties: { headers: properties.headers as Record<string, unknown>, contentType: properties.contentType },
      };
      expect(eventsFromAmqp(message)).toEqual(events);
      expect(eventsIn(message)).toBe(events.length);
    }),
  );
});

test('given batches, when read, then their events have one hidden class', () => {
  const { body, properties } = toBatch(['a', 'b'].map((subject) => ({ event: eventOf(subject, 1), body: Buffer.from('{}') })));
  const message = { content: body, properties: properties as { contentType: string } };
  expect(haveOneHiddenClass((n) => eventsFromAmqp(message)[n % 2])).toBe(true);
});

test.each([
  ['no JSON', '[{', /^The body is no JSON: /],
  ['no array', '{}', 'The body is no batch: a JSON array of events.'],
  ['nothing', '[]', 'The body is no batch: a JSON array of events.'],
  ['no object', '[7]', 'Event 0 of the batch is no JSON object.'],
  [
    'no event',
    JSON.stringify([{ specversion: '1.0', ...eventOf('a', 1) }, {}]),
    'The attribute specversion of event 1 of the batch is missing.',
  ],
  [
    'a sequence that is none',
    JSON.stringify([{ specversion: '1.0', ...eventOf('a', 1), sequence: -1 }]),
    'The attribute sequence of event 0 of the batch must be a whole number from 0, not -1.',
  ],
])('given a batch with %s, when read, then it says so', (_, body, reason) => {
  const reading = (): unknown => eventsFromAmqp({ content: Buffer.from(body), properties: { contentType: BATCH } });
  expect(reading).toThrow(PoisonMessageError);
  expect(reading).toThrow(reason);
});

test('given a message that says nothing sensible of its number, then it counts as one', () => {
  for (const count of [undefined, 0, -3, 'many'])
    expect(eventsIn({ content: Buffer.from(''), properties: { headers: { 'supping-events': count } } })).toBe(1);
});
