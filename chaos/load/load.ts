import type { Random } from '../random.js';
import { pause, until } from '../waiting.js';
import type { LivingOrder } from './bodies.js';
import type { Requests } from './requests.js';

/** Orders that are changed at the same time; the oldest is left alone when a new one comes. */
const LIVING = 24;
const CALLERS = 10;

/** Bounded load, seeded: orders, supplements, amendments, progress and what is to be refused. */
export class Load {
  private readonly living: LivingOrder[] = [];
  private readonly stopping = new AbortController();
  private running: Promise<unknown> | undefined;
  private asked = 0;
  private underWay = 0;
  private held: Promise<void> | undefined;

  /** @param perSecond requests begun a second, at most */
  constructor(
    private readonly requests: Requests,
    private readonly random: Random,
    private readonly perSecond: number,
    private readonly signal: AbortSignal,
  ) {}

  start(): void {
    this.running = Promise.all(Array.from({ length: CALLERS }, () => this.call()));
    this.running.catch(() => undefined);
  }

  /** An order that is being changed just now. */
  get someOrder(): LivingOrder | undefined {
    return this.living.at(-1);
  }

  get orders(): readonly LivingOrder[] {
    return this.living;
  }

  /** Begins nothing more. @returns when every request is answered */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Does something while no request of the load is under way. */
  async quietly<T>(work: () => Promise<T>): Promise<T> {
    let release: () => void = () => undefined;
    this.held = new Promise((resolve) => {
      release = resolve;
    });
    try {
      await until('the load to pause', 150_000, this.signal, () => this.underWay === 0, 20);
      return await work();
    } finally {
      this.held = undefined;
      release();
    }
  }

  private async call(): Promise<void> {
    const both = AbortSignal.any([this.signal, this.stopping.signal]);
    while (!both.aborted) {
      const began = Date.now();
      await this.held;
      this.underWay += 1;
      await this.next().finally(() => {
        this.underWay -= 1;
      });
      const rest = (1_000 * CALLERS) / this.perSecond - (Date.now() - began);
      if (rest > 0) await pause(rest, both).catch(() => undefined);
    }
    this.signal.throwIfAborted();
  }

  private async next(): Promise<void> {
    this.asked += 1;
    const marker = `op-${this.asked}`;
    const random = this.random.fork(marker);
    const draw = random.next();
    if (this.living.length < 4 || draw < 0.05) return this.place(marker);
    // Some orders are hot: their lines are what can go wrong.
    const order = random.chance(0.4) ? (this.living[0] as LivingOrder) : random.pick(this.living);
    if (draw < 0.75) return void (await this.requests.supplement(random, order, marker));
    if (draw < 0.87) return this.requests.amendment(random, order, marker);
    if (draw < 0.97) return this.requests.progress(random, order, marker);
    return this.requests.refused(random, order, marker);
  }

  private async place(marker: string): Promise<void> {
    const order = await this.requests.order(marker);
    if (order === undefined) return;
    this.living.push(order);
    if (this.living.length > LIVING) this.living.shift();
  }
}
