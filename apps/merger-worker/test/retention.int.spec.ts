import { expect, test } from '@jest/globals';
import { EventLog } from '#messaging';
import { RetentionService } from '../src/feed/retention.service.js';
import { SCHEMA } from '../src/schema.js';
import { withFeed } from './feed-app.js';

const feed = withFeed();
const HOUR_MS = 3_600_000;

test('given more old events than a batch, when a round is over, then all of them are deleted, in bounded batches, and no other', async () => {
  const positions = await feed.publish('a', 4_500);
  const old = positions[4_200] as number;
  await feed.store.query(`UPDATE ${SCHEMA}.event_log SET published_at = now() - interval '2 hours' WHERE position <= $1`, [old]);
  const log = new EventLog(feed.store, SCHEMA);
  const batches: number[] = [];
  const trim = log.trim.bind(log);
  log.trim = async (...args) => {
    const deleted = await trim(...args);
    batches.push(deleted);
    return deleted;
  };
  await new RetentionService(log, { retentionMs: HOUR_MS, streamsLimit: 1 }).round();
  expect(batches).toEqual([2_000, 2_000, 201]);
  expect((await log.bounds()).trimmed).toBe(old);
});

test('given PostgreSQL that is away, when a round begins, then it ends without an error', async () => {
  const away = { trim: async () => Promise.reject(new Error('away')) } as unknown as EventLog;
  await new RetentionService(away, { retentionMs: HOUR_MS, streamsLimit: 1 }).round();
});
