import type { JsonObject } from '#order-model';
import type { Fleet } from '../services/fleet.js';
import { pause } from '../waiting.js';
import { type Answer, type Ask, leavesOpen } from './operation.js';

const TIMEOUT_MS = 12_000;
const GIVE_UP_MS = 120_000;

/** A caller that goes from replica to replica, and asks again until it knows. */
export class Client {
  private turn = 0;
  /** Answers of 500, which no outage explains: what was asked, with the answer. */
  readonly failures: string[] = [];

  constructor(
    private readonly fleet: Fleet,
    private readonly signal: AbortSignal,
  ) {}

  /** One try. */
  async ask({ service, method, path, body, headers }: Ask): Promise<Answer> {
    const replicas = this.fleet.of(service);
    this.turn += 1;
    const replica = replicas[this.turn % replicas.length];
    if (replica === undefined) throw new Error(`there is no ${service}`);
    try {
      const answer = await fetch(replica.url(path), {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (answer.status === 500) this.failures.push(`${method} ${path}: ${text.slice(0, 300)}`);
      return {
        status: answer.status,
        body: text === '' ? {} : (JSON.parse(text) as JsonObject),
        etag: answer.headers.get('etag') ?? undefined,
      };
    } catch {
      this.signal.throwIfAborted();
      return { status: 0, body: {}, etag: undefined };
    }
  }

  /**
   * Tries until the answer says what became of it; the request must bear that (an id, a key, an `If-Match`, a read).
   * @returns the last answer, which leaves it open only after two minutes; `attempts` in all
   */
  async askUntilKnown(ask: Ask): Promise<{ answer: Answer; attempts: number }> {
    const deadline = Date.now() + GIVE_UP_MS;
    for (let attempts = 1, wait = 100; ; attempts += 1, wait = Math.min(2_000, wait * 2)) {
      const answer = await this.ask(ask);
      if (!leavesOpen(answer) || Date.now() > deadline) return { answer, attempts };
      await pause(wait, this.signal);
    }
  }
}
