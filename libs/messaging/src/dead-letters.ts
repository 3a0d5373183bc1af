import type { ConsumeMessage } from 'amqplib';
import type { ConfirmedPublisher } from './confirmed-publisher.js';
import { reasonOf } from './failure-policy.js';
import type { MessagingLogger } from './logger.js';
import { GrowingWait, pause, unlessAborted } from './waiting.js';

/** Headers of a buried message, beside those it came with. */
export const deadLetterHeaders = {
  /** A sentence for the operator. */
  reason: 'supping-reason',
  queue: 'supping-queue',
  exchange: 'supping-exchange',
  routingKey: 'supping-routing-key',
  /** RFC 3339. */
  time: 'supping-time',
} as const;

/** amqplib refuses header tables beyond 64 KiB; a reason is a sentence. */
const REASON_LENGTH = 1_000;

/** What is being stored when a stop comes is waited for: given up, it would be stored twice. */
const GRACE_MS = 2_000;

/** Puts messages that cannot be handled where an operator finds them. */
export class DeadLetters {
  /** @param deadLetterQueue of the subscription */
  constructor(
    private readonly publisher: ConfirmedPublisher,
    private readonly deadLetterQueue: string,
    private readonly logger: MessagingLogger,
  ) {}

  /**
   * Copies the message to the dead-letter queue; acknowledging the original is the caller's. Tries until the broker
   * has confirmed it or the signal is aborted.
   * @returns whether it is there
   */
  async bury(message: ConsumeMessage, queue: string, error: unknown, signal: AbortSignal): Promise<boolean> {
    const reason = (typeof error === 'string' ? error : reasonOf(error)).slice(0, REASON_LENGTH);
    const headers = {
      ...message.properties.headers,
      [deadLetterHeaders.reason]: reason,
      [deadLetterHeaders.queue]: queue,
      [deadLetterHeaders.exchange]: message.fields.exchange,
      [deadLetterHeaders.routingKey]: message.fields.routingKey,
      [deadLetterHeaders.time]: new Date().toISOString(),
    };
    const { contentType, messageId, correlationId, replyTo } = message.properties as unknown as Record<string, string | undefined>;
    const given = Object.fromEntries(
      Object.entries({ contentType, messageId, correlationId, replyTo }).filter(([, value]) => value !== undefined),
    );
    const waits = new GrowingWait(50, 5_000);
    while (!signal.aborted) {
      try {
        const options = { ...given, headers, persistent: true, mandatory: true };
        await unlessAborted(signal, this.publisher.publish('', this.deadLetterQueue, message.content, options), GRACE_MS);
        return true;
      } catch (failure) {
        this.logger.warn(`Dead letter from ${queue} not stored yet: ${reasonOf(failure)}`);
        await pause(waits.next(), signal);
      }
    }
    return false;
  }
}
