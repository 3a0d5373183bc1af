import type { Channel } from 'amqplib';
import { pause } from './waiting.js';

const LOOK_EVERY_MS = 5_000;

/**
 * Asks whether a queue is still there, and consumed from, whenever nothing has come from it for a while. Its consumers are
 * to be told when it is deleted (a `null` message), but a cluster of RabbitMQ 3.10 does not always do so: of 36 deletions
 * under load seven went untold. They would wait for ever, and nobody would declare it again.
 * @param came how many messages have come from it
 * @param over aborted, with the reason, when the queue is gone; ends the watch when it is aborted
 */
export async function watchQueue(channel: Channel, queue: string, came: () => number, over: AbortController): Promise<void> {
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
