import { inspect } from 'node:util';
import type { MessagingLogger } from './logger.js';
import { GrowingWait, pause } from './waiting.js';

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/**
 * SQLSTATE: 08 connection, 53 out of resources, 57P0x shutting down, 40001 serialization, 40P01 deadlock, 55P03 lock
 * not available, 25006 read-only (the old primary of a failover).
 */
const TRANSIENT_SQLSTATE = /^(08...|53...|57P0.|40001|40P01|55P03|25006)$/;
/**
 * pg, pg-pool and TypeORM say these without a code; but for the first, which PostgreSQL says of a statement that was
 * prepared before somebody changed a column's type: its connection is given up then, and the next one prepares it anew.
 */
const CONNECTION_MESSAGES =
  /^(cached plan must not change result type|Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout|Query runner already released|Database connection provided by a query runner was already released|Client was closed|Cannot use a pool after calling end)/i;

/** Whether trying again later can help: the database or the network is in the way, or the error says `retryable: true`. */
export function isTransient(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, retryable, message, driverError, cause, errors } = error as Record<string, unknown>;
  if (typeof retryable === 'boolean') return retryable;
  if (typeof code === 'string' && (CONNECTION_CODES.has(code) || TRANSIENT_SQLSTATE.test(code))) return true;
  if (typeof message === 'string' && CONNECTION_MESSAGES.test(message)) return true;
  return isTransient(driverError) || isTransient(cause) || (Array.isArray(errors) && errors.some(isTransient));
}

/** What `handleAll` is asked to do. */
export interface Handling<T> {
  /** In order, at least one. */
  readonly items: readonly T[];
  readonly handle: (items: readonly T[]) => Promise<void>;
  /** Puts one item away for good that cannot be handled. */
  readonly bury: (item: T, error: unknown) => Promise<void>;
  /** Aborted when the items are no longer ours to handle. */
  readonly signal: AbortSignal;
  readonly logger: MessagingLogger;
  readonly name: string;
}

/**
 * The one failure policy. Transient errors: the items are kept in hand and tried again, 50 ms → 5 s, until it works or
 * the signal is aborted, so that an outage of PostgreSQL costs no delivery. Other errors: of several items each is tried
 * on its own, in order; a single one that still fails is buried with the error as reason.
 * @returns whether every item is dealt with; `false` if the signal came first
 */
export async function handleAll<T>(handling: Handling<T>): Promise<boolean> {
  const { items, handle, bury, signal, logger, name } = handling;
  const waits = new GrowingWait(50, 5_000);
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      await handle(items);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (isTransient(error)) {
        if (attempt === 1 || attempt % 10 === 0) logger.warn(`${name}: ${reasonOf(error)}; trying again (${attempt}).`);
        await pause(waits.next(), signal);
        continue;
      }
      const [only] = items;
      if (items.length === 1 && only !== undefined) {
        logger.error(`${name}: a message cannot be handled and goes to the dead letters: ${stackOf(error)}`);
        await bury(only, error);
        return true;
      }
      logger.warn(`${name}: ${reasonOf(error)}; trying the batch of ${items.length} one by one.`);
      return oneByOne(handling);
    }
  }
  return false;
}

async function oneByOne<T>(handling: Handling<T>): Promise<boolean> {
  for (const item of handling.items) {
    if (!(await handleAll({ ...handling, items: [item] }))) return false;
  }
  return true;
}

/** An error in one line: `TypeError: …`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : inspect(error, { breakLength: Number.POSITIVE_INFINITY });
  return `${error.name}: ${error.message}`.replace(/\s+/g, ' ');
}

function stackOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : reasonOf(error);
}
