import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CloudEvent, fromAmqp, PoisonMessageError, toAmqp } from '../src/cloud-event.js';
import { anyEvent, eventOf } from './events.js';

interface Given {
  headers: Record<string, unknown>;
  contentType?: string | undefined;
  body?: string;
}

const good = toAmqp(eventOf('a', 1)).headers;
const read = ({ headers, contentType = 'application/json', body = '{}' }: Given): CloudEvent =>
  fromAmqp({ content: Buffer.from(body), properties: { headers, contentType } });

test('given any event, when written to AMQP and read back, then it is the same', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const { properties } = toAmqp(event);
      const message = {
        content: Buffer.from(JSON.stringify(event.data)),
        properties: { ...properties, contentType: properties.contentType },
      };
      expect(fromAmqp(message)).toEqual(event);
    }),
  );
});

test('given an event, when written, then it is in binary mode: prefixed headers, JSON, persistent, its id as message id', () => {
  const event = eventOf('a', 7, { id: 'a/versions/7' });
  expect(toAmqp(event)).toEqual({
    headers: {
      'cloudEvents:specversion': '1.0',
      'cloudEvents:id': 'a/versions/7',
      'cloudEvents:source': '/sender',
      'cloudEvents:type': 'io.supping.thing.changed.v1',
      'cloudEvents:subject': 'a',
      'cloudEvents:time': '2026-01-02T03:04:05.678Z',
      'cloudEvents:sequence': 7,
      'cloudEvents:partitionkey': 'a',
    },
    properties: expect.objectContaining({ contentType: 'application/json', messageId: 'a/versions/7', persistent: true }),
  });
});

test('given headers with the prefix cloudEvents_ and a sequence as text, when read, then they are understood', () => {
  const headers = Object.fromEntries(Object.entries(good).map(([name, value]) => [name.replace(':', '_'), String(value)]));
  expect(read({ headers })).toMatchObject({ subject: 'a', sequence: 1 });
});

describe('given a message that is no event, when read, then it is poison and the error says what is wrong:', () => {
  const without = (name: string): Given => ({
    headers: Object.fromEntries(Object.entries(good).filter(([key]) => key !== `cloudEvents:${name}`)),
  });
  const withHeader = (name: string, value: unknown): Given => ({ headers: { ...good, [`cloudEvents:${name}`]: value } });
  const required = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'sequence', 'partitionkey'];
  const texts = required.filter((name) => name !== 'sequence');
  test.each<[string, Given]>([
    ...required.map((name): [string, Given] => [`The header cloudEvents:${name} is missing.`, without(name)]),
    ...texts.flatMap((name) =>
      ['', 5].map((value): [string, Given] => [
        `The header cloudEvents:${name} must be a text that is not empty.`,
        withHeader(name, value),
      ]),
    ),
    ['The header cloudEvents:specversion says 0.3; only 1.0 is read.', withHeader('specversion', '0.3')],
    ['The header cloudEvents:time is no date and time: soon.', withHeader('time', 'soon')],
    ['The header cloudEvents:sequence must be a whole number from 0, not "".', withHeader('sequence', '')],
    ['The header cloudEvents:sequence must be a whole number from 0, not "x".', withHeader('sequence', 'x')],
    ['The header cloudEvents:sequence must be a whole number from 0, not -1.', withHeader('sequence', -1)],
    ['The header cloudEvents:sequence must be a whole number from 0, not 1.5.', withHeader('sequence', 1.5)],
    ['The header cloudEvents:sequence must be a whole number from 0, not true.', withHeader('sequence', true)],
    ['The content type is text/plain; only JSON is read.', { headers: good, contentType: 'text/plain' }],
    ['The content type is application/jsonp; only JSON is read.', { headers: good, contentType: 'application/jsonp' }],
  ])('%s', (reason, given) => {
    expect(() => read(given)).toThrow(new PoisonMessageError(reason));
  });

  test('The body is no JSON', () => {
    expect(() => read({ headers: good, body: '{"a":' })).toThrow(/^The body is no JSON: /);
  });

  test('no headers at all', () => {
    expect(() => fromAmqp({ content: Buffer.from('{}'), properties: {} })).toThrow('The header cloudEvents:specversion is missing.');
  });
});

test.each([undefined, 'application/json', 'application/json; charset=utf-8', 'application/cloudevents+json'])(
  'given the content type %s, when read, then it is taken as JSON',
  (contentType) => {
    const message = { content: Buffer.from('{"a":1}'), properties: { headers: good, contentType } };
    expect(fromAmqp(message).data).toEqual({ a: 1 });
  },
);
