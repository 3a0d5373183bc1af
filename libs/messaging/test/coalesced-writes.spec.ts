import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { coalesceWrites } from '../src/coalesced-writes.js';

function givenSocket(): { socket: Writable; pieces: string[] } {
  const pieces: string[] = [];
  const socket = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      pieces.push(chunk.toString());
      done();
    },
    writev: (chunks: { chunk: Buffer }[], done) => {
      pieces.push(chunks.map(({ chunk }) => chunk.toString()).join(''));
      done();
    },
  });
  coalesceWrites(socket);
  return { socket, pieces };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('given a socket, when much is written in one turn, then it goes out in one piece, in order', async () => {
  const { socket, pieces } = givenSocket();
  for (const text of ['a', 'b', 'c']) socket.write(text);
  await turn();
  socket.write('d');
  await turn();
  expect(pieces).toEqual(['abc', 'd']);
});

test('given a socket that is ended in the turn it was written to, when it closes, then nothing is missing', async () => {
  const { socket, pieces } = givenSocket();
  socket.write('a');
  socket.end('b');
  await new Promise((resolve) => socket.once('finish', resolve));
  expect(pieces.join('')).toBe('ab');
});
