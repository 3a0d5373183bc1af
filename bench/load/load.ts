import { performance } from 'node:perf_hooks';
import { type Answer, HttpConnection } from './http-connection.js';

/** One request, with whoever wants to know what came of it. */
export interface Work {
  readonly request: string;
  /** @param answer what came back @param at when, by `performance.now()` */
  readonly answered: (answer: Answer, at: number) => void;
}

/** So many pieces of work, and then no more. */
export function times(count: number, next: () => Work): () => Work | undefined {
  let left = count;
  return () => {
    left -= 1;
    return left < 0 ? undefined : next();
  };
}

/** How many of these connections ask at once. */
export const CONNECTIONS = 64;

/** Asks one server over a number of connections, opened for each loop anew: a server closes those that are idle for long. */
export class Callers {
  /** @param port on 127.0.0.1 */
  constructor(
    private readonly port: number,
    private readonly count = CONNECTIONS,
  ) {}

  /**
   * Closed loop: each connection sends its next request as soon as it has the answer to the last.
   * @param next the next request; `undefined` ends the loop before its time
   * @returns answers a second
   */
  async ask(durationMs: number, next: () => Work | undefined | Promise<Work | undefined>): Promise<number> {
    const connections = await this.open();
    const began = performance.now();
    let count = 0;
    const call = async (connection: HttpConnection): Promise<void> => {
      while (performance.now() - began < durationMs) {
        const work = await next();
        if (work === undefined) return;
        const answer = await connection.ask(work.request);
        count += 1;
        work.answered(answer, performance.now());
      }
    };
    await Promise.all(connections.map(call)).finally(() => close(connections));
    return (1_000 * count) / (performance.now() - began);
  }

  /**
   * Open loop: requests are due at fixed instants, whatever became of those before; one that finds every connection
   * taken waits, and its wait counts.
   * @param perSecond arrivals
   * @param next makes the request due at an instant of `performance.now()`
   */
  async arrive(durationMs: number, perSecond: number, next: (due: number) => Work): Promise<void> {
    const connections = await this.open();
    const idle = [...connections];
    const late: Work[] = [];
    const underWay = new Set<Promise<void>>();
    const send = async (connection: HttpConnection, work: Work): Promise<void> => {
      for (let mine: Work | undefined = work; mine !== undefined; mine = late.shift()) {
        const answer = await connection.ask(mine.request);
        mine.answered(answer, performance.now());
      }
      idle.push(connection);
    };
    const began = performance.now();
    const all = Math.floor((durationMs * perSecond) / 1_000);
    for (let sent = 0; sent < all; ) {
      const due = began + (1_000 * sent) / perSecond;
      if (performance.now() < due) {
        await new Promise((resolve) => setTimeout(resolve, Math.max(1, due - performance.now())));
        continue;
      }
      const work = next(due);
      sent += 1;
      const connection = idle.pop();
      if (connection === undefined) late.push(work);
      else {
        const sending: Promise<void> = send(connection, work).finally(() => underWay.delete(sending));
        underWay.add(sending);
      }
    }
    await Promise.all(underWay).finally(() => close(connections));
  }

  private open(): Promise<HttpConnection[]> {
    return Promise.all(Array.from({ length: this.count }, () => HttpConnection.open(this.port)));
  }
}

function close(connections: readonly HttpConnection[]): void {
  for (const connection of connections) connection.close();
}
