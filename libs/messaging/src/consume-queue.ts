import type { Channel, ConsumeMessage } from 'amqplib';
import { pause } from './waiting.js';

const LOOK_EVERY_MS = 5_000;

/**
 * Consumes a queue until its channel is closed or the queue is gone.
 *
 * A queue deleted or a consumer timed out (RabbitMQ 4.3) arrives as `null`: without consuming again the consumer is
 * silently dead. A cluster of 3.10 does not always say so (of 36 queues deleted under load seven times it did not): its
 * consumers would wait for ever, and nobody would declare it again. So the queue is asked for whenever nothing has come
 * for a while.
 * @param take called for every message, in the order the broker sends them
 * @param over aborted, with the reason, when the queue is gone; aborted by the caller it ends the asking
 */
export async function consumeQueue(
  channel: Channel,
  queue: string,
  take: (message: ConsumeMessage) => void,
  over: AbortController,
): Promise<void> {
  let came = 0;
  await channel.consume(queue, (message) => {
    came += 1;
    if (message === null) over.abort(new Error('the broker cancelled the consumer'));
    else take(message);
  });
  void watch(channel, queue, () => came, over);
}

async function watch(channel: Channel, queue: string, came: () => number, over: AbortController): Promise<void> {
  let [before, alone] = [-1, 0];
  for (await pause(LOOK_EVERY_MS, over.signal); !over.signal.aborted; await pause(LOOK_EVERY_MS, over.signal)) {
    const quiet = came() === before;
    before = came();
    if (!quiet) continue;
    try {
      // A queue that does not answer in time is said to have no consumers too: once is not enough.
      alone = (await channel.checkQueue(queue)).consumerCount === 0 ? alone + 1 : 0;
      if (alone === 2) over.abort(new Error('the broker knows of no consumer'));
    } catch (error) {
      over.abort(error);
    }
  }
}
