import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be spoilt. */
export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** Connections open just now. */
  readonly connections: number;
  /** Whether the server sees one of the connections as coming from this port. */
  comesFrom(port: number): boolean;
  /** Bytes vanish in both directions; new connections are taken but go nowhere. */
  blackHole(): void;
  /** Every connection is reset; new ones go through. */
  reset(): void;
  /** Every connection is reset and new ones are too, until `resume()`. */
  refuse(): void;
  /** Bytes pass again; what was black-holed is lost, so those connections are reset. */
  resume(): void;
  close(): Promise<void>;
}

/** One connection through a proxy, for its gate. */
export interface ProxiedConnection {
  sendToServer(bytes: Buffer): void;
  sendToClient(bytes: Buffer): void;
  /** Both ends are reset. */
  reset(): void;
}

/** Looks at the bytes of one connection and says what of them passes now. */
export interface TcpGate {
  toServer(bytes: Buffer): Buffer;
  toClient(bytes: Buffer): Buffer;
}

/** What a `TcpProxy` may be told beside where it leads to. */
export interface TcpProxyOptions {
  /** Makes the gate of a new connection; without one everything passes. */
  readonly gate?: (connection: ProxiedConnection) => TcpGate;
}

type Pair = readonly [inner: Socket, outer: Socket];

const resetPair = ([inner, outer]: Pair): void => {
  // Resetting a socket that is just ending keeps Node 20 from ever exiting.
  if (inner.writableEnded) inner.destroy();
  else inner.resetAndDestroy();
  outer.destroy();
};

const send = (to: Socket, bytes: Buffer): void => void (bytes.length > 0 && !to.destroyed && to.write(bytes));

function gateOf(pair: Pair, { gate }: TcpProxyOptions): TcpGate {
  const [inner, outer] = pair;
  const open = { toServer: (bytes: Buffer) => bytes, toClient: (bytes: Buffer) => bytes };
  if (gate === undefined) return open;
  return gate({
    sendToServer: (bytes) => send(outer, bytes),
    sendToClient: (bytes) => send(inner, bytes),
    reset: () => resetPair(pair),
  });
}

/**
 * Listens on a free port of 127.0.0.1 and passes everything on to `targetHost:port`.
 * @param port asked at every new connection where it is a function
 */
export async function tcpProxy(targetHost: string, port: number | (() => number), options: TcpProxyOptions = {}): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let mode: 'open' | 'black hole' | 'refuse' = 'open';
  const server = createServer((inner) => {
    if (mode === 'refuse') return void inner.resetAndDestroy();
    const outer = connect(typeof port === 'number' ? port : port(), targetHost);
    const pair = [inner, outer] as const;
    pairs.add(pair);
    const gate = gateOf(pair, options);
    const pass = (from: Socket, to: Socket, through: (bytes: Buffer) => Buffer): void => {
      from.setNoDelay(true);
      from.on('data', (bytes) => mode === 'open' && send(to, through(bytes)));
      from.on('error', () => undefined);
      from.on('close', () => {
        // In a black hole the other end does not even learn of the goodbye.
        if (mode === 'black hole') return;
        pairs.delete(pair);
        to.destroySoon();
      });
    };
    pass(inner, outer, (bytes) => gate.toServer(bytes));
    pass(outer, inner, (bytes) => gate.toClient(bytes));
  });
  const resetAll = (): void => {
    for (const pair of pairs) resetPair(pair);
    pairs.clear();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.size;
    },
    comesFrom: (from) => [...pairs].some(([, outer]) => outer.localPort === from),
    blackHole() {
      mode = 'black hole';
    },
    reset: resetAll,
    refuse() {
      mode = 'refuse';
      resetAll();
    },
    resume() {
      if (mode === 'black hole') resetAll();
      mode = 'open';
    },
    async close() {
      resetAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A proxy to the server of a URL, and the URL that goes by it. @param defaultPort where the URL says none */
export async function proxyTo(url: string, defaultPort: number, options?: TcpProxyOptions): Promise<{ proxy: TcpProxy; url: string }> {
  const by = new URL(url);
  const proxy = await tcpProxy(by.hostname, Number(by.port || defaultPort), options);
  by.host = `${proxy.host}:${proxy.port}`;
  return { proxy, url: by.href };
}

/**
 * RabbitMQ's connection, but that no consumer hears of the end of its queue: `basic.cancel` (class 60, method 30) is left
 * out, a frame of its own with seven bytes of head and one of end (AMQP 0-9-1, 2.3.5).
 */
export const withoutCancels: TcpProxyOptions = {
  gate: () => ({
    toServer: (bytes) => bytes,
    toClient: (bytes) => {
      const at = bytes.indexOf(Buffer.from([0, 60, 0, 30])) - 7;
      if (at < 0 || bytes[at] !== 1) return bytes;
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 8 + bytes.readUInt32BE(at + 3))]);
    },
  }),
};
