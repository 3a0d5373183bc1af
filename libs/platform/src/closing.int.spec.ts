import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import { closeInTime } from './closing.js';

async function listening(graceMs?: number): Promise<{
  app: FastifyInstance;
  dial: (text?: string) => Promise<Socket>;
  answer: () => void;
  asked: Promise<void>;
  closing: Promise<void>;
}> {
  const app = fastify({ forceCloseConnections: 'idle' });
  closeInTime(app, graceMs);
  let answer: () => void = () => undefined;
  let ask: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const closing = new Promise<void>((resolve) =>
    app.addHook('preClose', (done) => {
      resolve();
      done();
    }),
  );
  app.get('/slow', () => {
    ask();
    return new Promise((resolve) => {
      answer = () => resolve('answered');
    });
  });
  app.get('/', () => 'hello');
  await app.listen({ port: 0, host: '127.0.0.1' });
  const dial = async (text?: string) => {
    const seen = once(app.server, 'connection');
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    await seen;
    if (text !== undefined) socket.write(text);
    return socket;
  };
  return { app, dial, answer: () => answer(), asked, closing };
}

const all = async (socket: Socket): Promise<string> => {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
};

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

describe('a service that stops', () => {
  it('given a connection on which nothing was asked, ends it', async () => {
    const { app, dial } = await listening();
    const socket = await dial();
    await app.close();
    expect(await all(socket)).toBe('');
  });

  it('given a connection kept alive after its answer, ends it', async () => {
    const { app, dial } = await listening();
    const socket = await dial(GET('/'));
    await once(socket, 'data');
    await app.close();
    expect(await all(socket)).toBe('');
  });

  it('given a request under way, answers it and ends its connection', async () => {
    const { app, dial, answer, asked, closing } = await listening();
    const socket = await dial(GET('/slow'));
    await asked;
    const closed = app.close();
    await closing;
    answer();
    await closed;
    expect(await all(socket)).toMatch(/^HTTP\/1.1 200 OK\r\n(.+\r\n)*connection: close\r\n(.+\r\n)*\r\nanswered$/);
  });

  it('given a request that is not answered, cuts it off', async () => {
    const { app, dial, asked } = await listening(10);
    const socket = await dial(GET('/slow'));
    await asked;
    await app.close();
    expect(await all(socket)).toBe('');
  });
});
