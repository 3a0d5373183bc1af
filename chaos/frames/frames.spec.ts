import { describe, expect, test } from '@jest/globals';
import { AmqpFrames, ackOf, bodySizeOf, deliveryOf } from './amqp-frames.js';
import { ack, body, deliver, greeting, header, pgMessage, pgStartup, publish } from './given.js';
import { PgFrames, pgText } from './pg-frames.js';

/** As a network may cut them: every byte by itself. */
const byteByByte = <F>(frames: { push(bytes: Buffer): F[] }, bytes: Buffer): F[] =>
  [...bytes].flatMap((byte) => frames.push(Buffer.of(byte)));

describe('PostgreSQL', () => {
  const wire = Buffer.concat([
    pgStartup(),
    pgMessage('Q', 'COMMIT\0'),
    pgMessage('P', 'name\0SELECT 1\0\0\0'),
    pgMessage('B', '\0COMMIT\0\0\0\0\0\0\0'),
    pgMessage('S', ''),
  ]);

  test.each([
    ['at once', (frames: PgFrames) => frames.push(wire)],
    ['byte by byte', (frames: PgFrames) => byteByByte(frames, wire)],
  ])('given what a client says, when it comes %s, then it is cut into messages', (_, push) => {
    const messages = push(new PgFrames(false));
    expect(messages.map(({ type }) => type)).toEqual(['', 'Q', 'P', 'B', 'S']);
    expect(messages.map(pgText)).toEqual(['', 'COMMIT', 'SELECT 1', 'COMMIT', '']);
    expect(Buffer.concat(messages.map(({ bytes }) => bytes))).toEqual(wire);
  });

  test('given what a server says, when it comes, then its first message has a type', () => {
    const [message] = new PgFrames(true).push(pgMessage('C', 'COMMIT\0'));
    expect(message && [message.type, pgText(message)]).toEqual(['C', 'COMMIT']);
  });
});

describe('AMQP', () => {
  const wire = Buffer.concat([greeting(), publish(1, 'x', 'supplement.accepted.01'), header(1, 3), body(1, 'abc'), ack(1, 7, true)]);

  test.each([
    ['at once', (frames: AmqpFrames) => frames.push(wire)],
    ['byte by byte', (frames: AmqpFrames) => byteByByte(frames, wire)],
  ])('given what a client says, when it comes %s, then it is cut into frames', (_, push) => {
    const frames = push(new AmqpFrames(false));
    expect(frames.map(({ kind, method }) => method || kind)).toEqual(['greeting', 'basic.publish', 'header', 'body', 'basic.ack']);
    expect(Buffer.concat(frames.map(({ bytes }) => bytes))).toEqual(wire);
    const [, , head, content, last] = frames;
    expect(head && bodySizeOf(head)).toBe(3);
    expect(String(content?.payload)).toBe('abc');
    expect(last && ackOf(last)).toEqual({ tag: 7, multiple: true });
  });

  test('given a delivery, when read, then it says its tag, exchange and routing key', () => {
    const [frame] = new AmqpFrames(true).push(deliver(3, 42, 'order.created.02'));
    expect(frame && deliveryOf(frame)).toEqual({ tag: 42, exchange: 'exchange', routingKey: 'order.created.02' });
    expect(frame?.channel).toBe(3);
  });

  test('given bytes that are no frame, when they come, then it says so', () => {
    expect(() => new AmqpFrames(true).push(Buffer.from('HTTP/1.1 400'))).toThrow('no AMQP frame begins with 72');
  });
});
