import { expect, test } from '@jest/globals';
import { eventually } from '#testing';
import { LogTail } from '../src/feed/log-tail.js';
import { Places } from '../src/feed/places.js';
import { PLACES, withFeed } from './feed-app.js';

const feed = withFeed();

interface Page {
  readonly items: readonly { readonly subject: string; readonly sequence: number; readonly position: number; readonly type: string }[];
  readonly after: number;
  readonly type: string;
  readonly detail: string;
  readonly oldest?: number;
}

async function get(query: string): Promise<{ status: number; body: Page; next: string | undefined }> {
  const answer = await fetch(`${feed.origin}/events${query}`);
  const next = /^<\/events(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
  return { status: answer.status, body: (await answer.json()) as Page, next };
}
const named = ({ items }: Page): string[] => items.map(({ subject, sequence }) => `${subject}/${sequence}`);

test('given events, when paged through, then each comes once and in order, and the end says where to go on', async () => {
  const positions = await feed.publish('a', 5);
  const seen: string[] = [];
  let query: string | undefined = '?limit=2';
  let last: Page | undefined;
  while (query !== undefined) {
    const { status, body, next } = await get(query);
    expect(status).toBe(200);
    seen.push(...named(body));
    [query, last] = [next, body];
  }
  expect(seen).toEqual(['a/1', 'a/2', 'a/3', 'a/4', 'a/5']);
  expect(last?.after).toBe(positions.at(-1));
  const empty = await get(`?after=${last?.after}`);
  expect([empty.body, empty.next]).toEqual([{ items: [], after: positions.at(-1) }, undefined]);
  const [more] = await feed.publish('b', 1);
  expect((await get(`?after=${last?.after}`)).body).toMatchObject({ items: [{ subject: 'b', sequence: 1, position: more }], after: more });
});

test('given an empty log, when read from the beginning, then it says where to go on', async () => {
  expect((await get('')).body).toEqual({ items: [], after: 0 });
});

test('given an event, when read, then it is a CloudEvent in its JSON format', async () => {
  const [position] = await feed.publish('shape', 1);
  const [item] = (await get('')).body.items;
  expect(item).toEqual({
    specversion: '1.0',
    id: 'shape/1',
    source: '/merger-worker',
    type: 'io.supping.effective-order.revised.v1',
    subject: 'shape',
    time: expect.any(String),
    sequence: 1,
    partitionkey: 'shape',
    datacontenttype: 'application/json',
    data: { orderId: 'shape', filler: '' },
    position,
  });
});

test('given filters, when read, then only what fits comes, and the position goes past the rest', async () => {
  await feed.publish('c', 2);
  await feed.publish('d', 1, { name: 'supplement.merged' });
  const [last] = await feed.publish('c', 1, { name: 'supplement.held' });
  expect(named((await get('?subject=c')).body)).toEqual(['c/1', 'c/2', 'c/3']);
  expect(named((await get('?type=supplement.merged,io.supping.supplement.held.v1')).body)).toEqual(['d/1', 'c/3']);
  expect(named((await get('?subject=c&type=effective-order.revised&limit=1')).body)).toEqual(['c/1']);
  expect((await get('?type=effective-order.acknowledged')).body).toEqual({ items: [], after: last });
});

test.each([
  '?after=x',
  '?after=-1',
  '?after=1&after=2',
  '?after=1234567890123456',
  '?limit=0',
  '?limit=501',
  '?type=order.created',
  '?type=effective-order.revised,',
  '?subject=a&subject=b',
  '?wait=31',
  '?wait=soon',
  '?types=supplement.merged',
])('given %s, when read, then it is refused', async (query) => {
  const { status, body } = await get(query);
  expect([status, body.type]).toEqual([400, 'https://supping.io/problems/invalid-query']);
  expect(body.detail).toMatch(/after|limit|type|subject|wait/);
});

test('given a position that is no longer kept, when read, then it is 410 and says where to go on', async () => {
  const positions = await feed.publish('e', 6);
  const [oldest, head] = [positions[2] as number, positions[5] as number];
  await feed.forget(oldest);
  const { status, body } = await get(`?after=${oldest - 1}`);
  expect([status, body]).toEqual([
    410,
    expect.objectContaining({ type: 'https://supping.io/problems/position-gone', after: head, oldest }),
  ]);
  expect(body.detail).toContain(`go on with after=${head}`);
  expect(named((await get(`?after=${oldest}`)).body)).toEqual(['e/4', 'e/5', 'e/6']);
  expect(named((await get('')).body)).toEqual(['e/4', 'e/5', 'e/6']);
  await feed.forget(head);
  expect((await get(`?after=${oldest}`)).status).toBe(410);
  expect((await get(`?after=${head}`)).body).toEqual({ items: [], after: head });
});

test('given a position that the log has not come to, when read, then it is 410 too: nothing would come for long', async () => {
  const [position] = await feed.publish('f', 1);
  expect((await get(`?after=${Number(position) + 1}`)).status).toBe(410);
});

test.each([false, true])('given a wait, when an event comes (from another replica: %j), then it is answered at once', async (silently) => {
  const [position] = await feed.publish('g', 1);
  const before = feed.reads;
  const waiting = get(`?after=${position}&wait=30&subject=h`);
  await eventually(() => expect(feed.reads).toBeGreaterThan(before + 1));
  await feed.publish('g', 1);
  await feed.publish('h', 1, { silently });
  expect((await waiting).body.items).toEqual([expect.objectContaining({ subject: 'h' })]);
});

test('given a wait, when the relay of this replica has moved events, then the log is read without waiting for the next look', async () => {
  const [position] = await feed.publish('k', 1);
  const waiting = get(`?after=${position}&wait=30`);
  await eventually(() => expect(feed.app.get(Places).taken).toBe(1));
  const tail = feed.app.get(LogTail) as unknown as { wake: unknown };
  await eventually(() => expect(tail.wake).toBeDefined());
  const before = feed.reads;
  feed.nudge();
  // Promises only: no timer can have run.
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  expect(feed.reads).toBe(before + 1);
  await feed.publish('k', 1);
  expect((await waiting).body.items).toHaveLength(1);
});

test('given a wait in which nothing comes, when it is over, then it says where to go on', async () => {
  const [position] = await feed.publish('i', 1);
  expect((await get(`?after=${position}&wait=1`)).body).toEqual({ items: [], after: position });
});

test('given as many waiting as may, when another one waits, then it is answered at once', async () => {
  const [position] = await feed.publish('j', 1);
  const waiting = Array.from({ length: PLACES }, () => get(`?after=${position}&wait=30`));
  await eventually(() => expect(feed.app.get(Places).taken).toBe(PLACES));
  const began = Date.now();
  expect((await get(`?after=${position}&wait=30`)).body.items).toEqual([]);
  expect(Date.now() - began).toBeLessThan(10_000);
  await feed.publish('j', 1);
  for (const one of await Promise.all(waiting)) expect(one.body.items).toHaveLength(1);
});
