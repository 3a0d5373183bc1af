import { describe, expect, test } from '@jest/globals';
import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { PoisonMessageError } from '../src/cloud-event.js';
import { handleAll, isTransient, reasonOf } from '../src/failure-policy.js';
import { silent } from './events.js';

const withCode = (code: string): Error => Object.assign(new Error('…'), { code });

describe('isTransient', () => {
  test.each<[string, unknown]>([
    ['a refused connection', withCode('ECONNREFUSED')],
    ['a reset connection', withCode('ECONNRESET')],
    ['a name that cannot be looked up now', withCode('EAI_AGAIN')],
    ['PostgreSQL shutting down', withCode('57P01')],
    ['PostgreSQL starting', withCode('57P03')],
    ['a deadlock', withCode('40P01')],
    ['a serialization failure', withCode('40001')],
    ['a lock not available', withCode('55P03')],
    ['too many connections', withCode('53300')],
    ['a connection failure', withCode('08006')],
    ['a server that is read-only', withCode('25006')],
    ['pg losing its connection', new Error('Connection terminated unexpectedly')],
    ['TypeORM, asked for a statement on a connection that is lost', new QueryRunnerAlreadyReleasedError()],
    ['TypeORM, asked for one by the manager of a transaction whose connection is lost', new QueryRunnerProviderAlreadyReleasedError()],
    ['a full pool', new Error('timeout exceeded when trying to connect')],
    ['an error of TypeORM around one of those', Object.assign(new Error('query failed'), { driverError: withCode('40P01') })],
    ['an error caused by one of those', new Error('cannot load', { cause: withCode('ECONNRESET') })],
    ['several of those at once', new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')])],
    ['an error that says so', Object.assign(new Error('later'), { retryable: true })],
  ])('given %s, when asked, then trying again can help', (_, error) => {
    expect(isTransient(error)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['a bug', new TypeError('undefined is not a function')],
    ['a broken constraint', withCode('23505')],
    ['a syntax error in SQL', withCode('42601')],
    ['a statement cancelled', withCode('57014')],
    ['a poison message', new PoisonMessageError('no JSON')],
    ['an error that says it is not', Object.assign(withCode('ECONNRESET'), { retryable: false })],
    ['a text', 'Connection terminated'],
    ['nothing', undefined],
    ['null', null],
  ])('given %s, when asked, then trying again cannot help', (_, error) => {
    expect(isTransient(error)).toBe(false);
  });
});

describe('handleAll', () => {
  interface Seen {
    readonly handled: string[][];
    readonly buried: [string, unknown][];
    readonly done: boolean;
  }

  async function whenHandled(
    items: string[],
    handle: (items: readonly string[], attempt: number) => void,
    stop = new AbortController(),
  ): Promise<Seen> {
    const handled: string[][] = [];
    const buried: [string, unknown][] = [];
    const done = await handleAll<string>({
      items,
      handle: async (some) => {
        handled.push([...some]);
        handle(some, handled.length);
      },
      bury: async (item, error) => void buried.push([item, error]),
      signal: stop.signal,
      logger: silent,
      name: 'queue',
    });
    return { handled, buried, done };
  }

  test('given a batch, when it is handled, then it is done in one call', async () => {
    expect(await whenHandled(['a', 'b'], () => undefined)).toEqual({ handled: [['a', 'b']], buried: [], done: true });
  });

  test('given a transient error, when handled, then the same batch is tried again until it works', async () => {
    const { handled, buried, done } = await whenHandled(['a', 'b'], (_, attempt) => {
      if (attempt < 4) throw withCode('40P01');
    });
    expect(handled).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect({ buried, done }).toEqual({ buried: [], done: true });
  });

  test('given one poison item of three, when handled, then each is tried on its own in order and only that one is buried', async () => {
    const bug = new TypeError('bug');
    const { handled, buried, done } = await whenHandled(['a', 'poison', 'c'], (items) => {
      if (items.includes('poison')) throw bug;
    });
    expect(handled).toEqual([['a', 'poison', 'c'], ['a'], ['poison'], ['c']]);
    expect({ buried, done }).toEqual({ buried: [['poison', bug]], done: true });
  });

  test('given a poison batch, when an item on its own meets a transient error, then that item alone is tried again', async () => {
    const { handled, buried } = await whenHandled(['a', 'b'], (items, attempt) => {
      if (items.length > 1) throw new Error('bug');
      if (items[0] === 'a' && attempt === 2) throw withCode('ECONNRESET');
    });
    expect(handled).toEqual([['a', 'b'], ['a'], ['a'], ['b']]);
    expect(buried).toEqual([]);
  });

  test('given a stop during a transient error, when handled, then it gives up and says so', async () => {
    const stop = new AbortController();
    const { handled, done } = await whenHandled(
      ['a'],
      () => {
        stop.abort();
        throw withCode('ECONNRESET');
      },
      stop,
    );
    expect({ handled, done }).toEqual({ handled: [['a']], done: false });
  });

  test('given a stop while one handler fails for good, when handled, then nothing is buried: the next owner decides', async () => {
    const stop = new AbortController();
    const seen = await whenHandled(
      ['a'],
      () => {
        stop.abort();
        throw new Error('aborted');
      },
      stop,
    );
    expect(seen).toEqual({ handled: [['a']], buried: [], done: false });
  });

  test('given a stop while a batch is handled, when the handler still succeeds, then it is done', async () => {
    const stop = new AbortController();
    expect((await whenHandled(['a'], () => stop.abort(), stop)).done).toBe(true);
  });

  test('given a stop from the beginning, when asked, then nothing is handled', async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await whenHandled(['a'], () => undefined, stop)).toEqual({ handled: [], buried: [], done: false });
  });
});

test.each<[unknown, string]>([
  [new TypeError('two\n  lines'), 'TypeError: two lines'],
  ['a text', 'a text'],
  [undefined, 'undefined'],
  [{ code: 5 }, '{ code: 5 }'],
])('given the thrown %p, when put in one line, then it reads %s', (error, line) => {
  expect(reasonOf(error)).toBe(line);
});
