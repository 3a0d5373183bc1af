/** One message of PostgreSQL's protocol 3, as it stands on the wire. */
export interface PgFrame {
  /** `Q`, `P`, `C` …; empty for the first message of a client, which has no type. */
  readonly type: string;
  /** What follows the length. */
  readonly body: Buffer;
  /** The whole of it. */
  readonly bytes: Buffer;
}

/** Cuts one direction of a PostgreSQL connection into messages (protocol 3.0, "Message Formats"), without encryption. */
export class PgFrames {
  private rest: Buffer = Buffer.alloc(0);

  /** @param started whether the next message has a type: no for what a client says first */
  constructor(private started: boolean) {}

  /** @returns the messages that are complete now */
  push(bytes: Buffer): PgFrame[] {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const frames: PgFrame[] = [];
    for (;;) {
      const head = this.started ? 1 : 0;
      if (this.rest.length < head + 4) return frames;
      const end = head + this.rest.readInt32BE(head);
      if (this.rest.length < end) return frames;
      frames.push({
        type: head === 0 ? '' : String.fromCharCode(this.rest[0] as number),
        body: this.rest.subarray(head + 4, end),
        bytes: this.rest.subarray(0, end),
      });
      this.rest = this.rest.subarray(end);
      this.started = true;
    }
  }
}

/** The text of a query (`Q`), of a statement to prepare (`P`) or of a completed command (`C`), the name of a prepared statement (`B`); empty for other messages. */
export function pgText({ type, body }: PgFrame): string {
  if (type === 'Q' || type === 'C') return textTo(body, 0).text;
  if (type !== 'P' && type !== 'B') return '';
  // Of a statement to prepare its name comes first, of a prepared one that of the portal.
  return textTo(body, textTo(body, 0).end).text;
}

function textTo(body: Buffer, from: number): { text: string; end: number } {
  const zero = body.indexOf(0, from);
  const end = zero < 0 ? body.length : zero;
  return { text: body.toString('utf8', from, end), end: end + 1 };
}
