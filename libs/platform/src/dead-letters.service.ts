import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ConfirmedPublisher, type DeadLetter, RabbitMqConnection, redrive, UnroutableError } from '#messaging';
import { lockNames } from './advisory-locks.js';
import {
  type DeadLetterFilter,
  type DeadLetterState,
  type DeadLetterView,
  type Decision,
  decide,
  keepDeadLetter,
  listDeadLetters,
  newestId,
  readRedrivable,
  readStoredLetter,
  type WholeDeadLetter,
  waitingIds,
} from './dead-letter.store.js';
import { notFound, ProblemError, unavailable } from './problem.js';

/** Under which Nest gives the schema of the service. */
export const SCHEMA_OF_SERVICE = Symbol('schema of the service');

/** A body is shown to a reader, not sent on: so much of it is enough. */
const SHOWN_BYTES = 64 * 1024;
/** Letters read from the database at once; their bodies may be large. */
const AT_ONCE = 20;
/** Letters one request redrives at most; how many are left is in its answer. */
const MOST_REDRIVEN = 1_000;
const PUBLISH_TIMEOUT_MS = 5_000;

/** What came of redriving several. */
export interface Redriven {
  readonly redriven: number;
  readonly failed: readonly { readonly id: string; readonly code: string; readonly detail: string }[];
  /** Whether letters that match still wait that this request did not come to. */
  readonly more: boolean;
}

type Deed = Pick<Decision, 'at' | 'by'>;

/** Dead letters of one service: kept in its schema, listed, sent back to their queues, or discarded. */
@Injectable()
export class DeadLettersService implements OnApplicationShutdown {
  private readonly publisher: ConfirmedPublisher;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(SCHEMA_OF_SERVICE) private readonly schema: string,
    @Inject(RabbitMqConnection) connection: RabbitMqConnection,
  ) {
    this.publisher = new ConfirmedPublisher(connection);
  }

  onApplicationShutdown(): Promise<void> {
    return this.publisher.close();
  }

  /** Stores letters, all or none. */
  keep(letters: readonly DeadLetter[]): Promise<void> {
    return this.database.transaction(async (tx) => {
      // Locked in one order, so that replicas that store the same letters at once do not deadlock; stored in the queue's.
      await lockNames(
        tx,
        letters.map(({ tag }) => `${this.schema} dead letter ${tag}`),
      );
      for (const letter of letters) await keepDeadLetter(tx, this.schema, letter);
    });
  }

  list(filter: DeadLetterFilter, before: number, limit: number): Promise<DeadLetterView[]> {
    return listDeadLetters(this.database.manager, this.schema, filter, before, limit);
  }

  /** @throws ProblemError 404 */
  async read(id: string): Promise<WholeDeadLetter> {
    const letter = isId(id) ? await readStoredLetter(this.database.manager, this.schema, id, SHOWN_BYTES) : undefined;
    if (letter === undefined) throw unknown(id);
    return letter;
  }

  /**
   * Sends a letter back to its queue. First sent, then marked: a crash in between leaves it waiting, and redriving it
   * again makes a duplicate, which every consumer must bear anyway. One that is redriven already is left alone.
   * @throws ProblemError 404, 409 where it has no queue to go to, 503 while the broker does not take it
   */
  async redrive(id: string, deed: Deed): Promise<void> {
    const letter = isId(id) ? await readRedrivable(this.database.manager, this.schema, id) : undefined;
    if (letter === undefined) throw unknown(id);
    if (letter.state === 'redriven') return;
    if (letter.queue === '') throw new ProblemError(409, 'queue-unknown', `dead letter ${id} does not say which queue it was on`);
    await this.publish(redrive(this.publisher, letter), id, letter.queue);
    await decide(this.database.manager, this.schema, id, { ...deed, action: 'redrive' }, ['waiting', 'discarded']);
  }

  /** Redrives the letters named, each for itself. */
  async redriveThese(ids: readonly string[], deed: Deed): Promise<Redriven> {
    const failed: Redriven['failed'][number][] = [];
    for (const id of ids) {
      const problem = await this.tried(id, deed);
      if (problem !== undefined) failed.push({ id, code: problem.code, detail: problem.message });
    }
    return { redriven: ids.length - failed.length, failed, more: false };
  }

  /** Redrives what waits and matches, oldest first, up to what is there now: what dies again meanwhile is not sent in circles. */
  async redriveMatching(filter: DeadLetterFilter, deed: Deed): Promise<Redriven> {
    const tx = this.database.manager;
    const last = await newestId(tx, this.schema);
    const total = { redriven: 0, failed: [] as Redriven['failed'][number][] };
    let after = '0';
    for (let done = 0; done < MOST_REDRIVEN; ) {
      const ids = await waitingIds(tx, this.schema, filter, { after, last, limit: Math.min(AT_ONCE, MOST_REDRIVEN - done) });
      if (ids.length === 0) return { ...total, more: false };
      const { redriven, failed } = await this.redriveThese(ids, deed);
      total.redriven += redriven;
      total.failed.push(...failed);
      done += ids.length;
      after = ids.at(-1) ?? after;
    }
    const left = await waitingIds(tx, this.schema, filter, { after, last, limit: 1 });
    return { ...total, more: left.length > 0 };
  }

  /** Says that a letter is not needed; it stays and can still be redriven. @throws ProblemError 404, 409 when it was redriven */
  async discard(id: string, deed: Deed & { readonly reason: string }): Promise<void> {
    if (!isId(id)) throw unknown(id);
    const from: readonly DeadLetterState[] = ['waiting'];
    if (await decide(this.database.manager, this.schema, id, { ...deed, action: 'discard' }, from)) return;
    const { state } = await this.read(id);
    if (state === 'redriven')
      throw new ProblemError(409, 'dead-letter-redriven', `dead letter ${id} is back in its queue; nothing to discard`);
  }

  /** @returns the problem of this letter alone @throws 503: the next would fare no better */
  private async tried(id: string, deed: Deed): Promise<ProblemError | undefined> {
    try {
      await this.redrive(id, deed);
      return undefined;
    } catch (error) {
      if (error instanceof ProblemError && error.status < 500) return error;
      throw error;
    }
  }

  private async publish(publishing: Promise<void>, id: string, queue: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(reject, PUBLISH_TIMEOUT_MS, unavailable(`RabbitMQ does not take dead letter ${id} just now; try again`));
    });
    try {
      await Promise.race([publishing, late]);
    } catch (error) {
      if (error instanceof UnroutableError) {
        throw new ProblemError(
          409,
          'queue-missing',
          `the queue ${queue} of dead letter ${id} is no more; start its consumer, then try again`,
        );
      }
      if (error instanceof ProblemError) throw error;
      throw unavailable(`RabbitMQ did not take dead letter ${id} (${(error as Error).message}); try again`);
    } finally {
      clearTimeout(timer);
      publishing.catch(() => undefined);
    }
  }
}

const isId = (id: string): boolean => /^\d{1,15}$/.test(id);

const unknown = (id: string): ProblemError =>
  notFound(`there is no dead letter ${JSON.stringify(id.slice(0, 40))}; GET /admin/dead-letters lists them`);
