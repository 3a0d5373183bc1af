import { afterAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { eventually, proxyTo, type TcpProxy, withDatabase } from '#testing';
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

/** What PostgreSQL says last to a session that an administrator ends (protocol 3, ErrorResponse). */
function endedByAdministrator(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([head, fields]);
}

describe('a connection of the pool', () => {
  it('that the server ends in the moment it is made, costs its query and nothing else', async () => {
    let spoils = false;
    const gate = () => ({
      toServer: (bytes: Buffer) => bytes,
      toClient: (bytes: Buffer) => {
        const ready = bytes.subarray(-6).equals(Buffer.from('Z\0\0\0\x05I'));
        if (!ready || !spoils) return bytes;
        spoils = false;
        // Both in one piece, before whoever gets the connection can listen.
        return Buffer.concat([bytes, endedByAdministrator()]);
      },
    });
    const { proxy, url } = await proxyTo(empty.url, 5432, { gate });
    try {
      const database = await open(url);
      const held = database.createQueryRunner();
      await held.query('SELECT 1');
      spoils = true;
      await expect(database.query('SELECT 1')).rejects.toThrow();
      expect(spoils).toBe(false);
      await held.release();
      expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await database.destroy();
    } finally {
      await closed(proxy);
    }
  });
});

describe('a group commit', () => {
  /** A database behind a proxy, and a group commit that spoils the way to it between the INSERT and the COMMIT. */
  async function throughProxy(
    spoil: (proxy: TcpProxy) => void,
  ): Promise<{ error: unknown; proxy: TcpProxy; again: () => Promise<number> }> {
    const { proxy, url } = await proxyTo(empty.url, 5432);
    const database = await open(url, { databaseTimeoutMs: 500 });
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
    const { proxy, url } = await proxyTo(empty.url, 5432);
    try {
      const database = await open(url);
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
