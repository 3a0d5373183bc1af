import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';

/** What of pg's own connection is used beside the client's interface: it tells when it is connected, and `stream` may be another then (TLS). */
export type PgConnection = EventEmitter & { readonly stream: Socket };

/** The connection that a client of PostgreSQL has under it. */
export function connectionOf(client: pg.Client): PgConnection {
  return (client as unknown as { readonly connection: PgConnection }).connection;
}
