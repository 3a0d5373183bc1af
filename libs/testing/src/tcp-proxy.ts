import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be spoilt. */
export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** Connections open just now. */
  readonly connections: number;
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

/** Listens on a free port of 127.0.0.1 and passes everything on to `targetHost:port`. */
export async function tcpProxy(targetHost: string, port: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let mode: 'open' | 'black hole' | 'refuse' = 'open';
  const server = createServer((inner) => {
    if (mode === 'refuse') return void inner.resetAndDestroy();
    const outer = connect(port, targetHost);
    const pair = [inner, outer] as const;
    pairs.add(pair);
    const pass = (from: Socket, to: Socket): void => {
      from.setNoDelay(true);
      from.on('data', (bytes) => mode === 'open' && to.write(bytes));
      from.on('error', () => undefined);
      from.on('close', () => {
        // In a black hole the other end does not even learn of the goodbye.
        if (mode === 'black hole') return;
        pairs.delete(pair);
        to.destroySoon();
      });
    };
    pass(inner, outer);
    pass(outer, inner);
  });
  const resetAll = (): void => {
    for (const [inner, outer] of pairs) {
      inner.resetAndDestroy();
      outer.destroy();
    }
    pairs.clear();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.size;
    },
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
