import type { JsonObject } from '#order-model';
import type { Followed } from './check/evidence.js';
import type { Client } from './load/client.js';
import { pause, TooLateError, until } from './waiting.js';

const PAUSE_MS = 300;
const CATCH_UP_MS = 30_000;

/**
 * A consumer without a queue: reads the merger's feed during the whole run, from replica to replica, by the cursor that it
 * was given last, and never looks back. What appears behind its cursor, it never sees.
 */
export class Follower {
  readonly followed: Followed[] = [];
  /** Answers that were neither a page nor an outage, and that there was no end. */
  readonly broken: string[] = [];
  private after: string | undefined;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly client: Client,
    private readonly signal: AbortSignal,
  ) {}

  start(): void {
    const signal = AbortSignal.any([this.signal, this.stopping.signal]);
    this.running = (async () => {
      while (!signal.aborted) if ((await this.read()) !== 'more') await pause(PAUSE_MS, signal).catch(() => undefined);
    })();
  }

  /** Reads to the end, everything else being at rest. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    try {
      await until('the end of the feed', CATCH_UP_MS, this.signal, async () => (await this.read()) === 'end');
    } catch (error) {
      if (!(error instanceof TooLateError)) throw error;
      this.broken.push(error.message);
    }
  }

  private async read(): Promise<'more' | 'end' | 'none'> {
    const path = `/events?limit=200${this.after === undefined ? '' : `&after=${this.after}`}`;
    const { status, body } = await this.client.ask({ service: 'merger-worker', method: 'GET', path });
    if (status !== 200) {
      if (status !== 0 && status < 500) this.broken.push(`GET ${path} was answered with ${status}`);
      return 'none';
    }
    const items = body['items'] as JsonObject[];
    this.followed.push(...(items as unknown as Followed[]));
    this.after = String(body['after']);
    return items.length > 0 ? 'more' : 'end';
  }
}
