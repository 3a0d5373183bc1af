import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram } from 'prom-client';
import type { RabbitMqConnection } from '#messaging';
import type { Backlog } from './backlog.js';
import type { Door } from './door.js';
import { GroupCommit } from './group-commit.js';

function gauge(name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    collect() {
      this.set(read());
    },
  });
}

/** Makes what `/metrics` shows; once a process. Memory is `process_resident_memory_bytes`, among the usual ones. */
export function measure(app: NestFastifyApplication, backlog: Backlog, door: Door, broker: RabbitMqConnection): void {
  collectDefaultMetrics();
  gauge('supping_outbox_rows', 'Events waiting to be published, counted up to SUPPING_OUTBOX_LIMIT', () => backlog.status?.rows ?? 0);
  gauge('supping_outbox_oldest_seconds', 'Age of the oldest event waiting', () => backlog.status?.oldestSeconds ?? 0);
  gauge('supping_outbox_held_subjects', 'Orders whose events wait to be tried again', () => backlog.status?.heldSubjects ?? 0);
  gauge('supping_group_waiting', 'Requests waiting for a transaction', () => GroupCommit.waiting);
  gauge('supping_bodies_in_hand_bytes', 'Bodies of requests not answered yet', () => door.bytesInHand);
  gauge('supping_broker_blocked', '1 while RabbitMQ takes nothing more', () => (broker.blocked ? 1 : 0));
  new Counter({
    name: 'supping_requests_turned_away_total',
    help: 'Writing requests answered with 503 at the door, by what was full',
    labelNames: ['full'],
    collect() {
      this.reset();
      for (const [full, count] of Object.entries(door.turnedAway)) this.inc({ full }, count);
    },
  });
  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  });
  // Looked up by its labels for every request otherwise, which costs more than counting it.
  const known = new Map<string, Histogram.Internal<'method' | 'route' | 'status'>>();
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      const key = `${request.method} ${reply.statusCode} ${route}`;
      const mine = known.get(key) ?? seconds.labels(request.method, route, String(reply.statusCode));
      known.set(key, mine);
      mine.observe(reply.elapsedTime / 1000);
      done();
    });
}
