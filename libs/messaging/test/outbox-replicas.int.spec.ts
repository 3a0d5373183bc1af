import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { eventually } from '#testing';
import { firstOccurrences, named } from './events.js';
import { append, givenBrokerProxy, givenConnection, givenDatabaseProxy, givenReceiver, openDataSource, undoing } from './fixtures.js';
import { names, numbered, outboxScene, thenLeads } from './outbox-fixtures.js';

const undo = undoing();
const scene = outboxScene(undo);

describe('given two replicas,', () => {
  test('when the one that publishes is stopped, then the other one takes over', async () => {
    const receiver = await givenReceiver(undo, scene.topology);
    const connection = await givenConnection(undo, scene.topology);
    const first = scene.givenRelay(connection);
    await thenLeads(first);
    const second = scene.givenRelay(connection);
    await append(scene.dataSource, scene.topology, ...numbered('a', 1, 10));
    await eventually(() => expect(named(receiver.events)).toEqual(names('a', 1, 10)));
    expect((await second.status()).leading).toBe(false);
    await first.stop();
    expect((await first.status()).leading).toBe(false);
    await append(scene.dataSource, scene.topology, ...numbered('a', 11, 20));
    await eventually(() => expect(named(receiver.events)).toEqual(names('a', 1, 20)));
    expect((await second.status()).leading).toBe(true);
    await scene.thenEmpty();
  });

  test('when the PostgreSQL session of the one that publishes ends, then one goes on, and nothing is lost or out of order', async () => {
    const receiver = await givenReceiver(undo, scene.topology);
    const connection = await givenConnection(undo, scene.topology);
    for (const relay of [scene.givenRelay(connection, { batch: 5 }), scene.givenRelay(connection, { batch: 5 })]) relay.nudge();
    for (let round = 0; round < 5; round++) {
      await append(scene.dataSource, scene.topology, ...numbered('a', round * 40 + 1, round * 40 + 40));
      await eventually(() => expect(receiver.events.length).toBeGreaterThan(round * 40));
      await scene.terminateSessions();
    }
    await eventually(() => expect(firstOccurrences(receiver.events)).toEqual(names('a', 1, 200)), { timeoutMs: 10_000 });
    await scene.thenEmpty();
  });

  test('when the one that publishes is cut off from PostgreSQL, then its lease runs out and the other one takes over', async () => {
    const receiver = await givenReceiver(undo, scene.topology);
    const connection = await givenConnection(undo, scene.topology);
    const { proxy, url } = await givenDatabaseProxy(undo, scene.database.url);
    const behind = await openDataSource(url);
    undo(() => behind.destroy());
    const first = scene.givenRelay(connection, { dataSource: behind, leaseMs: 400 });
    await thenLeads(first);
    const second = scene.givenRelay(connection, { leaseMs: 400 });
    proxy.blackHole();
    await append(scene.dataSource, scene.topology, ...numbered('a', 1, 10));
    await thenLeads(second);
    await eventually(() => expect(named(receiver.events)).toEqual(names('a', 1, 10)));
    proxy.resume();
    await append(scene.dataSource, scene.topology, ...numbered('a', 11, 20));
    await eventually(() => expect(firstOccurrences(receiver.events)).toEqual(names('a', 1, 20)));
    await scene.thenEmpty();
  });

  test('when the lease is short and there is nothing to do, then the one that publishes keeps it', async () => {
    const connection = await givenConnection(undo, scene.topology);
    const first = scene.givenRelay(connection, { leaseMs: 200, pollMs: 60_000 });
    await thenLeads(first);
    const second = scene.givenRelay(connection, { leaseMs: 200 });
    // A session that never speaks ends after three leases, and so tells that they have passed.
    const silentOne = new pg.Client({ connectionString: scene.database.url });
    const ended = new Promise((resolve) => silentOne.on('error', () => undefined).once('end', resolve));
    await silentOne.connect();
    await silentOne.query('SET idle_session_timeout = 600');
    await ended;
    expect(await first.status()).toMatchObject({ leading: true, lastError: undefined });
    expect((await second.status()).leading).toBe(false);
  });

  test('when the broker connection of the one that publishes is reset again and again, then nothing is lost or out of order', async () => {
    const receiver = await givenReceiver(undo, scene.topology);
    const { proxy, url } = await givenBrokerProxy(undo);
    scene.givenRelay(await givenConnection(undo, scene.topology, { url }), { batch: 10, window: 20 });
    scene.givenRelay(await givenConnection(undo, scene.topology), { batch: 10, window: 20 });
    for (let round = 0; round < 5; round++) {
      const [from, to] = [round * 40 + 1, round * 40 + 40];
      await append(scene.dataSource, scene.topology, ...numbered('a', from, to), ...numbered('b', from, to));
      await eventually(() => expect(receiver.events.length).toBeGreaterThan(round * 80));
      proxy.reset();
    }
    await scene.thenEmpty();
    const received = firstOccurrences(receiver.events);
    expect(received.filter((name) => name.startsWith('a'))).toEqual(names('a', 1, 200));
    expect(received.filter((name) => name.startsWith('b'))).toEqual(names('b', 1, 200));
  });
});
