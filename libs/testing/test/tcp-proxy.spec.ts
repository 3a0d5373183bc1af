import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually, freePort, type TcpProxy, tcpProxy } from '../src/index.js';

let proxy: TcpProxy;
let server: ReturnType<typeof createServer>;
const atServer = new Set<Socket>();

beforeEach(async () => {
  server = createServer((socket) => {
    atServer.add(socket);
    socket.on('close', () => atServer.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => socket.write(`echo ${bytes}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await tcpProxy('127.0.0.1', (server.address() as AddressInfo).port);
});

afterEach(async () => {
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

interface Caller {
  readonly socket: Socket;
  readonly heard: string[];
  readonly ended: string[];
}

function givenCaller(): Caller {
  const socket = connect(proxy.port, proxy.host);
  const caller: Caller = { socket, heard: [], ended: [] };
  socket.on('data', (bytes) => caller.heard.push(String(bytes)));
  socket.on('error', (error: NodeJS.ErrnoException) => caller.ended.push(String(error.code)));
  socket.on('close', () => caller.ended.push('closed'));
  return caller;
}

async function givenTalkingCaller(): Promise<Caller> {
  const caller = givenCaller();
  caller.socket.write('hello');
  await eventually(() => expect(caller.heard).toEqual(['echo hello']));
  return caller;
}

test('given a proxy, when either end says something or ends, then the other one hears it', async () => {
  const caller = await givenTalkingCaller();
  expect(proxy.connections).toBe(1);
  caller.socket.end();
  await eventually(() => expect({ atServer: atServer.size, connections: proxy.connections }).toEqual({ atServer: 0, connections: 0 }));
  const other = await givenTalkingCaller();
  for (const socket of atServer) socket.end('bye');
  await eventually(() => expect(other).toMatchObject({ heard: ['echo hello', 'bye'], ended: ['closed'] }));
});

test('given a reset, when it comes, then both ends lose the connection and new ones go through', async () => {
  const caller = await givenTalkingCaller();
  proxy.reset();
  await eventually(() => expect(caller.ended).toEqual(['ECONNRESET', 'closed']));
  await eventually(() => expect(atServer.size).toBe(0));
  (await givenTalkingCaller()).socket.destroy();
});

test('given a proxy that refuses, when called, then connections are reset until it resumes', async () => {
  const caller = await givenTalkingCaller();
  proxy.refuse();
  await eventually(() => expect(caller.ended).toEqual(['ECONNRESET', 'closed']));
  const refused = givenCaller();
  refused.socket.write('hello');
  await eventually(() => expect(refused.ended).toContain('closed'));
  expect(refused.heard).toEqual([]);
  proxy.resume();
  (await givenTalkingCaller()).socket.destroy();
});

test('given a black hole, when either end speaks or goes, then the other one hears nothing, until it resumes with a reset', async () => {
  const staying = await givenTalkingCaller();
  const leaving = await givenTalkingCaller();
  proxy.blackHole();
  staying.socket.write('lost');
  leaving.socket.destroy();
  const late = givenCaller();
  late.socket.write('lost too');
  await eventually(() =>
    expect({ connections: proxy.connections, late: late.socket.readyState }).toEqual({ connections: 3, late: 'open' }),
  );
  await eventually(() => expect(leaving.ended).toEqual(['closed']));
  expect(atServer.size).toBeGreaterThanOrEqual(2);
  expect([...staying.heard, ...late.heard]).toEqual(['echo hello']);
  proxy.resume();
  await eventually(() =>
    expect([staying.ended, late.ended]).toEqual([
      ['ECONNRESET', 'closed'],
      ['ECONNRESET', 'closed'],
    ]),
  );
  await eventually(() => expect(atServer.size).toBe(0));
});

test('given a caller that left in a black hole, when the proxy is closed, then nothing of it is left at the server', async () => {
  const caller = await givenTalkingCaller();
  proxy.blackHole();
  caller.socket.destroy();
  await eventually(() => expect(caller.ended).toEqual(['closed']));
  await proxy.close();
  await eventually(() => expect(atServer.size).toBe(0));
});

test('given a free port, when asked for, then one can listen there', async () => {
  const port = await freePort();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  await new Promise((resolve) => other.close(resolve));
});
