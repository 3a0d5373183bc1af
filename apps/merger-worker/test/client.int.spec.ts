import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import {
  type FeedEvent,
  FeedGoneError,
  FeedRefusedError,
  type FollowFeedOptions,
  followFeed,
  type LostEvents,
  type PositionStore,
  type SequenceStore,
  type SubscribeOptions,
  type Subscription,
  sequencesInMemory,
  subscribe,
} from '#client';
import { type EventName, eventType } from '#contracts';
import { appendToOutbox, OutboxRelay, outboxTable, RabbitMqConnection, type Topology } from '#messaging';
import {
  dropTopology,
  eventually,
  proxyTo,
  type TcpProxy,
  type TcpProxyOptions,
  testAmqpUrl,
  testTopology,
  withoutCancels,
} from '#testing';
import { SCHEMA } from '../src/schema.js';
import { withFeed } from './feed-app.js';

const feed = withFeed();
const undos: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});

const named = (events: readonly FeedEvent[]): string[] => events.map(({ subject, sequence }) => `${subject}/${sequence}`);
const names = (subject: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `${subject}/${from + n}`);

/** A way to a server that can be spoilt. */
async function givenProxy(url: string, defaultPort: number, options?: TcpProxyOptions): Promise<{ proxy: TcpProxy; url: string }> {
  const by = await proxyTo(url, defaultPort, options);
  undos.push(() => by.proxy.close());
  return by;
}

describe('followFeed', () => {
  function aStore(): PositionStore & { position: number | undefined } {
    const store = {
      position: undefined as number | undefined,
      load: () => store.position,
      save: (position: number) => {
        store.position = position;
      },
    };
    return store;
  }

  /** Follows until it is ended; what was handed over. */
  function follow(given: Partial<FollowFeedOptions> & Pick<FollowFeedOptions, 'store'>) {
    const stop = new AbortController();
    const handed: FeedEvent[] = [];
    const problems: Error[] = [];
    const options = { origin: feed.origin, handle: (event: FeedEvent) => void handed.push(event), ...given };
    const ended = followFeed({ ...options, signal: stop.signal, onProblem: (error) => void problems.push(error) });
    ended.catch(() => undefined);
    const end = async (): Promise<void> => {
      stop.abort();
      await ended;
    };
    undos.push(() => end().catch(() => undefined));
    return { handed, problems, ended, end };
  }

  test('given a consumer that was away, when it comes back, then it has what it missed, once and in order, and then each as it comes', async () => {
    const store = aStore();
    await feed.publish('a', 3);
    const first = follow({ store });
    await eventually(() => expect(named(first.handed)).toEqual(names('a', 1, 3)));
    await feed.publish('a', 1);
    await eventually(() => expect(named(first.handed)).toEqual(names('a', 1, 4)));
    await first.end();
    await feed.publish('a', 1_200);
    const second = follow({ store });
    await eventually(() => expect(named(second.handed)).toEqual(names('a', 5, 1_204)), { timeoutMs: 10_000 });
    await feed.publish('a', 1);
    await eventually(() => expect(second.handed).toHaveLength(1_201));
    expect(second.handed[0]?.name).toBe('effective-order.revised');
  });

  test('given filters and a place to begin, when followed, then only those come, and the position goes past the others', async () => {
    const store = aStore();
    const [first] = await feed.publish('b', 1);
    await feed.publish('b', 1, { name: 'supplement.merged' });
    await feed.publish('c', 1, { name: 'supplement.merged' });
    const [last] = await feed.publish('b', 1);
    const { handed } = follow({ store, after: Number(first), types: ['supplement.merged'], subject: 'b' });
    await eventually(() => expect(store.position).toBe(last));
    expect(named(handed)).toEqual(['b/2']);
  });

  test('given a handler that throws, when followed, then it is given the event again, and none is passed over', async () => {
    await feed.publish('d', 4);
    const handed: string[] = [];
    const failing = ['d/2', 'd/2', 'd/4'];
    const { problems } = follow({
      store: aStore(),
      handle: (event) => {
        const [name = ''] = named([event]);
        if (failing[0] === name) throw new Error(`no ${failing.shift()}`);
        handed.push(name);
      },
    });
    await eventually(() => expect(handed).toEqual(names('d', 1, 4)));
    expect(problems.map(({ message }) => message)).toEqual(['no d/2', 'no d/2', 'no d/4']);
  });

  test('given a service that goes away and comes back, when followed, then nothing is missing or twice', async () => {
    const { proxy, url } = await givenProxy(feed.origin, 80);
    const { handed, problems } = follow({ store: aStore(), origin: url });
    await feed.publish('e', 2);
    await eventually(() => expect(handed).toHaveLength(2));
    proxy.refuse();
    await feed.publish('e', 2);
    await eventually(() => expect(problems.length).toBeGreaterThan(1));
    expect(handed).toHaveLength(2);
    proxy.resume();
    await eventually(() => expect(named(handed)).toEqual(names('e', 1, 4)));
  });

  test('given events that are no longer kept, when followed, then the caller is told and goes on behind them', async () => {
    const store = aStore();
    const positions = await feed.publish('f', 3);
    store.position = Number(positions[0]);
    await feed.forget(Number(positions[1]));
    const told: FeedGoneError[] = [];
    const { handed } = follow({ store, gone: (error) => void told.push(error) });
    await eventually(() => expect(store.position).toBe(positions[2]));
    expect(told.map(({ after }) => after)).toEqual([positions[2]]);
    await feed.publish('f', 1);
    await eventually(() => expect(named(handed)).toEqual(['f/4']));
    store.position = positions[0];
    await expect(follow({ store }).ended).rejects.toThrow(FeedGoneError);
  });

  test('given a request that is wrong, when followed, then it ends and says why', async () => {
    await expect(follow({ store: aStore(), after: 0.5 }).ended).rejects.toThrow(FeedRefusedError);
  });
});

describe('subscribe', () => {
  let topology: Topology;
  let queue = '';
  let relay: OutboxRelay;
  let model: ChannelModel;
  let channel: Channel;
  const sequences = new Map<string, number>();

  beforeEach(async () => {
    topology = testTopology(2);
    queue = `${topology.prefix}consumer`;
    undos.push(() => dropTopology(topology, { queues: [queue] }));
    const connection = new RabbitMqConnection({ url: testAmqpUrl(), name: 'test', topology });
    undos.push(() => connection.close());
    await connection.ready();
    const options = { dataSource: feed.store, schema: SCHEMA, connection, topology, keep: true, pollMs: 20 };
    relay = new OutboxRelay({ ...options, unheard: ['effective-order.revised', 'supplement.merged', 'supplement.held'] });
    relay.start();
    undos.push(() => relay.stop());
    model = await connect(testAmqpUrl(), { noDelay: true });
    undos.push(() => model.close());
    channel = await model.createChannel();
  });

  /** As the merger does: into its outbox, and from there to the broker and into the log. Resolves when both have them. */
  async function publish(orderId: string, count: number, name: EventName = 'effective-order.revised'): Promise<void> {
    const last = sequences.get(orderId) ?? 0;
    sequences.set(orderId, last + count);
    const events = Array.from({ length: count }, (_, n) => ({
      id: `${orderId}/${last + n + 1}`,
      source: '/merger-worker',
      type: eventType(name),
      subject: orderId,
      time: new Date().toISOString(),
      sequence: last + n + 1,
      partitionkey: orderId,
      data: { orderId },
    }));
    await feed.store.transaction((tx) => appendToOutbox(tx, SCHEMA, events, topology));
    await eventually(async () => expect(await feed.store.query(`SELECT FROM ${outboxTable(SCHEMA)}`)).toEqual([]));
  }

  interface Consumer {
    readonly handed: FeedEvent[];
    readonly problems: string[];
    readonly subscription: Subscription;
  }

  async function consume(given: Partial<SubscribeOptions> = {}): Promise<Consumer> {
    const handed: FeedEvent[] = [];
    const problems: string[] = [];
    const subscription = await subscribe({
      amqpUrl: testAmqpUrl(),
      prefix: topology.prefix,
      queue,
      feed: feed.origin,
      handle: (event) => void handed.push(event),
      onProblem: (error) => void problems.push(error.message),
      ...given,
    });
    undos.push(() => subscription.close());
    return { handed, problems, subscription };
  }
  /** On a channel of its own: looking for a queue that is not there ends it. */
  async function consumers(): Promise<number> {
    const looking = await model.createChannel();
    looking.on('error', () => undefined);
    const { consumerCount } = await looking.checkQueue(queue);
    await looking.close();
    return consumerCount;
  }
  const inQueue = async (): Promise<number> => (await channel.checkQueue(queue)).messageCount;

  test('given events, some of them twice, when consumed, then each is handed over once and in order', async () => {
    const { handed } = await consume();
    await publish('a', 3);
    await eventually(() => expect(named(handed)).toEqual(names('a', 1, 3)));
    const [event] = handed;
    const headers = { specversion: '1.0', id: 'a/2', source: '/merger-worker', type: event?.type, subject: 'a', time: event?.time };
    const prefixed = Object.entries({ ...headers, sequence: 2, partitionkey: 'a' }).map(([name, value]) => [`cloudEvents:${name}`, value]);
    const properties = { headers: Object.fromEntries(prefixed) as Record<string, unknown>, contentType: 'application/json' };
    channel.publish(topology.events, 'effective-order.revised.00', Buffer.from('{}'), properties);
    await publish('a', 1);
    await eventually(() => expect(named(handed)).toEqual(names('a', 1, 4)));
    await eventually(async () => expect(await inQueue()).toBe(0));
  });

  test('given messages that were lost from the queue, when the next one comes, then they are fetched and handed over first', async () => {
    const store = sequencesInMemory();
    const { handed, subscription } = await consume({ store });
    await publish('b', 2);
    await eventually(() => expect(handed).toHaveLength(2));
    await subscription.close();
    await publish('b', 3);
    await eventually(async () => expect(await inQueue()).toBe(3));
    await channel.purgeQueue(queue);
    await publish('b', 1);
    const later = await consume({ store });
    await eventually(() => expect(named(later.handed)).toEqual(names('b', 3, 6)));
  });

  test('given an event in hand, when closed, then it is finished and acknowledged, and the rest is there for the next time', async () => {
    const store = sequencesInMemory();
    let finish: (() => void) | undefined;
    const done: string[] = [];
    const { subscription } = await consume({
      store,
      handle: async (event) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        done.push(...named([event]));
      },
    });
    await publish('c', 3);
    await eventually(() => expect(finish).toBeDefined());
    const closed = subscription.close();
    finish?.();
    await closed;
    expect(done).toEqual(['c/1']);
    await eventually(async () => expect(await inQueue()).toBe(2));
    const { handed } = await consume({ store });
    await eventually(() => expect(named(handed)).toEqual(['c/2', 'c/3']));
  });

  test('given a consumer whose memory has gone, when it starts again, then it is handed all that the feed has of an order, in order', async () => {
    const { handed, subscription } = await consume();
    await publish('d', 3);
    await eventually(() => expect(handed).toHaveLength(3));
    await subscription.close();
    await publish('d', 1);
    const later = await consume();
    await eventually(() => expect(named(later.handed)).toEqual(names('d', 1, 4)));
  });

  test('given an order whose event fails, when consumed, then the others go on, and it comes when it can', async () => {
    let broken = true;
    const handed: string[] = [];
    const { problems } = await consume({
      handle: (event) => {
        if (event.subject === 'bad' && broken) throw new Error('not now');
        handed.push(...named([event]));
      },
    });
    await publish('bad', 2);
    await publish('good', 2);
    await eventually(() => expect(handed).toEqual(names('good', 1, 2)));
    expect(problems).toContain('not now');
    broken = false;
    await eventually(() => expect(handed.slice(2)).toEqual(names('bad', 1, 2)));
  });

  test.each<[string, TcpProxyOptions, (proxy: TcpProxy) => unknown]>([
    ['the queue is deleted', {}, async () => void (await channel.deleteQueue(queue))],
    ['the queue is deleted and the broker does not say so', withoutCancels, async () => void (await channel.deleteQueue(queue))],
    ['the connection is reset', {}, (proxy) => proxy.reset()],
    [
      'the broker is away',
      {},
      async (proxy) => {
        proxy.refuse();
        await publish('away', 1);
        proxy.resume();
      },
    ],
  ])(
    'given that %s, when events come after, then it consumes again, and nothing is missing or twice',
    async (_, options, spoil) => {
      const { proxy, url } = await givenProxy(testAmqpUrl(), 5672, options);
      const { handed } = await consume({ amqpUrl: url, types: ['effective-order.revised'] });
      const subject = `s${sequences.size}`;
      await publish(subject, 2);
      await eventually(() => expect(handed).toHaveLength(2));
      await spoil(proxy);
      await publish(subject, 2);
      await eventually(async () => expect(await consumers()).toBe(1), { timeoutMs: 20_000 });
      await publish(subject, 1);
      await eventually(() => expect(named(handed.filter((event) => event.subject === subject))).toEqual(names(subject, 1, 5)), {
        timeoutMs: 10_000,
      });
    },
    40_000,
  );

  test('given events that are no longer kept, when one comes behind them, then the caller is told which, once', async () => {
    const losses: LostEvents[] = [];
    const store: SequenceStore = sequencesInMemory();
    const { subscription } = await consume({ store });
    await subscription.close();
    await publish('f', 3);
    const [{ position }] = await feed.store.query<[{ position: string }]>(`SELECT max(position) AS position FROM ${SCHEMA}.event_log`);
    await feed.forget(Number(position));
    await channel.purgeQueue(queue);
    await publish('f', 2);
    const { handed } = await consume({ store, lost: (events) => void losses.push(events) });
    await eventually(() => expect(named(handed)).toEqual(['f/4', 'f/5']));
    expect(losses).toEqual([{ subject: 'f', family: 'revisions', from: 1, to: 3 }]);
  });

  test('given a message that is no event, when consumed, then it is refused and holds nobody up', async () => {
    const { handed, problems } = await consume();
    channel.sendToQueue(queue, Buffer.from('nonsense'));
    await publish('g', 1);
    await eventually(() => expect(named(handed)).toEqual(['g/1']));
    expect(problems).toEqual(['The header cloudEvents:specversion is missing.']);
    await eventually(async () => expect(await inQueue()).toBe(0));
  });
});
