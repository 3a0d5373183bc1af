import { beforeEach, expect, test } from '@jest/globals';
import { eventually } from '#testing';
import { Traps } from './gates.js';
import { ack, body, deliver, greeting, header, pgMessage, pgStartup } from './given.js';

const sent: string[] = [];
const connection = {
  sendToServer: (bytes: Buffer) => void sent.push(String(bytes)),
  sendToClient: () => undefined,
  reset: () => void sent.push('reset'),
};
let traps: Traps;

beforeEach(() => {
  sent.length = 0;
  traps = new Traps();
});

test('given no trap, when bytes come in pieces, then whole frames pass as they came', () => {
  const gate = traps.pgGate(connection);
  const wire = Buffer.concat([pgStartup(), pgMessage('Q', 'COMMIT\0')]);
  const passed = [...wire].map((byte) => gate.toServer(Buffer.of(byte)));
  expect(Buffer.concat(passed)).toEqual(wire);
});

test('given a trap that cuts, when its frame comes, then what was before it passes and nothing after it', () => {
  const remove = traps.add(({ frame }) => ('type' in frame && frame.type === 'Q' ? 'cut' : 'pass'));
  const gate = traps.pgGate(connection);
  expect(gate.toServer(Buffer.concat([pgStartup(), pgMessage('P', 'a\0b\0'), pgMessage('Q', 'COMMIT\0')]))).toHaveLength(
    pgStartup().length + pgMessage('P', 'a\0b\0').length,
  );
  remove();
  expect(gate.toServer(pgMessage('Q', 'SELECT\0'))).toHaveLength(0);
});

test('given a trap that holds, when it lets go, then the frame and those behind it go on in order', async () => {
  let release: () => void = () => undefined;
  traps.add(({ frame }) => ('type' in frame && frame.type === 'B' ? new Promise((resolve) => (release = resolve)) : 'pass'));
  const gate = traps.pgGate(connection);
  expect(gate.toServer(Buffer.concat([pgStartup(), pgMessage('B', 'x')]))).toEqual(pgStartup());
  expect(gate.toServer(pgMessage('S', ''))).toHaveLength(0);
  release();
  await eventually(() => expect(sent).toEqual([String(Buffer.concat([pgMessage('B', 'x'), pgMessage('S', '')]))]));
  expect(gate.toServer(pgMessage('S', ''))).toEqual(pgMessage('S', ''));
});

test('given a trap that drops a delivery, when it comes in several frames, then all of it vanishes, others of the channel do not', () => {
  traps.add(({ frame }) => ('method' in frame && frame.method === 'basic.deliver' && frame.payload.includes('bad') ? 'drop' : 'pass'));
  const gate = traps.amqpGate(connection);
  const bad = [deliver(1, 1, 'bad'), header(1, 6), body(1, 'abc')];
  const others = [deliver(2, 9, 'good'), header(2, 0)];
  const good = [deliver(1, 2, 'good'), header(1, 2), body(1, 'ok')];
  const passed = gate.toClient(Buffer.concat([...bad, ...others, body(1, 'def'), ...good]));
  expect(passed).toEqual(Buffer.concat([...others, ...good]));
  expect(gate.toServer(Buffer.concat([greeting(), ack(1, 2, true)]))).toHaveLength(greeting().length + ack(1, 2, true).length);
});
