import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { EventLog } from '#messaging';
import { eventually } from '#testing';
import { EventStream } from '../src/feed/event-stream.js';
import { LogTail } from '../src/feed/log-tail.js';
import { Places } from '../src/feed/places.js';
import { StreamsService } from '../src/feed/streams.service.js';
import { SCHEMA } from '../src/schema.js';
import { PLACES, withFeed } from './feed-app.js';

const feed = withFeed();
const open: { end(): void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) one.end();
  await eventually(() => expect(feed.app.get(Places).taken).toBe(0));
});

interface Listener {
  readonly response: IncomingMessage;
  /** `<subject>/<sequence>` as they came. */
  readonly events: string[];
  /** The last `id:`. */
  readonly lastId: string;
  readonly text: string;
  readonly ended: boolean;
  end(): void;
}

/** Reads a stream as a browser does. @param paused takes nothing off its socket until `response.resume()` */
function listen(query = '', headers: Record<string, string> = {}, paused = false): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const asked = request(`${feed.origin}/effective-orders/events${query}`, { headers, agent: false }, (response) => {
      const listener = { response, events: [] as string[], lastId: '', text: '', ended: false, end: () => void asked.destroy() };
      let rest = '';
      response.setEncoding('utf8');
      const read = (chunk: string): void => {
        listener.text += chunk;
        const frames = (rest + chunk).split('\n\n');
        rest = frames.pop() ?? '';
        for (const frame of frames) {
          const fields = new Map(frame.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)] as const));
          listener.lastId = fields.get('id') ?? listener.lastId;
          const data = fields.get('data');
          if (data === undefined) continue;
          const { subject, sequence } = JSON.parse(data) as { subject: string; sequence: number };
          listener.events.push(`${subject}/${sequence}`);
        }
      };
      if (!paused) response.on('data', read);
      else response.once('resume', () => response.on('data', read));
      response.on('close', () => Object.assign(listener, { ended: true }));
      response.on('error', () => undefined);
      open.push(listener);
      resolve(listener);
    });
    asked.on('error', reject).end();
  });
}

const names = (subject: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `${subject}/${from + n}`);

test('given nothing to resume at, when events are published, then it begins now and each comes once, in order', async () => {
  await feed.publish('a', 3);
  const listener = await listen();
  expect(listener.response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  await eventually(() => expect(listener.lastId).not.toBe(''));
  await feed.publish('a', 2);
  const [position] = await feed.publish('a', 1, { silently: true });
  await eventually(() => expect(listener.events).toEqual(names('a', 4, 6)));
  expect(listener.lastId).toBe(String(position));
  expect(listener.text).toMatch(/^retry: 2000\nid: \d+\n\nid: \d+\nevent: effective-order\.revised\ndata: \{.*\}\n\n/);
});

test('given a last id, when it comes back, then it goes on there without a gap or a duplicate, whatever its URL says', async () => {
  const positions = await feed.publish('b', 350);
  const listener = await listen('?after=0', { 'last-event-id': String(positions[99]) });
  await eventually(() => expect(listener.events).toHaveLength(250));
  await feed.publish('b', 2);
  await eventually(() => expect(listener.events).toEqual(names('b', 101, 352)));
  const first = await listen('?after=0');
  await eventually(() => expect(first.events).toEqual(names('b', 1, 352)));
});

test('given filters, when events are published, then only those that fit come, caught up and live', async () => {
  await feed.publish('c', 2);
  await feed.publish('d', 1, { name: 'supplement.merged' });
  const one = await listen('?after=0&subject=c');
  const type = await listen('?after=0&type=supplement.merged');
  await feed.publish('c', 1);
  await feed.publish('d', 1, { name: 'supplement.merged' });
  await eventually(() => expect([one.events, type.events]).toEqual([names('c', 1, 3), names('d', 1, 2)]));
});

test('given many who listen, when events are published, then the log is read once for all', async () => {
  const listeners = await Promise.all(Array.from({ length: PLACES }, () => listen()));
  await eventually(() => expect(listeners.every(({ lastId }) => lastId !== '')).toBe(true));
  await feed.publish('e', 1);
  await eventually(() => expect(listeners.map(({ events }) => events)).toEqual(listeners.map(() => ['e/1'])));
  const before = feed.reads;
  await feed.publish('e', 2_000);
  await eventually(() => expect(listeners.map(({ events }) => events.length)).toEqual(listeners.map(() => 2_001)));
  // 20 pages of 100, and some looks for more; each for itself they would be 60.
  expect(feed.reads - before).toBeLessThan(40);
});

test('given one that takes nothing, when much is published, then no more is held for it than its socket takes, and it has all in the end', async () => {
  const slow = await listen('', {}, true);
  const quick = await listen();
  await eventually(() => expect(quick.lastId).not.toBe(''));
  const filler = 'x'.repeat(20_000);
  for (let round = 0; round < 10; round++) await feed.publish('f', 50, { filler });
  await eventually(() => expect(quick.events).toEqual(names('f', 1, 500)), { timeoutMs: 20_000 });
  // 10 MB were published.
  const { streams } = feed.app.get(StreamsService) as unknown as { streams: Set<{ response: { writableLength: number } }> };
  const held = [...streams].map(({ response }) => response.writableLength);
  expect(Math.max(...held)).toBeGreaterThan(0);
  expect(Math.max(...held)).toBeLessThan(160_000);
  slow.response.resume();
  await eventually(() => expect(slow.events).toEqual(names('f', 1, 500)), { timeoutMs: 20_000 });
  await feed.publish('f', 1);
  await eventually(() => expect(slow.events.at(-1)).toBe('f/501'));
});

test('given one that takes nothing for long, when the heart has beaten so often, then it is cut off', async () => {
  const slow = await listen('', {}, true);
  await feed.publish('g', 500, { filler: 'x'.repeat(20_000) });
  const streams = feed.app.get(StreamsService);
  const { streams: set } = streams as unknown as { streams: Set<{ blocked: boolean }> };
  await eventually(() => expect([...set].map(({ blocked }) => blocked)).toEqual([true]));
  for (let beat = 0; beat < 4; beat++) streams.beat();
  await eventually(() => expect(feed.app.get(Places).taken).toBe(0));
  slow.end();
});

test('given a filter that nothing fits, when the heart beats, then the last id moves on', async () => {
  const listener = await listen('?subject=nobody');
  const [position] = await feed.publish('h', 1);
  await eventually(() => {
    feed.app.get(StreamsService).beat();
    expect(listener.lastId).toBe(String(position));
  });
  expect(listener.events).toEqual([]);
  expect(listener.text).toContain(`:\nid: ${position}\n\n`);
});

test('given as many as may listen, when another one comes, then it is turned away, and let in when one has gone', async () => {
  const listeners = await Promise.all(Array.from({ length: PLACES }, () => listen()));
  const refused = await fetch(`${feed.origin}/effective-orders/events`);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await refused.json()).toMatchObject({ type: 'https://supping.io/problems/too-many-streams' });
  listeners[0]?.end();
  await eventually(async () => expect((await listen()).response.statusCode).toBe(200));
});

test.each([
  ['?after=x', {}, 400],
  ['?limit=5', {}, 400],
  ['?type=order.created', {}, 400],
  ['', { 'last-event-id': 'x' }, 400],
  ['', { 'last-event-id': '1' }, 410],
])('given %s and %j, when it listens, then it is %i', async (query, headers, status) => {
  const positions = await feed.publish('i', 3);
  await feed.forget(positions[1] as number);
  const answer = await fetch(`${feed.origin}/effective-orders/events${query}`, { headers: headers as Record<string, string> });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
});

test('given a stream that is ahead of the shared reader, when it is given what it has had, then it passes over it', () => {
  const sent: string[] = [];
  const response = { destroyed: false, writableEnded: false, write: (text: string) => sent.push(text) > 0 } as unknown as ServerResponse;
  const log = new EventLog(feed.store, SCHEMA);
  const stream = new EventStream(log, new LogTail(log), response, {}, 6);
  const events = [6, 7].map((position) => ({ position, type: 'io.supping.thing.changed.v1', subject: 'a', json: '{\n}' }));
  stream.take(events, 7);
  expect(sent).toEqual(['id: 7\nevent: thing.changed\ndata: { }\n\n']);
});

test('given HEAD, when asked, then no stream is opened', async () => {
  expect((await fetch(`${feed.origin}/effective-orders/events`, { method: 'HEAD' })).status).toBe(200);
  expect(feed.app.get(Places).taken).toBe(0);
});

test('given open streams, one of them taking nothing, when the service stops, then they end at once', async () => {
  const slow = await listen('', {}, true);
  const quick = await listen();
  // More than the buffers of the two sockets hold between them.
  await feed.publish('j', 1_000, { filler: 'x'.repeat(20_000) });
  await eventually(() => expect(quick.events).toHaveLength(1_000), { timeoutMs: 20_000 });
  const { streams } = feed.app.get(StreamsService) as unknown as { streams: Set<{ blocked: boolean }> };
  await eventually(() => expect([...streams].filter(({ blocked }) => blocked)).toHaveLength(1));
  const waiting = fetch(`${feed.origin}/events?after=${quick.lastId}&wait=30`);
  await eventually(() => expect(feed.app.get(Places).taken).toBe(3));
  const began = Date.now();
  await feed.app.close();
  expect(Date.now() - began).toBeLessThan(2_000);
  expect((await (await waiting).json()) as object).toMatchObject({ items: [] });
  await eventually(() => expect(quick.ended).toBe(true));
  slow.response.resume();
  await eventually(() => expect(slow.ended).toBe(true));
});
