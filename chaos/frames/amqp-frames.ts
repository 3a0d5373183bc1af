/** One frame of AMQP 0-9-1, as it stands on the wire. */
export interface AmqpFrame {
  readonly kind: 'greeting' | 'method' | 'header' | 'body' | 'heartbeat';
  readonly channel: number;
  /** `basic.publish` and the like, for the methods that matter here. */
  readonly method: string;
  readonly payload: Buffer;
  readonly bytes: Buffer;
}

const KINDS = { 1: 'method', 2: 'header', 3: 'body', 8: 'heartbeat' } as const;
const METHODS: Readonly<Record<string, string>> = {
  '60.40': 'basic.publish',
  '60.50': 'basic.return',
  '60.60': 'basic.deliver',
  '60.80': 'basic.ack',
  '60.120': 'basic.nack',
};
const GREETING = 8;
const AROUND = 8;

/** Cuts one direction of an AMQP connection into frames (AMQP 0-9-1, 4.2.3). */
export class AmqpFrames {
  private rest: Buffer = Buffer.alloc(0);

  /** @param started no for a client, which greets first */
  constructor(private started: boolean) {}

  /** @returns the frames that are complete now */
  push(bytes: Buffer): AmqpFrame[] {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const frames: AmqpFrame[] = [];
    for (let frame = this.take(); frame !== undefined; frame = this.take()) frames.push(frame);
    return frames;
  }

  private take(): AmqpFrame | undefined {
    if (!this.started) {
      if (this.rest.length < GREETING) return undefined;
      this.started = true;
      return this.cut(GREETING, { kind: 'greeting', channel: 0, method: '', payload: Buffer.alloc(0) });
    }
    if (this.rest.length < AROUND) return undefined;
    const kind = KINDS[this.rest[0] as keyof typeof KINDS];
    if (kind === undefined) throw new Error(`no AMQP frame begins with ${this.rest[0]}`);
    const end = AROUND + this.rest.readUInt32BE(3);
    if (this.rest.length < end) return undefined;
    const payload = this.rest.subarray(7, end - 1);
    const method = kind === 'method' ? (METHODS[`${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}`] ?? '') : '';
    return this.cut(end, { kind, channel: this.rest.readUInt16BE(1), method, payload });
  }

  private cut(end: number, frame: Omit<AmqpFrame, 'bytes'>): AmqpFrame {
    const bytes = this.rest.subarray(0, end);
    this.rest = this.rest.subarray(end);
    return { ...frame, bytes };
  }
}

/** What a `basic.deliver` says. */
export interface Delivery {
  readonly tag: number;
  readonly exchange: string;
  readonly routingKey: string;
}

/** Reads a `basic.deliver` (AMQP 0-9-1, 1.8.3.9). */
export function deliveryOf({ payload }: AmqpFrame): Delivery {
  let at = 4;
  const short = (): string => {
    const length = payload.readUInt8(at);
    const text = payload.toString('utf8', at + 1, at + 1 + length);
    at += 1 + length;
    return text;
  };
  short();
  const tag = Number(payload.readBigUInt64BE(at));
  at += 9;
  return { tag, exchange: short(), routingKey: short() };
}

/** Reads a `basic.ack` (AMQP 0-9-1, 1.8.3.13). */
export function ackOf({ payload }: AmqpFrame): { tag: number; multiple: boolean } {
  return { tag: Number(payload.readBigUInt64BE(4)), multiple: (payload.readUInt8(12) & 1) === 1 };
}

/** How many bytes of body follow a content header (AMQP 0-9-1, 4.2.6.1). */
export function bodySizeOf({ payload }: AmqpFrame): number {
  return Number(payload.readBigUInt64BE(4));
}
