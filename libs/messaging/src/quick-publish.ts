import type { Writable } from 'node:stream';
import type { ConfirmChannel, Options } from 'amqplib';

/** What of amqplib's channel is no part of its interface; a test holds what is sent this way against what amqplib sends. */
interface Inside {
  readonly ch: number;
  readonly connection: {
    readonly frameMax: number;
    sentSinceLastCheck: boolean;
    readonly channels: readonly ({ readonly channel: unknown; readonly buffer: Writable } | null | undefined)[];
  };
  /** Replaced, on the channel itself, by what throws as soon as it is closing. */
  readonly sendMessage: (...given: unknown[]) => unknown;
  pushConfirmCallback(confirm: Confirm): void;
}
type Confirm = Parameters<ConfirmChannel['publish']>[4];

const CHUNK_BYTES = 64 * 1024;
/** Of a frame, beside what it carries. */
const FRAME_BYTES = 8;
/** The options that have a place here: a message with any other goes amqplib's way. */
const KNOWN = new Set(['contentType', 'headers', 'persistent', 'correlationId', 'messageId', 'mandatory']);

const octet = String.fromCharCode;
const short = (n: number): string => octet(n >>> 8, n & 255);
const long = (n: number): string => octet(n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255);
const isPlain = (text: unknown): text is string => typeof text === 'string' && /^[\0-\x7f]*$/.test(text);
const isShort = (text: unknown): text is string => isPlain(text) && text.length < 256;
const shortText = (text: string): string => octet(text.length) + text;

/**
 * Publishes what is published in one turn in one piece. amqplib makes some ten buffers and stream chunks of each message;
 * an event with nine headers costs 27 µs that way with its confirm, and 11 this. What is not plain (texts beyond ASCII, headers that are
 * neither texts nor whole numbers, bodies of several frames, other options) goes amqplib's way, in its turn.
 * @param channel whose `publish` is replaced; it throws, confirms and closes as before
 */
export function publishQuickly(channel: ConfirmChannel): ConfirmChannel {
  const inside = channel as unknown as Inside;
  const usual = channel.publish.bind(channel);
  let chunk: Buffer | undefined;
  let used = 0;
  const flush = (): void => {
    if (chunk === undefined) return;
    const written = chunk.subarray(0, used);
    chunk = undefined;
    const open = inside.connection.channels[inside.ch];
    // One that was closed meanwhile has told those who wait for confirms, and its number may be another's.
    if (open?.channel === channel) open.buffer.write(written);
  };
  const room = (bytes: number): Buffer => {
    if (chunk !== undefined && used + bytes > chunk.length) flush();
    if (chunk === undefined) {
      chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes));
      used = 0;
      process.nextTick(flush);
    }
    return chunk;
  };
  const close = channel.close.bind(channel);
  channel.close = () => {
    flush();
    return close();
  };
  channel.publish = (exchange, routingKey, body, options = {}, confirm = undefined): boolean => {
    const head = Object.hasOwn(inside, 'sendMessage') ? undefined : headOf(inside.ch, exchange, routingKey, body.length, options);
    if (head === undefined || head.length + body.length + 2 * FRAME_BYTES > inside.connection.frameMax) {
      flush();
      return usual(exchange, routingKey, body, options, confirm);
    }
    const into = room(head.length + body.length + FRAME_BYTES);
    used += into.write(head, used, 'latin1');
    if (body.length > 0) {
      used += into.write(octet(3) + short(inside.ch) + long(body.length), used, 'latin1');
      used += body.copy(into, used);
      into[used++] = 0xce;
    }
    inside.connection.sentSinceLastCheck = true;
    inside.pushConfirmCallback(confirm);
    return true;
  };
  return channel;
}

/** The frames of `basic.publish` and of the properties (AMQP 0-9-1 §2.3.5), a character for each byte; nothing if they are not plain. */
function headOf(channel: number, exchange: string, routingKey: string, size: number, options: Options.Publish): string | undefined {
  if (!isShort(exchange) || !isShort(routingKey)) return undefined;
  for (const name in options) if (!KNOWN.has(name)) return undefined;
  const { contentType, headers, persistent, correlationId, messageId, mandatory } = options;
  let flags = 0;
  let said = '';
  if (contentType !== undefined) {
    if (!isShort(contentType)) return undefined;
    flags |= 0x8000;
    said += shortText(contentType);
  }
  const table = tableOf((headers ?? {}) as Readonly<Record<string, unknown>>);
  if (table === undefined) return undefined;
  flags |= 0x2000;
  said += long(table.length) + table;
  if (persistent !== undefined) {
    flags |= 0x1000;
    said += octet(persistent ? 2 : 1);
  }
  for (const [text, flag] of [
    [correlationId, 0x0400],
    [messageId, 0x0080],
  ] as const) {
    if (text === undefined) continue;
    if (!isShort(text)) return undefined;
    flags |= flag;
    said += shortText(text);
  }
  const method = `\0\x3c\0\x28\0\0${shortText(exchange)}${shortText(routingKey)}${mandatory === true ? '\x01' : '\0'}`;
  const properties = `\0\x3c\0\0${long(0)}${long(size)}${short(flags)}${said}`;
  return `\x01${short(channel)}${long(method.length)}${method}\xce\x02${short(channel)}${long(properties.length)}${properties}\xce`;
}

/** Numbers as amqplib has them: the shortest whole number that holds them. */
function tableOf(headers: Readonly<Record<string, unknown>>): string | undefined {
  let table = '';
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (!isShort(name)) return undefined;
    table += shortText(name);
    if (isPlain(value)) table += `S${long(value.length)}${value}`;
    else if (!Number.isInteger(value)) return undefined;
    else {
      const number = value as number;
      if (number >= -0x80 && number < 0x80) table += `b${octet(number & 255)}`;
      else if (number >= -0x8000 && number < 0x8000) table += `s${short(number & 0xffff)}`;
      else if (number >= -0x80000000 && number < 0x80000000) table += `I${long(number)}`;
      else return undefined;
    }
  }
  return table;
}
