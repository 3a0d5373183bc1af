import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultName } from './faults/names.js';

export type SabotageName = 'fence' | 'outbox-after-confirm' | 'order-lock' | 'delivery-limit' | 'idempotency' | 'gap-repair';

interface Replacement {
  /** Below dist/. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A safeguard switched off, and the faults it is there for. */
export interface Sabotage {
  readonly without: string;
  readonly replacements: readonly Replacement[];
  readonly faults: readonly FaultName[];
  /** What the checker has to say for the sabotage to count as found. */
  readonly shows: RegExp;
}

export const SABOTAGES: Readonly<Record<SabotageName, Sabotage>> = {
  fence: {
    // The fence stands behind the lock of the head: while that is there, nothing reaches the fence.
    without: "the merger's expected version in the WHERE, and the row lock in front of it",
    replacements: [
      {
        file: 'apps/merger-worker/src/merge/heads.store.js',
        find: 'ORDER BY order_id FOR UPDATE`',
        replace: 'ORDER BY order_id`',
      },
      {
        file: 'apps/merger-worker/src/merge/save.store.js',
        find: ' AND h.version + h.sequence = n.seen\n',
        replace: '\n',
      },
    ],
    faults: ['merger stalls in its transaction', 'merger stalls in its transaction', 'kill -9 merger-worker before ack'],
    shows: /was never merged|still waits for one before it|not what a replay gives|at revision/,
  },
  'outbox-after-confirm': {
    without: "the wait for the broker's confirm before an outbox row is deleted",
    replacements: [
      {
        file: 'libs/messaging/src/outbox-flight.js',
        find: 'this.#inHand.add(seq);',
        replace: 'this.#inHand.add(seq); this.#deletable.push(seq);',
      },
    ],
    faults: ['publish lost', 'half-open sockets', 'publish lost', 'broker node kill -9', 'publish lost'],
    shows: /was never told|was never merged/,
  },
  'order-lock': {
    without: 'the row locks of the owners under which versions and sequences are taken',
    replacements: [
      {
        file: 'apps/supp-service/src/line.store.js',
        find: 'ORDER BY order_id FOR UPDATE`',
        replace: 'ORDER BY order_id`',
      },
      {
        file: 'apps/order-service/src/change/change.store.js',
        find: 'WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE`',
        replace: 'WHERE id = ANY($1::text[]) ORDER BY id`',
      },
    ],
    faults: ['kill -9 supp-service before commit', 'COMMIT reply lost', 'sessions terminated', 'PostgreSQL kill -9'],
    shows: /answered 500|numbered|effects/,
  },
  'delivery-limit': {
    without: 'the limit of deliveries after which the broker gives a message up',
    replacements: [
      { file: 'libs/messaging/src/topology.js', find: 'const DELIVERY_LIMIT = 20;', replace: 'const DELIVERY_LIMIT = 1_000_000_000;' },
    ],
    faults: ['message that breaks its consumer'],
    shows: /message that breaks its consumer: .*not within|did not end in the dead letters/,
  },
  idempotency: {
    without: 'what is remembered of Idempotency-Keys',
    replacements: [
      {
        file: 'libs/platform/src/idempotency.store.js',
        find: 'export async function recallKeys(tx, schema, wanted) {',
        replace: 'export async function recallKeys(tx, schema, wanted) { return [];',
      },
      {
        file: 'libs/platform/src/idempotency.store.js',
        find: 'export function rememberKeysStatement(schema, rows) {',
        replace: 'export function rememberKeysStatement(schema, rows) { return undefined;',
      },
    ],
    faults: ['COMMIT reply lost', 'kill -9 order-service after commit', 'kill -9 supp-service after commit', 'COMMIT reply lost'],
    shows: /has 2 effects/,
  },
  'gap-repair': {
    without: "the merger's asking for what is missing, and its comparing of heads",
    replacements: [
      { file: 'apps/merger-worker/src/repair/gap-repair.service.js', find: 'this.rounds.start();', replace: '' },
      { file: 'apps/merger-worker/src/repair/reconcile-rounds.service.js', find: 'this.rounds.start();', replace: ';' },
    ],
    faults: ['message dropped', 'queue deleted', 'binding removed'],
    shows: /was never merged/,
  },
};

export const SABOTAGE_NAMES = Object.keys(SABOTAGES) as SabotageName[];

/**
 * Switches a safeguard off in a copy of dist/.
 * @throws Error when the code is no longer what the sabotage was written for
 */
export async function sabotage(dist: string, name: SabotageName): Promise<void> {
  for (const { file, find, replace } of SABOTAGES[name].replacements) {
    const path = join(dist, file);
    const code = await readFile(path, 'utf8').catch(() => undefined);
    await writeFile(path, replaceOnce(code, find, replace, `sabotage ${name}: ${file}`));
  }
}

/** @throws Error unless `find` stands exactly once in `code` */
export function replaceOnce(code: string | undefined, find: string, replace: string, where: string): string {
  const parts = code?.split(find) ?? [];
  if (parts.length !== 2) {
    const why = code === undefined ? 'there is no such file' : `${JSON.stringify(find)} stands there ${parts.length - 1} times, not once`;
    throw new Error(`${where}: ${why}: the sabotage no longer fits; write it anew for what stands there now`);
  }
  return parts.join(replace);
}
