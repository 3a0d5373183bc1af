import type { Writable } from 'node:stream';
import type pg from 'pg';
import { connectionOf } from './pg-connection.js';

/**
 * Sends what is written to a socket in one turn in one piece. A write to a server on the same machine wakes it each time
 * (measured: 50 to 100 µs), and a client that writes a hundred small messages does that a hundred times.
 */
export function coalesceWrites(socket: Writable): void {
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  let corked = false;
  socket.write = (...given: unknown[]): boolean => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(() => {
        corked = false;
        socket.uncork();
      });
    }
    return write(...given);
  };
}

/** Has a client of PostgreSQL do so, once it is connected: `connect` puts back whatever `write` a socket was given before. */
export function coalesceWritesOf(client: pg.Client): void {
  const connection = connectionOf(client);
  for (const connected of ['connect', 'sslconnect']) connection.once(connected, () => coalesceWrites(connection.stream));
}
