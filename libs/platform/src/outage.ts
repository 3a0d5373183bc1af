import { isTransient } from '#messaging';

/** SQLSTATE: serialization failure, deadlock, lock not available. PostgreSQL has rolled the transaction back. */
const RETRY_CODES = new Set(['40001', '40P01', '55P03']);

/** True where the same transaction may succeed when it is run again at once: it was surely rolled back, and PostgreSQL is there. */
export function isRetryable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, driverError, cause } = error as Record<string, unknown>;
  return (typeof code === 'string' && RETRY_CODES.has(code)) || isRetryable(driverError) || isRetryable(cause);
}

/** True where PostgreSQL or the network failed, not the request: running it again at once does not help. */
export function isOutage(error: unknown): boolean {
  return isTransient(error) && !isRetryable(error);
}
