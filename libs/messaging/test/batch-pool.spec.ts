import { expect, test } from '@jest/globals';
import { BatchPool } from '../src/batch-pool.js';
import { Gate } from './server-fixtures.js';

const { signal } = new AbortController();

/** A pool whose batches wait for a gate each; it notes what they held. */
function givenPool(most = 100): { pool: BatchPool<string>; batches: string[][]; gates: Gate[] } {
  const batches: string[][] = [];
  const gates: Gate[] = [];
  const pool = new BatchPool<string>(
    async (items) => {
      const gate = new Gate();
      gates.push(gate);
      batches.push([...items]);
      await gate.opened;
      if (items.includes('poison')) throw new Error('cannot be handled');
    },
    most,
    () => 0,
  );
  return { pool, batches, gates };
}

const one = (): number => 1;
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(() => setImmediate(resolve), 5));

test('given shards that submit in one turn, when handled, then they go together, each in its order', async () => {
  const { pool, batches, gates } = givenPool();
  const both = [pool.submit(['a1', 'a2'], signal), pool.submit(['b1'], signal)];
  await turn();
  gates[0]?.open();
  await Promise.all(both);
  expect(batches).toEqual([['a1', 'a2', 'b1']]);
});

test('given a batch under way, when others submit, then they make up the next one, and not before it is over', async () => {
  const { pool, batches, gates } = givenPool();
  const first = pool.submit(['a1'], signal);
  await turn();
  const others = [pool.submit(['b1'], signal), pool.submit(['c1'], signal)];
  await turn();
  expect(batches).toEqual([['a1']]);
  gates[0]?.open();
  await first;
  await turn();
  gates[1]?.open();
  await Promise.all(others);
  expect(batches).toEqual([['a1'], ['b1', 'c1']]);
});

test('given more than a batch may hold, when handled, then the rest goes with the next', async () => {
  const { pool, batches, gates } = givenPool(3);
  const all = [['a1', 'a2'], ['b1', 'b2'], ['c1']].map((items) => pool.submit(items, signal));
  await turn();
  gates[0]?.open();
  await Promise.all(all.slice(0, 2));
  await turn();
  gates[1]?.open();
  await Promise.all(all);
  expect(batches).toEqual([['a1', 'a2', 'b1', 'b2'], ['c1']]);
});

test('given a batch that fails, when others have submitted meanwhile, then it fails for its shards and the next goes on', async () => {
  const { pool, gates } = givenPool();
  const failing = [pool.submit(['a1'], signal), pool.submit(['poison'], signal)];
  const told = Promise.allSettled(failing);
  await turn();
  const next = pool.submit(['c1'], signal);
  gates[0]?.open();
  expect((await told).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await turn();
  gates[1]?.open();
  await expect(next).resolves.toBeUndefined();
});

test('given items that are no longer to be handled, when their turn comes, then they are left out', async () => {
  const { pool, batches, gates } = givenPool();
  const lost = new AbortController();
  const first = pool.submit(['a1'], signal);
  await turn();
  const gone = pool.submit(['b1'], lost.signal);
  const told = Promise.allSettled([gone]);
  lost.abort(new Error('lost the channel'));
  gates[0]?.open();
  await first;
  expect(await told).toMatchObject([{ status: 'rejected', reason: { message: 'lost the channel' } }]);
  await turn();
  expect(batches).toEqual([['a1']]);
});

test('given a batch under way, when a shard waits for its turn, then it comes when the batch is over, and what it submits goes with the others', async () => {
  const { pool, batches, gates } = givenPool();
  const first = pool.submit(['a1'], signal);
  await turn();
  const arrived = ['b1'];
  const inTime = pool.turn(signal, one).then(() => pool.submit(arrived.splice(0), signal));
  const others = [inTime, pool.submit(['c1'], signal)];
  await turn();
  arrived.push('b2');
  gates[0]?.open();
  await first;
  await turn();
  gates[1]?.open();
  await Promise.all(others);
  expect(batches).toEqual([['a1'], ['c1', 'b1', 'b2']]);
});

test('given nothing under way, or a consumer that is over, when it waits for its turn, then it does not wait', async () => {
  const { pool, gates } = givenPool();
  await pool.turn(signal, one);
  const first = pool.submit(['a1'], signal);
  const over = new AbortController();
  const waiting = pool.turn(over.signal, one);
  over.abort();
  await waiting;
  await pool.turn(over.signal, one);
  await turn();
  gates[0]?.open();
  await first;
});

test('given nobody who submits, when a batch is over, then whoever waits has its turn', async () => {
  const { pool, gates } = givenPool();
  const first = pool.submit(['a1'], signal);
  await turn();
  const waiting = pool.turn(signal, one);
  gates[0]?.open();
  await Promise.all([first, waiting]);
  await turn();
  await pool.turn(signal, one);
});

test('given a whole batch that waits, when another is under way, then it goes beside it, and no third', async () => {
  const { pool, batches, gates } = givenPool(4);
  const first = pool.submit(['a1'], signal);
  await turn();
  const second = [pool.submit(['b1'], signal), pool.submit(['c1', 'c2', 'c3'], signal)];
  await turn();
  expect(batches).toEqual([['a1'], ['b1', 'c1', 'c2', 'c3']]);
  const third = pool.submit(['d1', 'd2', 'd3', 'd4'], signal);
  await turn();
  expect(batches).toHaveLength(2);
  gates[1]?.open();
  await Promise.all(second);
  await turn();
  expect(batches[2]).toEqual(['d1', 'd2', 'd3', 'd4']);
  for (const gate of gates) gate.open();
  await Promise.all([first, third]);
});

test('given two batches at once, when a small one is over, then what waits waits for the other', async () => {
  const { pool, batches, gates } = givenPool(4);
  const small = pool.submit(['a1'], signal);
  await turn();
  const large = pool.submit(['b1', 'b2', 'b3', 'b4'], signal);
  await turn();
  const next = pool.submit(['c1'], signal);
  gates[0]?.open();
  await small;
  await turn();
  expect(batches).toHaveLength(2);
  gates[1]?.open();
  await large;
  await turn();
  gates[2]?.open();
  await next;
  expect(batches[2]).toEqual(['c1']);
});

test('given more in line than two batches have room for, when a batch is over, then the first of them have their turn, and the rest when another is', async () => {
  const { pool, batches, gates } = givenPool(2);
  const first = pool.submit(['a1'], signal);
  await turn();
  const boarded: string[] = [];
  const inLine = ['b', 'c', 'd', 'e'].map(async (shard) => {
    await pool.turn(signal, () => 2);
    boarded.push(shard);
    await pool.submit([`${shard}1`, `${shard}2`], signal);
  });
  gates[0]?.open();
  await first;
  await turn();
  expect(boarded).toEqual(['b', 'c']);
  gates[1]?.open();
  await inLine[0];
  await turn();
  expect(boarded).toEqual(['b', 'c', 'd']);
  while (batches.length < 5) {
    for (const gate of gates) gate.open();
    await turn();
  }
  for (const gate of gates) gate.open();
  await Promise.all(inLine);
  expect(batches).toEqual([['a1'], ['b1', 'b2'], ['c1', 'c2'], ['d1', 'd2'], ['e1', 'e2']]);
});

test('given those in line whose turn came to nothing, when no batch is under way any more, then the others have theirs', async () => {
  const { pool, gates } = givenPool(1);
  const first = pool.submit(['a1'], signal);
  await turn();
  const inLine = Array.from({ length: 5 }, () => pool.turn(signal, one));
  gates[0]?.open();
  await Promise.all([first, ...inLine]);
});
