import { afterAll, beforeAll } from '@jest/globals';
import { DataSource } from 'typeorm';
import { faultOfEvent } from '#contracts';
import { JsonText, type OutboxRelay, type RabbitMqClient, Topology } from '#messaging';
import { type Policy, usualPolicy } from '#order-model';
import { withDatabase } from '#testing';
import { HeadsService } from '../src/follow/heads.service.js';
import { ExpiryService } from '../src/lifecycle/expiry.service.js';
import { LifecycleService } from '../src/lifecycle/lifecycle.service.js';
import { StepService } from '../src/lifecycle/step.service.js';
import { Supplements1764000000001 } from '../src/migrations/0001-supplements.js';
import { LifeCycle1764000000002 } from '../src/migrations/0002-life-cycle.js';
import { Resend1764000000004 } from '../src/migrations/0004-resend.js';
import { Lists1764000000005 } from '../src/migrations/0005-lists.js';
import { SCHEMA } from '../src/schema.js';
import { Outcomes } from '../src/submit/outcomes.js';
import type { SubmitSupplement } from '../src/submit/submission.js';
import { SupplementsService } from '../src/submit/supplements.service.js';

export const MIGRATIONS = [Supplements1764000000001, LifeCycle1764000000002, Resend1764000000004, Lists1764000000005];

export interface World {
  readonly store: DataSource;
  readonly steps: StepService;
  readonly lifecycle: LifecycleService;
  readonly heads: HeadsService;
  /** @param client asks order-service for orders not heard of; without one every order is known */
  supplements(policy?: Partial<Policy>, client?: RabbitMqClient): SupplementsService;
  /** An expiry of its own, as every replica has one; it looks only when told to. */
  expiry(): ExpiryService;
  /** What was told since the last look, in order, each held against its schema. */
  told(): Promise<{ type: string; id: string; sequence: number; data: Record<string, unknown> }[]>;
}

/** The services on a PostgreSQL database of the test file's own. Nobody publishes: what is told is read from the outbox. */
export function aWorld(): World {
  const database = withDatabase(async (url) => {
    const migrating = await new DataSource({ type: 'postgres', url, schema: SCHEMA, migrations: MIGRATIONS }).initialize();
    await migrating.query(`CREATE SCHEMA ${SCHEMA}`);
    await migrating.runMigrations();
    await migrating.destroy();
  }, 'supp-service');
  let store: DataSource | undefined;
  const opened = (): DataSource => {
    if (store === undefined) throw new Error('the world is there from beforeAll to afterAll');
    return store;
  };
  beforeAll(async () => {
    store = await new DataSource({ type: 'postgres', url: database.url, schema: SCHEMA }).initialize();
  });
  afterAll(() => store?.destroy());

  const relay = { nudge: () => undefined } as OutboxRelay;
  const topology = new Topology('supping.', 2);
  const nobody = {} as RabbitMqClient;
  const steps = new StepService(topology);
  return {
    get store() {
      return opened();
    },
    steps,
    get lifecycle() {
      return new LifecycleService(opened(), relay, steps, usualPolicy);
    },
    get heads() {
      return new HeadsService(opened(), new Outcomes(opened()));
    },
    supplements: (policy = {}, client = nobody) => new SupplementsService(opened(), relay, client, topology, { ...usualPolicy, ...policy }),
    expiry: () => new ExpiryService(opened(), relay, steps, 86_400_000),
    async told() {
      const rows: { type: string; id: string; sequence: string; data: Record<string, unknown> }[] = await opened().query(
        `WITH taken AS (DELETE FROM ${SCHEMA}.outbox RETURNING seq, type, id, sequence, data) SELECT * FROM taken ORDER BY seq`,
      );
      return rows.map(({ type, id, sequence, data }) => {
        const fault = faultOfEvent({ type, data });
        if (fault !== undefined) throw new Error(fault);
        return { type: type.replace(/^io\.supping\.(.*)\.v1$/, '$1'), id, sequence: Number(sequence), data };
      });
    },
  };
}

let made = 0;
/** A submission of `upstream` with an id of its own. */
export function aSubmission(
  orderId: string,
  request: Partial<SubmitSupplement['request']> = {},
  at = '2026-06-01T00:00:00.000Z',
): SubmitSupplement {
  made += 1;
  const asked = { category: 'technicalDetail' as const, changes: { description: `${made}` }, ...request };
  return {
    id: `${orderId}-${made}`,
    orderId,
    by: 'upstream',
    at,
    request: asked,
    text: JsonText.of(asked),
    hash: `${made}`,
  };
}
