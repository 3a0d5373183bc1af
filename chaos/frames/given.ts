/** Bytes as they stand on the wire, for specs. */
const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const u64 = (value: number): Buffer => Buffer.concat([u32(0), u32(value)]);
const short = (text: string): Buffer => Buffer.concat([Buffer.of(text.length), Buffer.from(text)]);

export const pgStartup = (): Buffer => Buffer.concat([u32(12), u32(196_608), Buffer.from('x\0\0\0')]);
export const pgMessage = (type: string, body: string): Buffer =>
  Buffer.concat([Buffer.from(type), u32(4 + body.length), Buffer.from(body)]);

const frame = (type: number, channel: number, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.of(type), u16(channel), u32(payload.length), payload, Buffer.of(0xce)]);
const method = (channel: number, id: number, ...args: Buffer[]): Buffer => frame(1, channel, Buffer.concat([u16(60), u16(id), ...args]));

export const greeting = (): Buffer => Buffer.from('AMQP\0\0\x09\x01');
export const publish = (channel: number, exchange: string, key: string): Buffer =>
  method(channel, 40, u16(0), short(exchange), short(key), Buffer.of(1));
export const deliver = (channel: number, tag: number, key: string): Buffer =>
  method(channel, 60, short('consumer'), u64(tag), Buffer.of(0), short('exchange'), short(key));
export const ack = (channel: number, tag: number, multiple: boolean): Buffer => method(channel, 80, u64(tag), Buffer.of(multiple ? 1 : 0));
export const header = (channel: number, size: number): Buffer => frame(2, channel, Buffer.concat([u16(60), u16(0), u64(size), u16(0)]));
export const body = (channel: number, text: string): Buffer => frame(3, channel, Buffer.from(text));
