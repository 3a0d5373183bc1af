import type { Socket } from 'node:net';

/** Counts the pieces that a socket gives to the kernel from now on. */
export function countPieces(socket: Socket): () => number {
  let count = 0;
  for (const name of ['_write', '_writev'] as const) {
    const write = (socket[name] as (...given: unknown[]) => void).bind(socket);
    socket[name] = (...given: unknown[]) => {
      count += 1;
      write(...given);
    };
  }
  return () => count;
}
