import 'reflect-metadata';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { type EventName, eventType } from '#contracts';
import { EventLog, OutboxRelay } from '#messaging';
import { createHttpApplication } from '#platform';
import { withDatabase } from '#testing';
import { FeedController } from '../src/feed/feed.controller.js';
import { FeedService } from '../src/feed/feed.service.js';
import { LogTail } from '../src/feed/log-tail.js';
import { Places } from '../src/feed/places.js';
import { StreamsController } from '../src/feed/streams.controller.js';
import { StreamsService } from '../src/feed/streams.service.js';
import { MIGRATIONS } from '../src/migrations/index.js';
import { SCHEMA } from '../src/schema.js';

/** Streams and waiting requests at once. */
export const PLACES = 3;

export interface Feed {
  readonly origin: string;
  readonly app: NestFastifyApplication;
  readonly store: DataSource;
  /** How often the log was read. */
  readonly reads: number;
  /** As the relay does it: rows of an order, numbered on, then the news of it where it was this replica. @returns their positions */
  publish(orderId: string, count: number, given?: { name?: EventName; filler?: string; silently?: boolean }): Promise<number[]>;
  /** The relay's news that it has moved events. */
  nudge(): void;
  /** Deletes all events up to a position, as if they had grown old. */
  forget(upTo: number): Promise<void>;
}

/** The feed's own part of the merger over HTTP, on a database of its own, for the test file that calls this. */
export function withFeed(): Feed {
  const database = withDatabase(async (url) => {
    const migrating = await new DataSource({ type: 'postgres', url, schema: SCHEMA, migrations: MIGRATIONS }).initialize();
    await migrating.query(`CREATE SCHEMA ${SCHEMA}`);
    await migrating.runMigrations();
    await migrating.destroy();
  });
  const sequences = new Map<string, number>();
  const state = { reads: 0 } as { reads: number; origin: string; app: NestFastifyApplication; store: DataSource; kept: () => void };
  beforeAll(async () => {
    state.store = await new DataSource({ type: 'postgres', url: database.url, schema: SCHEMA }).initialize();
    const log = new EventLog(state.store, SCHEMA);
    const page = log.page.bind(log);
    log.page = (...args) => {
      state.reads += 1;
      return page(...args);
    };
    const relay = {
      onKept: (listener: () => void) => {
        state.kept = listener;
        return () => undefined;
      },
    };
    @Module({
      controllers: [FeedController, StreamsController],
      providers: [
        FeedService,
        StreamsService,
        { provide: EventLog, useValue: log },
        { provide: LogTail, useFactory: () => new LogTail(log) },
        { provide: Places, useFactory: () => new Places(PLACES) },
        { provide: OutboxRelay, useValue: relay },
      ],
    })
    class FeedModule {}
    state.app = await createHttpApplication(FeedModule, 1_000_000, false);
    await state.app.listen(0, '127.0.0.1');
    state.origin = await state.app.getUrl();
  });
  afterEach(async () => {
    await state.store.query(`TRUNCATE ${SCHEMA}.event_log; UPDATE ${SCHEMA}.event_log_trimmed SET position = 0`);
  });
  afterAll(async () => {
    await state.app?.close();
    await state.store?.destroy();
  });
  return {
    get origin() {
      return state.origin;
    },
    get app() {
      return state.app;
    },
    get store() {
      return state.store;
    },
    get reads() {
      return state.reads;
    },
    async publish(orderId, count, { name = 'effective-order.revised', filler = '', silently = false } = {}) {
      const from = (sequences.get(orderId) ?? 0) + 1;
      sequences.set(orderId, from + count - 1);
      const rows: { position: string }[] = await state.store.query(
        `INSERT INTO ${SCHEMA}.event_log (id, type, subject, partitionkey, sequence, time, source, data)
         SELECT $1 || '/' || n, $2, $1, $1, n, now(), '/merger-worker', json_build_object('orderId', $1::text, 'filler', $5::text)
           FROM generate_series($3::int, $4::int) n RETURNING position`,
        [orderId, eventType(name), from, from + count - 1, filler],
      );
      if (!silently) state.kept();
      return rows.map(({ position }) => Number(position));
    },
    nudge: () => state.kept(),
    async forget(upTo) {
      await state.store.query(`UPDATE ${SCHEMA}.event_log SET published_at = now() - interval '2 hours' WHERE position <= $1`, [upTo]);
      await new EventLog(state.store, SCHEMA).trim(3_600_000, 1_000_000);
    },
  };
}
