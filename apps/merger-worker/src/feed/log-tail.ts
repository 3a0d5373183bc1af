import { Logger } from '@nestjs/common';
import type { EventLog, KeptEvent, LogFilter } from '#messaging';

/** Another replica may be the one that writes the log. */
const POLL_MS = 500;
const PAGE = 100;

/** Whoever listens at the end of the log; must not throw. */
export interface TailListener {
  /** @param next the position up to which all was given */
  take(events: readonly KeptEvent[], next: number): void;
}

/** Whether an event is one that a filter asks for. */
export function fits({ type, subject }: KeptEvent, filter: LogFilter): boolean {
  return (filter.subject === undefined || filter.subject === subject) && filter.types?.includes(type) !== false;
}

/** Reads on at the end of the log, once for all who listen there; while nobody does, it does not read. */
export class LogTail {
  private readonly logger = new Logger('event log');
  private readonly listeners = new Set<TailListener>();
  private position = 0;
  private running = false;
  private nudged = false;
  private failing = false;
  private wake: (() => void) | undefined;

  constructor(private readonly log: Pick<EventLog, 'page'>) {}

  /** Says that something was written. */
  readonly nudge = (): void => {
    this.nudged = true;
    this.wake?.();
  };

  /**
   * Listens from a position on; the listener passes over what it has had already.
   * @returns whether it does: if not, the end of the log is further on, and what is between must be read first
   */
  join(listener: TailListener, position: number): boolean {
    if (this.running && position < this.position) return false;
    this.listeners.add(listener);
    if (!this.running) {
      this.running = true;
      this.position = position;
      void this.run();
    }
    return true;
  }

  leave(listener: TailListener): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.wake?.();
  }

  private async run(): Promise<void> {
    while (this.listeners.size > 0) {
      this.nudged = false;
      const more = await this.read();
      if (!more && this.listeners.size > 0) await this.rest();
    }
    this.running = false;
  }

  private async read(): Promise<boolean> {
    try {
      const { events, next, more } = await this.log.page(this.position, PAGE);
      this.position = next;
      this.failing = false;
      for (const listener of [...this.listeners]) listener.take(events, next);
      return more;
    } catch (error) {
      if (!this.failing) this.logger.warn(`the event log could not be read: ${(error as Error).message}`);
      this.failing = true;
      return false;
    }
  }

  private rest(): Promise<void> {
    if (this.nudged) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake?.(), POLL_MS);
      this.wake = () => {
        this.wake = undefined;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
