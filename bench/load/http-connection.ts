import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const CLOSED = 'the server closed the connection';
const NOTHING = Buffer.alloc(0);

/**
 * One HTTP/1.1 connection that is kept open and has one request under way at a time. It reads what our servers send
 * (a status, a Content-Length, a body) and nothing else: on two cores a client as costly as the server it asks would halve every figure.
 */
export class HttpConnection {
  private arrived: Buffer = NOTHING;
  private waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void } | undefined;

  /** Resolves when it is closed, by whomever. */
  readonly closed: Promise<unknown>;

  private constructor(private readonly socket: Socket) {
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error(CLOSED)));
  }

  /** @param port on 127.0.0.1 */
  static async open(port: number): Promise<HttpConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new HttpConnection(socket);
  }

  /**
   * @param request as it goes over the wire, made by `httpRequest`
   * @throws Error when the connection is lost before the whole answer is there
   */
  ask(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      // What is written to a socket that is gone is told to nobody, least of all by an event.
      if (this.socket.destroyed) this.fail(new Error(CLOSED));
      else this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.arrived = this.arrived.length === 0 ? chunk : Buffer.concat([this.arrived, chunk]);
    const end = this.arrived.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.arrived.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) return this.fail(new Error(`an answer without Content-Length: ${head}`));
    const begin = end + HEAD_END.length;
    const whole = begin + Number(length);
    if (this.arrived.length < whole) return;
    const body = this.arrived.subarray(begin, whole);
    this.arrived = NOTHING;
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }

  private fail(error: Error): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.reject(error);
  }
}

/** A request with an optional JSON body, for `HttpConnection.ask`. */
export function httpRequest(method: 'GET' | 'POST', path: string, body?: string): string {
  const head = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n`;
  if (body === undefined) return `${head}\r\n`;
  return `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
