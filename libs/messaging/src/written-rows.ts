import type { OutboxRow, WrittenRow } from './stored-event.js';

/** Of bodies that wait here; what is committed beyond that is read from the table. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * What this process has written to its outbox and committed. The relay asks the table which rows are there, in which order, and
 * takes from here what they say: to read that back too was 10 µs of PostgreSQL's a row, to ask is 3. Nothing depends on it: what is not
 * here, since another replica has written it or there was no room, is read from the table.
 */
export class WrittenRows {
  /** By the event's id: it names what is told, so rows of one id say the same. */
  #rows = new Map<string, WrittenRow>();
  /** Those that were here when the scan under way began. */
  #before = new Map<string, WrittenRow>();
  #bytes = 0;

  /** @param rows that are committed for certain: what was undone must never be told */
  add(rows: readonly WrittenRow[]): void {
    for (const row of rows) {
      const id = idOf(row);
      if (this.#bytes >= MOST_BYTES || this.has(id) || !isStoredAsIs(row.subject)) continue;
      this.#bytes += bytesOf(row);
      this.#rows.set(id, row);
    }
  }

  has(id: string): boolean {
    return this.#before.has(id) || this.#rows.has(id);
  }

  /** What the row `seq` of the table says, which is that of the event `id`. It is not here any more then. */
  take(seq: string, id: string): OutboxRow | undefined {
    const row = this.#before.get(id) ?? this.#rows.get(id);
    if (row === undefined) return undefined;
    this.#bytes -= bytesOf(row);
    this.#before.delete(id);
    this.#rows.delete(id);
    const { subject, messages } = row;
    return { seq, subject, messages };
  }

  beginScan(): void {
    if (this.#before.size === 0) this.#before = this.#rows;
    else for (const [id, row] of this.#rows) this.#before.set(id, row);
    this.#rows = new Map();
  }

  /** @param more whether it has left rows unseen. Where it has not, what was here before it and was not taken had been read before it came here */
  endScan(more: boolean): void {
    if (more) return;
    for (const row of this.#before.values()) this.#bytes -= bytesOf(row);
    this.#before = new Map();
  }
}

const idOf = ({ messages }: WrittenRow): string => messages[0]?.event.id ?? '';
const bytesOf = ({ messages }: WrittenRow): number => messages.reduce((sum, { body }) => sum + body.length, 0);

/** PostgreSQL gets U+FFFD for half a surrogate pair: such a subject is another one when it is read back. */
const isStoredAsIs = (text: string): boolean => !/\p{Surrogate}/u.test(text);
