import { afterAll, beforeAll } from '@jest/globals';
import { DataSource } from 'typeorm';
import { type OutboxRelay, Topology } from '#messaging';
import { usualPolicy } from '#order-model';
import { withDatabase } from '#testing';
import { ChangeService } from '../src/change/change.service.js';
import { CreateOrderService } from '../src/create/create-order.service.js';
import { Orders1764000000001 } from '../src/migrations/0001-orders.js';
import { Resend1764000000003 } from '../src/migrations/0003-resend.js';
import { Json1764000000005 } from '../src/migrations/0005-json.js';
import { SCHEMA } from '../src/schema.js';

/** Names whose order jsonb would not keep. */
const ORDER = { zeta: 1.5, a: { long: [1, { y: null, x: 1e21 }], b: 'ö' }, productOrderItem: [{ id: '1', action: 'add' }] };
const SAID = { by: 'upstream', at: '2026-06-01T00:00:00.000Z' };
const RELAY = { nudge: () => undefined } as OutboxRelay;

/** order-service's tables in a database of the test file's own, and what writes to them, with no relay. */
export function orderStore() {
  const database = withDatabase(async (url) => {
    const migrations = [Orders1764000000001, Resend1764000000003, Json1764000000005];
    const migrating = await new DataSource({ type: 'postgres', url, schema: SCHEMA, migrations }).initialize();
    await migrating.query(`CREATE SCHEMA ${SCHEMA}`);
    await migrating.runMigrations();
    await migrating.destroy();
  });
  let store: DataSource;
  beforeAll(async () => {
    store = await new DataSource({ type: 'postgres', url: database.url, schema: SCHEMA }).initialize();
  });
  afterAll(() => store?.destroy());
  const topology = new Topology('supping.', 2);
  return {
    store: (): DataSource => store,
    create: (id: string) => new CreateOrderService(store, RELAY, topology).create({ id, ...SAID, body: ORDER, retry: undefined }),
    change: (command: object) => new ChangeService(store, RELAY, topology, usualPolicy).change({ ...SAID, ...command } as never),
  };
}
