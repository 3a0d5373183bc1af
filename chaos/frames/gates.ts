import type { ProxiedConnection, TcpGate } from '#testing';
import { type AmqpFrame, AmqpFrames, bodySizeOf } from './amqp-frames.js';
import { type PgFrame, PgFrames } from './pg-frames.js';

/** A frame on its way through a proxy. */
export type Sighting = { readonly way: 'toServer' | 'toClient'; readonly connection: ProxiedConnection } & (
  | { readonly wire: 'pg'; readonly frame: PgFrame }
  | { readonly wire: 'amqp'; readonly frame: AmqpFrame }
);

/**
 * What becomes of a frame: it passes, it vanishes (a message with its content), or it and all behind it in its
 * direction wait until the promise resolves.
 */
export type Fate = 'pass' | 'drop' | 'cut' | Promise<void>;

/** Looks at every frame; the first that does not let one pass decides. `cut`: nothing passes on the connection any more. */
export type Trap = (sighting: Sighting) => Fate;

/** The traps set on the ways of one process. */
export class Traps {
  private readonly set = new Set<Trap>();

  /** @returns takes it away */
  add(trap: Trap): () => void {
    this.set.add(trap);
    return () => void this.set.delete(trap);
  }

  decide(sighting: Sighting): Fate {
    for (const trap of this.set) {
      const fate = trap(sighting);
      if (fate !== 'pass') return fate;
    }
    return 'pass';
  }

  /** The gate of one connection to PostgreSQL. */
  readonly pgGate = (connection: ProxiedConnection): TcpGate => {
    const lane = (way: Sighting['way'], frames: PgFrames, send: (bytes: Buffer) => void): Lane<PgFrame> =>
      new Lane(frames, send, (frame) => this.decide({ way, connection, wire: 'pg', frame }));
    return gate(
      lane('toServer', new PgFrames(false), (bytes) => connection.sendToServer(bytes)),
      lane('toClient', new PgFrames(true), (bytes) => connection.sendToClient(bytes)),
    );
  };

  /** The gate of one connection to RabbitMQ. */
  readonly amqpGate = (connection: ProxiedConnection): TcpGate => {
    const lane = (way: Sighting['way'], frames: AmqpFrames, send: (bytes: Buffer) => void): Lane<AmqpFrame> => {
      const content = new DroppedContent();
      const decide = (frame: AmqpFrame): Fate => {
        if (content.includes(frame)) return 'drop';
        const fate = this.decide({ way, connection, wire: 'amqp', frame });
        if (fate === 'drop') content.begin(frame);
        return fate;
      };
      return new Lane(frames, send, decide);
    };
    return gate(
      lane('toServer', new AmqpFrames(false), (bytes) => connection.sendToServer(bytes)),
      lane('toClient', new AmqpFrames(true), (bytes) => connection.sendToClient(bytes)),
    );
  };
}

const gate = (toServer: { push(bytes: Buffer): Buffer }, toClient: { push(bytes: Buffer): Buffer }): TcpGate => ({
  toServer: (bytes) => toServer.push(bytes),
  toClient: (bytes) => toClient.push(bytes),
});

/** One direction of a connection. */
class Lane<F extends { readonly bytes: Buffer }> {
  private waiting: F[] | undefined;
  private over = false;

  constructor(
    private readonly frames: { push(bytes: Buffer): F[] },
    private readonly send: (bytes: Buffer) => void,
    private readonly decide: (frame: F) => Fate,
  ) {}

  push(bytes: Buffer): Buffer {
    const frames = this.frames.push(bytes);
    if (this.waiting === undefined) return this.pass(frames);
    this.waiting.push(...frames);
    return Buffer.alloc(0);
  }

  private pass(frames: readonly F[]): Buffer {
    const passed: Buffer[] = [];
    for (const [at, frame] of frames.entries()) {
      if (this.over) break;
      const fate = this.decide(frame);
      if (fate === 'pass') passed.push(frame.bytes);
      else if (fate === 'cut') this.over = true;
      else if (fate !== 'drop') {
        this.hold(frame, frames.slice(at + 1), fate);
        break;
      }
    }
    return Buffer.concat(passed);
  }

  private hold(frame: F, behind: readonly F[], fate: Promise<void>): void {
    this.waiting = [...behind];
    void fate.then(() => {
      const frames = this.waiting ?? [];
      this.waiting = undefined;
      this.send(Buffer.concat([frame.bytes, this.pass(frames)]));
    });
  }
}

/** Content that vanishes with its method. */
class DroppedContent {
  private readonly left = new Map<number, number | 'header'>();

  begin({ method, channel }: AmqpFrame): void {
    if (['basic.publish', 'basic.deliver', 'basic.return'].includes(method)) this.left.set(channel, 'header');
  }

  includes(frame: AmqpFrame): boolean {
    const left = this.left.get(frame.channel);
    if (left === undefined || (frame.kind !== 'header' && frame.kind !== 'body')) return false;
    const after = left === 'header' ? bodySizeOf(frame) : left - frame.payload.length;
    if (after > 0) this.left.set(frame.channel, after);
    else this.left.delete(frame.channel);
    return true;
  }
}
