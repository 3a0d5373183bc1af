import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { HttpConnection, httpRequest } from './http-connection.js';
import { Callers, times } from './load.js';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => server?.close(resolve)));

async function serve(answer: (body: string) => { status: number; body: string; pieces?: number }): Promise<number> {
  const made = createServer((request, response) => {
    let asked = '';
    request.on('data', (chunk) => (asked += chunk));
    request.on('end', () => {
      const { status, body, pieces = 1 } = answer(asked);
      response.writeHead(status, { 'content-length': Buffer.byteLength(body) });
      for (let piece = 0; piece < pieces; piece += 1) {
        response.write(body.slice((piece * body.length) / pieces, ((piece + 1) * body.length) / pieces));
      }
      response.end();
    });
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return (made.address() as AddressInfo).port;
}

test('given a connection, when it asks one thing after the other, then it reads each answer whole', async () => {
  const long = 'x'.repeat(500_000);
  const port = await serve((asked) => ({ status: asked === '' ? 404 : 201, body: `${asked}${long}`, pieces: 4 }));
  const connection = await HttpConnection.open(port);
  const first = await connection.ask(httpRequest('POST', '/a', 'ä'));
  const second = await connection.ask(httpRequest('GET', '/b'));
  connection.close();
  expect([first.status, first.body.toString()]).toEqual([201, `ä${long}`]);
  expect([second.status, second.body.toString()]).toEqual([404, long]);
});

test('given a server that hangs up, when it was asked, then the caller is told', async () => {
  const port = await serve(() => ({ status: 200, body: '' }));
  server?.on('connection', (socket) => setImmediate(() => socket.destroy()));
  const connection = await HttpConnection.open(port);
  await expect(connection.ask(httpRequest('GET', '/a'))).rejects.toThrow();
});

test('given a connection that the server closed while nothing was asked, when it is asked, then the caller is told at once', async () => {
  const port = await serve(() => ({ status: 200, body: 'ok' }));
  const connection = await HttpConnection.open(port);
  await connection.ask(httpRequest('GET', '/a'));
  server?.closeAllConnections();
  await connection.closed;
  await expect(connection.ask(httpRequest('GET', '/b'))).rejects.toThrow('the server closed the connection');
});

test('given a closed loop, when there is nothing more to ask, then it ends before its time', async () => {
  let asked = 0;
  const port = await serve(() => ({ status: 200, body: 'ok' }));
  const callers = new Callers(port, 3);
  let left = 10;
  await callers.ask(60_000, () => {
    left -= 1;
    return left < 0
      ? undefined
      : {
          request: httpRequest('GET', '/'),
          answered: () => {
            asked += 1;
          },
        };
  });
  expect(asked).toBe(10);
});

test('given callers whose server has closed what was idle, when they ask again, then they are answered', async () => {
  let answers = 0;
  const port = await serve(() => ({ status: 200, body: 'ok' }));
  const callers = new Callers(port, 3);
  const work = () => ({
    request: httpRequest('GET', '/'),
    answered: () => {
      answers += 1;
    },
  });
  await callers.ask(60_000, times(3, work));
  server?.closeAllConnections();
  await callers.ask(60_000, times(3, work));
  expect(answers).toBe(6);
});

test('given fixed arrivals, when the server is slow, then every one is sent and knows when it was due', async () => {
  const port = await serve(() => ({ status: 200, body: 'ok' }));
  const callers = new Callers(port, 1);
  const due: number[] = [];
  let answers = 0;
  await callers.arrive(200, 100, (at) => {
    due.push(at);
    return {
      request: httpRequest('GET', '/'),
      answered: () => {
        answers += 1;
      },
    };
  });
  expect(answers).toBe(20);
  expect(due.slice(1).map((at, index) => Math.round(at - (due[index] ?? 0)))).toEqual(Array(19).fill(10));
});
