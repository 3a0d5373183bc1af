import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Backlog } from './backlog.js';
import { unavailable } from './problem.js';

const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

export interface DoorOptions {
  readonly backlog: Pick<Backlog, 'isFull'>;
  /** Bytes of bodies in hand beyond which no more are read. */
  readonly bodiesLimit: number;
  /** Largest body, bytes: what a request that does not say how long it is counts for. */
  readonly bodyLimit: number;
  /** Routes that store nothing though they are no GET: `/things/:id/preview`. */
  readonly storesNothing: readonly string[];
}

/** What is at the door just now. */
export interface Door {
  /** Of bodies read and not answered yet. */
  readonly bytesInHand: number;
  /** Requests turned away so far, by what was full. */
  readonly turnedAway: Readonly<Record<'outbox' | 'bodies', number>>;
}

function bytesOf({ headers }: FastifyRequest, bodyLimit: number): number {
  const length = headers['content-length'];
  if (length !== undefined) return Number(length) || 0;
  return headers['transfer-encoding'] === undefined ? 0 : bodyLimit;
}

/**
 * Turns writers away with 503 and `Retry-After` before their body is read, while the outbox is full or too many bodies
 * are in hand (PostgreSQL stalls and its writers wait). Reads go on, and so do the operators' `/admin/`: they put it right.
 */
export function watchDoor(app: NestFastifyApplication, { backlog, bodiesLimit, bodyLimit, storesNothing }: DoorOptions): Door {
  const door = { bytesInHand: 0, turnedAway: { outbox: 0, bodies: 0 } };
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url;
    if (READS.includes(request.method) || route === undefined || route.startsWith('/admin/')) return done();
    if (backlog.isFull && !storesNothing.includes(route)) {
      door.turnedAway.outbox += 1;
      return done(unavailable('too many events wait to be published; nothing was stored, try again later'));
    }
    const bytes = Math.min(bytesOf(request, bodyLimit), bodyLimit);
    // One alone is always let in, however small the limit.
    if (door.bytesInHand > 0 && door.bytesInHand + bytes > bodiesLimit) {
      door.turnedAway.bodies += 1;
      return done(unavailable('too many requests wait to be stored; nothing was stored, try again'));
    }
    door.bytesInHand += bytes;
    reply.raw.on('close', () => {
      door.bytesInHand -= bytes;
    });
    done();
  });
  return door;
}
