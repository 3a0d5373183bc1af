import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type CloudEvent, OutboxRelay, type OutboxRelayOptions, outboxTable, type RabbitMqConnection, type Topology } from '#messaging';
import { eventually, withDatabase } from '#testing';
import { eventOf, named, silent } from './events.js';
import { givenTopology, migrate, openDataSource, SCHEMA, type Undo } from './fixtures.js';

/** An outbox in a database of the file's own and a topology of the test's own. */
export class OutboxScene {
  dataSource!: DataSource;
  topology!: Topology;

  constructor(
    readonly database: { readonly url: string },
    private readonly undo: Undo,
  ) {}

  givenRelay(connection: RabbitMqConnection, given: Partial<OutboxRelayOptions> = {}): OutboxRelay {
    const { dataSource, topology } = this;
    const relay = new OutboxRelay({ dataSource, schema: SCHEMA, connection, topology, logger: silent, pollMs: 20, ...given });
    this.undo(() => relay.stop());
    relay.start();
    return relay;
  }

  thenEmpty(): Promise<void> {
    return eventually(async () => expect(await this.dataSource.query(`SELECT subject, sequence FROM ${outboxTable(SCHEMA)}`)).toEqual([]));
  }

  /** Ends the relays' own PostgreSQL connections, as a failover would. */
  terminateSessions(): Promise<unknown> {
    return this.dataSource.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${SCHEMA}-outbox-relay'`,
    );
  }
}

/** To be called at the top of a test file. */
export function outboxScene(undo: Undo): OutboxScene {
  const scene = new OutboxScene(withDatabase(migrate), undo);
  beforeAll(async () => {
    scene.dataSource = await openDataSource(scene.database.url);
  });
  afterAll(() => scene.dataSource.destroy());
  beforeEach(() => {
    scene.topology = givenTopology(undo, { shards: 2 });
  });
  afterEach(() => scene.dataSource.query(`TRUNCATE ${outboxTable(SCHEMA)}`));
  return scene;
}

export const thenLeads = (relay: OutboxRelay): Promise<void> => eventually(async () => expect((await relay.status()).leading).toBe(true));

export const numbered = (subject: string, from: number, to: number): CloudEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => eventOf(subject, from + index));

export const names = (subject: string, from: number, to: number): string[] => named(numbered(subject, from, to));
