import type { ServerResponse } from 'node:http';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { EventLog, type LogFilter } from '#messaging';
import { ProblemError } from '#platform';
import { EventStream } from './event-stream.js';
import { requireKept } from './feed-query.js';
import { LogTail } from './log-tail.js';
import { Places } from './places.js';

const HEARTBEAT_MS = 15_000;
/** How long a browser waits before it comes back. */
const RETRY_MS = 2_000;

/** All who listen to Server-Sent Events. */
@Injectable()
export class StreamsService implements OnModuleDestroy {
  private readonly streams = new Set<EventStream>();
  private readonly heart: NodeJS.Timeout;
  private stopping = false;

  constructor(
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(LogTail) private readonly tail: LogTail,
    @Inject(Places) private readonly places: Places,
  ) {
    this.heart = setInterval(() => this.beat(), HEARTBEAT_MS).unref();
  }

  /** Before the server stops taking connections: an open stream would keep it from ending. */
  onModuleDestroy(): void {
    this.stopping = true;
    clearInterval(this.heart);
    for (const stream of this.streams) stream.end();
  }

  beat(): void {
    for (const stream of this.streams) stream.beat();
  }

  /**
   * What a reader needs to begin, checked before it is answered.
   * @param after the position to go on from; `undefined`: now
   * @returns what sends the events, until the reader goes or the service stops
   * @throws ProblemError 410 where some of what follows `after` is no longer kept, 503 where too many listen
   */
  async open(after: number | undefined, filter: LogFilter): Promise<(response: ServerResponse) => void> {
    const bounds = await this.log.bounds();
    requireKept(after, bounds);
    const leave = this.stopping ? undefined : this.places.take();
    if (leave === undefined) {
      throw new ProblemError(503, 'too-many-streams', 'too many listen already; try again later, or read GET /events', {
        headers: { 'retry-after': '5' },
      });
    }
    return (response) => this.send(response, after ?? bounds.head, filter, leave);
  }

  private send(response: ServerResponse, position: number, filter: LogFilter, leave: () => void): void {
    const stream = new EventStream(this.log, this.tail, response, filter, position);
    this.streams.add(stream);
    response.once('close', () => {
      this.streams.delete(stream);
      this.tail.leave(stream);
      leave();
    });
    // A connection that is cut is no failure of ours; `close` follows.
    response.on('error', () => undefined);
    // The position first: whoever is cut off before any event comes back from here.
    response.write(`retry: ${RETRY_MS}\nid: ${position}\n\n`);
    stream.catchUp().catch(() => stream.end());
  }
}
