import type { ServerResponse } from 'node:http';
import { type EventLog, type KeptEvent, type LogFilter, shortType } from '#messaging';
import { fits, type LogTail, type TailListener } from './log-tail.js';

const PAGE = 100;
/** Bytes held for a reader from which on it is waited for. Node's own 16 KB are less than a page: each page would part all from the tail. */
const MOST_HELD = 128 * 1024;
/** A reader that has taken nothing for so many heartbeats is gone. */
const MOST_MISSED = 4;

/** JSON has line breaks only between its tokens, where a blank does as well; in an event stream they end the line. */
const oneLine = (json: string): string => (/[\r\n]/.test(json) ? json.replaceAll(/[\r\n]+/g, ' ') : json);

const textOf = ({ position, type, json }: KeptEvent): string => `id: ${position}\nevent: ${shortType(type)}\ndata: ${oneLine(json)}\n\n`;

/**
 * One reader of Server-Sent Events. It pages through the log by itself until it has come to the end, where it listens
 * with all others. When its socket takes no more it stops there and waits, and then reads on from the log: no more is held
 * for it than `MOST_HELD` and one event.
 */
export class EventStream implements TailListener {
  private blocked = false;
  private missed = 0;

  /** @param position all behind it is sent */
  constructor(
    private readonly log: Pick<EventLog, 'page'>,
    private readonly tail: LogTail,
    private readonly response: ServerResponse,
    private readonly filter: LogFilter,
    private position: number,
  ) {}

  /** Sends on; resolves when the reader listens at the end of the log, or has gone. @throws what PostgreSQL threw */
  async catchUp(): Promise<void> {
    while (this.isOpen) {
      const { events, next, more, trimmed } = await this.log.page(this.position, PAGE, this.filter);
      // Deleted while it was slow: coming back with its last id, it is told so.
      if (trimmed > this.position) return this.end();
      for (const event of events) {
        if (!this.isOpen) return;
        if (!this.send(event)) await this.drained();
      }
      this.position = next;
      if (!more && this.isOpen && this.tail.join(this, next)) return;
    }
  }

  take(events: readonly KeptEvent[], next: number): void {
    if (!this.isOpen) return;
    for (const event of events) {
      if (event.position <= this.position || !fits(event, this.filter)) continue;
      if (this.send(event)) continue;
      this.tail.leave(this);
      void this.drained()
        .then(() => this.catchUp())
        .catch(() => this.end());
      return;
    }
    this.position = Math.max(this.position, next);
  }

  /**
   * Says that the stream is alive, and where it is: an `id` without data moves the reader's last id without an event, so
   * that one whose filter finds nothing for days does not come back with a position that is no longer kept.
   */
  beat(): void {
    if (!this.isOpen) return;
    if (!this.blocked) this.response.write(`:\nid: ${this.position}\n\n`);
    else if (++this.missed >= MOST_MISSED) this.response.destroy();
  }

  /** The connection ends with its answer; of a service that stops it is cut even where the reader takes nothing. */
  end(): void {
    this.tail.leave(this);
    this.response.end();
  }

  private get isOpen(): boolean {
    return !this.response.destroyed && !this.response.writableEnded;
  }

  /** @returns whether more may be sent */
  private send(event: KeptEvent): boolean {
    this.position = event.position;
    return this.response.write(textOf(event)) || this.response.writableLength < MOST_HELD;
  }

  /** Resolves when the socket takes more, or is closed. */
  private async drained(): Promise<void> {
    this.blocked = true;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.response.off('drain', done).off('close', done);
        resolve();
      };
      this.response.on('drain', done).on('close', done);
    });
    this.blocked = false;
    this.missed = 0;
  }
}
