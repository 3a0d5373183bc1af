import { connect } from 'amqplib';
import type { Evidence } from './check/evidence.js';
import { isAtRest, readKeptDeadLetters, readStored } from './check/read.js';
import { RECORDER_QUEUE, type Recorder } from './recorder.js';
import { messagesIn, type QueueCount } from './servers/rabbitmq.js';
import { PREFIX } from './services/fleet.js';
import type { Stage } from './stage.js';
import { TooLateError, until } from './waiting.js';

const REST_TIMEOUT_MS = 90_000;
/** Given to the broker to count queues that are empty. */
const COUNTS_TIMEOUT_MS = 20_000;
const DEAD_LETTERS = `${PREFIX}dead-letters`;

/** Waits until nothing is under way any more, or gives up after a while. @returns how long it took, milliseconds, or that it never did */
export async function comeToRest(stage: Stage, signal: AbortSignal, timeoutMs = REST_TIMEOUT_MS): Promise<number | undefined> {
  const began = Date.now();
  const session = await stage.postgres.session();
  try {
    await until(
      'rest',
      timeoutMs,
      signal,
      async () => {
        return (await isAtRest(session)) && isQuiet(stage.recorder);
      },
      500,
    );
    return Date.now() - began;
  } catch (error) {
    if (error instanceof TooLateError) return undefined;
    throw error;
  } finally {
    await session.end();
  }
}

const isQuiet = ({ lastAt }: Recorder): boolean => Date.now() - lastAt > 1_500;

/** Everything the checker is given, after the run has come to rest. */
export async function gather(
  { postgres, rabbit, recorder, follower, requests }: Stage,
  expectedDeadLetters: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Evidence> {
  const counts = await rabbit.settledQueues(isOfService, COUNTS_TIMEOUT_MS, signal);
  const queues = Object.fromEntries(counts.map((queue) => [queue.name, messagesIn(queue)]));
  const onBroker = await readDeadLetters(
    rabbit.alive.url,
    (await rabbit.queues()).filter(isDead).map(({ name }) => name),
  );
  const session = await postgres.session();
  try {
    const deadLetters = [...onBroker, ...(await readKeptDeadLetters(session))];
    return {
      operations: requests.operations,
      ...(await readStored(session)),
      seen: [...recorder.seen.values()],
      followed: follower.followed,
      queues,
      deadLetters,
      expectedDeadLetters,
    };
  } finally {
    await session.end();
  }
}

const isDead = ({ name }: QueueCount): boolean => name.startsWith(DEAD_LETTERS);
const isOfService = (queue: QueueCount): boolean => !isDead(queue) && queue.name !== RECORDER_QUEUE;

/** What lies in the queues of dead letters; it is taken from them. */
async function readDeadLetters(url: string, queues: readonly string[]): Promise<{ id: string; reason: string }[]> {
  const model = await connect(url, { noDelay: true });
  try {
    const channel = await model.createChannel();
    const found: { id: string; reason: string }[] = [];
    for (const queue of queues) {
      for (
        let message = await channel.get(queue, { noAck: true });
        message !== false;
        message = await channel.get(queue, { noAck: true })
      ) {
        const headers = message.properties.headers ?? {};
        const reason = String(headers['supping-reason'] ?? 'given up by the broker');
        found.push({ id: String(message.properties.messageId), reason: `${message.fields.routingKey} ${reason}` });
      }
    }
    return found;
  } finally {
    await model.close();
  }
}
