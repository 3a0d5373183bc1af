/** What one queue's consumer may have in hand, bytes: a batch of usual events, or one of any size. */
const IN_HAND_BYTES = 8 * 1024 * 1024;
/** After so many messages that fitted, the broker may send ahead as usual again. */
const NARROW_FOR = 1_000;

/** Messages taken and not dealt with yet. */
export interface InHand {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * How many messages the broker may send ahead to a consumer.
 *
 * Whatever is with a consumer when that loses its connection counts as delivered once more, handled or not; a message
 * that costs its consumer the connection each time would take all that was sent ahead to the dead letters with it. So at
 * the start and after a loss one is taken at a time, until one comes that had not come before.
 *
 * The broker counts messages only. Where they are so large that what is in hand is too much, fewer are sent for a while.
 */
export class SendAhead {
  #wary = true;
  #width: number;
  #fitted = 0;

  /** @param usual messages sent ahead where nothing speaks against it */
  constructor(
    private readonly usual: number,
    private readonly bytes = IN_HAND_BYTES,
  ) {
    this.#width = usual;
  }

  /** For the next channel. */
  get prefetch(): number {
    return this.#wary ? 1 : this.#width;
  }

  /** The channel was lost with whatever was in hand. */
  lost(): void {
    this.#wary = true;
  }

  /** A message has come. @returns false if it is to be given back, on a channel closed for another prefetch */
  mayTake(redelivered: boolean): boolean {
    if (!this.#wary || redelivered) return true;
    this.#wary = false;
    return this.#width === 1;
  }

  /** A message was taken. @returns false if the channel is to be closed for another prefetch */
  fits({ messages, bytes }: InHand): boolean {
    if (bytes > this.bytes && messages > 1) {
      this.#width = Math.floor(messages / 2);
      this.#fitted = 0;
      return this.#wary;
    }
    this.#fitted += 1;
    if (this.#width === this.usual || this.#fitted < NARROW_FOR) return true;
    this.#width = this.usual;
    return this.#wary;
  }
}
