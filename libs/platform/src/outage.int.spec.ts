import { afterAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { eventually, type TcpProxy, tcpProxy, withDatabase } from '#testing';
import { readConfig, type ServiceConfig } from './config.js';
import { openDatabase } from './database.module.js';
import { GroupCommit } from './group-commit.js';
import { isOutage } from './outage.js';
import { toProblem } from './problem.filter.js';

const empty = withDatabase(async (url) => {
  const database = await new DataSource({ type: 'postgres', url }).initialize();
  await database.query('CREATE TABLE thing (id int PRIMARY KEY)');
  await database.destroy();
});
const opened: DataSource[] = [];
afterAll(() => Promise.all(opened.map((database) => (database.isInitialized ? database.destroy() : undefined))));

async function open(url: string, said: Partial<ServiceConfig> = {}): Promise<DataSource> {
  const config = { ...readConfig('order-service', 3001, { DATABASE_URL: url }), ...said };
  const database = await openDatabase(config, { schema: 'things', migrations: [] });
  opened.push(database);
  return database;
}

/** Closes a proxy whose connections have ended: resetting one that is just ending keeps Node 20 from ever exiting. */
async function closed(proxy: TcpProxy): Promise<void> {
  await eventually(() => expect(proxy.connections).toBe(0));
  await proxy.close();
}

describe('a group commit', () => {
  /** A database behind a proxy, and a group commit that spoils the way to it between the INSERT and the COMMIT. */
  async function throughProxy(
    spoil: (proxy: TcpProxy) => void,
  ): Promise<{ error: unknown; proxy: TcpProxy; again: () => Promise<number> }> {
    const target = new URL(empty.url);
    const proxy = await tcpProxy(target.hostname, Number(target.port || 5432));
    target.port = String(proxy.port);
    const database = await open(target.href, { databaseTimeoutMs: 500 });
    let spoilt = false;
    const group = new GroupCommit<number, number>((numbers) =>
      database.transaction(async (tx) => {
        await tx.query('INSERT INTO thing SELECT unnest($1::int[])', [numbers]);
        if (!spoilt) spoil(proxy);
        spoilt = true;
        return numbers.map((ok) => ({ ok }));
      }),
    );
    const error: unknown = await group.submit(100).catch((reason: unknown) => reason);
    return { error, proxy, again: () => group.submit(101).finally(() => database.destroy()) };
  }

  it.each([
    ['is reset', (proxy: TcpProxy) => proxy.refuse()],
    ['goes silent', (proxy: TcpProxy) => proxy.blackHole()],
  ])('given a server whose connection %s, tells 503 with nothing stored, and goes on when it is back', async (_how, spoil) => {
    const direct = await open(empty.url);
    await direct.query('DELETE FROM thing WHERE id >= 100');
    const { error, proxy, again } = await throughProxy(spoil);
    try {
      expect(toProblem(error, 1)).toMatchObject({ status: 503, code: 'unavailable', headers: { 'retry-after': '1' } });
      proxy.resume();
      expect(await again()).toBe(101);
      expect(await direct.query('SELECT id FROM thing WHERE id >= 100')).toEqual([{ id: 101 }]);
    } finally {
      await closed(proxy);
    }
  });
});

describe('a query', () => {
  it('given a connection that is lost on its way, is an outage', async () => {
    const target = new URL(empty.url);
    const proxy = await tcpProxy(target.hostname, Number(target.port || 5432));
    try {
      target.port = String(proxy.port);
      const database = await open(target.href);
      const running = database.query('SELECT pg_sleep(30)').catch((error: unknown) => error);
      await (await open(empty.url)).query('SELECT 1');
      proxy.refuse();
      expect(isOutage(await running)).toBe(true);
      expect(isOutage(await database.query('SELECT 1').catch((error: unknown) => error))).toBe(true);
      proxy.resume();
      expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await database.destroy();
    } finally {
      await closed(proxy);
    }
  });
});
