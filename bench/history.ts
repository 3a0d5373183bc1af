import type { ConsumeMessage } from 'amqplib';
import type pg from 'pg';
import { fromAmqp } from '#messaging';
import { check } from '../chaos/check/checker.js';
import type { Followed, Seen } from '../chaos/check/evidence.js';
import { isAtRest, readKeptDeadLetters, readStored } from '../chaos/check/read.js';
import type { Operation } from '../chaos/load/operation.js';
import { messagesIn } from '../chaos/servers/rabbitmq.js';
import { until } from '../chaos/waiting.js';
import type { Deployment } from './stage/deployment.js';

/** What the ids of orders begin with that are only there to be many. */
export const COPIES = 'copy-';

const REST_TIMEOUT_MS = 300_000;
const QUEUES_TIMEOUT_MS = 60_000;
const SHOWN = 5;

async function withSession<T>({ servers, name }: Deployment, work: (session: pg.Client) => Promise<T>): Promise<T> {
  const session = await servers.postgres.session(name);
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}

/** Waits until everything accepted is merged and published, and every owner has heard of it. */
export function comeToRest(deployment: Deployment): Promise<boolean> {
  return withSession(deployment, (session) =>
    until('everything to be merged and published', REST_TIMEOUT_MS, deployment.servers.signal, () => isAtRest(session), 50),
  );
}

/** Waits until a schema's outbox is empty. */
export function outboxEmpty(deployment: Deployment, table: string): Promise<unknown> {
  return withSession(deployment, (session) =>
    until(
      `${table} to be empty`,
      REST_TIMEOUT_MS,
      deployment.servers.signal,
      async () => {
        const { rows } = await session.query<{ left: boolean }>(`SELECT EXISTS (SELECT FROM ${table}) AS left`);
        return rows[0]?.left === false;
      },
      20,
    ),
  );
}

function seenBy(messages: readonly ConsumeMessage[]): Seen[] {
  const seen = new Map<string, Seen>();
  for (const message of messages) {
    const { id, source, type, subject, sequence, data } = fromAmqp(message);
    const known = seen.get(id);
    if (known === undefined) seen.set(id, { id, source, type, subject, sequence, data, hash: '', place: seen.size + 1, times: 1 });
    else known.times += 1;
  }
  return [...seen.values()];
}

/**
 * The history checker of the chaos run on what a row has left behind, when all has come to rest.
 * @param messages what a consumer of `effective-order.revised` has received
 * @throws Error that says the first few findings: a run that loses something counts for nothing
 */
export async function assertHistory(
  deployment: Deployment,
  operations: readonly Operation[],
  messages: readonly ConsumeMessage[],
): Promise<void> {
  await comeToRest(deployment);
  const { rabbit, signal } = deployment.servers;
  const queues = await rabbit.settledQueues(({ name }) => name.startsWith(deployment.prefix), QUEUES_TIMEOUT_MS, signal);
  const findings = await withSession(deployment, async (session) =>
    check({
      operations,
      ...(await readStored(session, COPIES)),
      seen: seenBy(messages),
      subscribed: new Set(['effective-order.revised']),
      followed: await readFeed(session),
      queues: Object.fromEntries(queues.map((queue) => [queue.name, messagesIn(queue)])),
      deadLetters: await readKeptDeadLetters(session),
      expectedDeadLetters: new Set(),
    }),
  );
  if (findings.length === 0) return;
  const shown = findings.slice(0, SHOWN).map(({ kind, what }) => `  ${kind}: ${what}`);
  throw new Error(`${deployment.name}: ${findings.length} findings of the history checker\n${shown.join('\n')}`);
}

/** The feed, as it is stored. */
async function readFeed(session: pg.Client): Promise<Followed[]> {
  const { rows } = await session.query<Omit<Followed, 'sequence'> & { sequence: string }>(
    `SELECT id, source, type, subject, sequence FROM (
       SELECT position, id, source, type, subject, sequence FROM merger_worker.event_log
       UNION ALL SELECT position + 1, companion->>'id', source, companion->>'type', subject, (companion->>'sequence')::bigint
         FROM merger_worker.event_log WHERE companion IS NOT NULL) AS told ORDER BY position`,
  );
  return rows.map((row) => ({ ...row, sequence: Number(row.sequence) }));
}

/**
 * What the one-week way has promised as well: every accepted supplement stored and merged once, every revision told once and in order.
 * @throws Error that says what is not so
 */
export async function assertDiyHistory(deployment: Deployment, accepted: number, messages: readonly ConsumeMessage[]): Promise<void> {
  const [row] = await deployment.query<{ stored: string; behind: string; revisions: string; first: string }>(
    `SELECT (SELECT count(*) FROM diy_supplement) AS stored,
            (SELECT count(*) FROM diy_order o LEFT JOIN diy_effective_order e ON e."orderId" = o.id
              WHERE o."lastSequence" IS DISTINCT FROM e.sequence OR e.revision <> 1 + e.sequence) AS behind,
            (SELECT count(*) FROM diy_revision) AS revisions, (SELECT count(*) FROM diy_order) AS first`,
  );
  const last = new Map<string, number>();
  let broken = 0;
  for (const { content } of messages) {
    const { orderId, revision } = JSON.parse(content.toString()) as { orderId: string; revision: number };
    if (revision !== (last.get(orderId) ?? 0) + 1) broken += 1;
    last.set(orderId, revision);
  }
  const said = {
    stored: Number(row?.stored),
    behind: Number(row?.behind),
    revisions: Number(row?.revisions),
    broken,
    told: messages.length,
  };
  const right = { stored: accepted, behind: 0, revisions: accepted, broken: 0, told: accepted + Number(row?.first) };
  if (JSON.stringify(said) !== JSON.stringify(right)) {
    throw new Error(`${deployment.name}: the baseline is at ${JSON.stringify(said)} and should be at ${JSON.stringify(right)}`);
  }
}
