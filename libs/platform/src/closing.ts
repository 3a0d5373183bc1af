import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** What a request under way may still take once the service stops, milliseconds. */
const GRACE_MS = 10_000;

/**
 * Lets `close()` end in bounded time: what is asked is answered, on a connection that ends with it; a connection on which
 * nothing was asked yet is ended at once (Node counts it as busy, and callers open such ones ahead of need); whoever is
 * not through after `graceMs` is cut off.
 */
export function closeInTime(fastify: FastifyInstance, graceMs = GRACE_MS): void {
  const unused = new Set<Socket>();
  let closing = false;
  fastify.server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    unused.delete(request.raw.socket);
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close');
    done();
  });
  fastify.addHook('preClose', (done) => {
    closing = true;
    for (const socket of unused) socket.destroy();
    setTimeout(() => fastify.server.closeAllConnections(), graceMs).unref();
    done();
  });
}
