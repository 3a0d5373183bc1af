import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GroupCommit, restAfterMany, type Settled } from './group-commit.js';
import { ProblemError } from './problem.js';

/** What becomes of one request: stored, refused by the decision, refused by PostgreSQL, or the same after a few deadlocks. */
type Fate = 'ok' | 'refused' | 'poison' | { readonly deadlocks: number };
interface Item {
  readonly id: number;
  readonly fate: Fate;
}

const sqlError = (code: string): Error => Object.assign(new Error(`SQLSTATE ${code}`), { code });

/** A store that commits a group whole or not at all, as a transaction does. */
class Store {
  readonly stored: number[] = [];
  readonly groups: number[] = [];
  readonly tried = new Map<number, number>();
  atOnce = 0;
  most = 0;

  readonly run = async (items: readonly Item[]): Promise<readonly Settled<string>[]> => {
    this.groups.push(items.length);
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    await new Promise(setImmediate);
    this.atOnce -= 1;
    for (const { id, fate } of items) {
      if (fate === 'poison') throw sqlError('22P05');
      if (typeof fate !== 'object') continue;
      const tried = (this.tried.get(id) ?? 0) + 1;
      this.tried.set(id, tried);
      if (tried <= fate.deadlocks) throw sqlError('40P01');
    }
    this.stored.push(...items.filter(({ fate }) => fate !== 'refused').map(({ id }) => id));
    return items.map(({ id, fate }) =>
      fate === 'refused' ? { error: new ProblemError(422, 'refused', `no ${id}`) } : { ok: `done ${id}` },
    );
  };
}

const fates = fc.array(
  fc.oneof(
    { arbitrary: fc.constantFrom<Fate>('ok', 'refused'), weight: 6 },
    { arbitrary: fc.constant<Fate>('poison'), weight: 1 },
    { arbitrary: fc.integer({ min: 0, max: 3 }).map((deadlocks) => ({ deadlocks })), weight: 1 },
  ),
  { maxLength: 40 },
);
const items = (list: readonly Fate[]): Item[] => list.map((fate, id) => ({ id, fate }));

describe('GroupCommit', () => {
  it('given a rest after a transaction, has what comes meanwhile in the one after it, and its own requests answered at once', async () => {
    const store = new Store();
    const rested: number[] = [];
    const restMs = (requests: number): number => {
      rested.push(requests);
      return 20;
    };
    const group = new GroupCommit(store.run, { inFlight: 1, restMs });
    await Promise.all(items(['ok', 'ok', 'ok']).map((item) => group.submit(item)));
    const later = [3, 4, 5].map(async (id) => {
      await new Promise(setImmediate);
      return group.submit({ id, fate: 'ok' });
    });
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(store.groups).toEqual([3]);
    expect(await Promise.all(later)).toEqual(['done 3', 'done 4', 'done 5']);
    expect(store.groups).toEqual([3, 3]);
    expect(rested.slice(0, 1)).toEqual([3]);
  });

  it('given as many as are worth a transaction before all of a turn are read, begins with those at once', async () => {
    const store = new Store();
    const group = new GroupCommit(store.run, { beside: 3 });
    const answers: Promise<string>[] = [];
    for (let id = 0; id < 4; id += 1) {
      answers.push(group.submit({ id, fate: 'ok' }));
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(store.groups).toEqual([3]);
    await Promise.all(answers);
    expect(store.groups).toEqual([3, 1]);
  });

  it('rests after many, a quarter of what they took and 12 ms at most, and not after a few', () => {
    expect(restAfterMany(7, 100)).toBe(0);
    expect(restAfterMany(60, 6)).toBe(1.5);
    expect(restAfterMany(9, 100)).toBe(3);
    expect(restAfterMany(60, 100)).toBe(12);
  });

  it('given any mix of requests that are stored, refused and poisonous, gives each its own outcome and stores each once', async () => {
    await fc.assert(
      fc.asyncProperty(fates, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3 }), async (list, largest, inFlight) => {
        const store = new Store();
        const group = new GroupCommit(store.run, { largest, inFlight });
        const outcomes = await Promise.allSettled(items(list).map((item) => group.submit(item)));
        outcomes.forEach((outcome, id) => {
          const fate = list[id];
          if (fate === 'poison') expect(outcome).toEqual({ status: 'rejected', reason: expect.objectContaining({ code: '22P05' }) });
          else if (fate === 'refused')
            expect(outcome).toEqual({ status: 'rejected', reason: expect.objectContaining({ message: `no ${id}` }) });
          else expect(outcome).toEqual({ status: 'fulfilled', value: `done ${id}` });
        });
        const kept = items(list).filter(({ fate }) => fate !== 'poison' && fate !== 'refused');
        expect(store.stored.toSorted((a, b) => a - b)).toEqual(kept.map(({ id }) => id));
        expect(store.most).toBeLessThanOrEqual(inFlight);
        expect(Math.max(0, ...store.groups)).toBeLessThanOrEqual(largest);
      }),
    );
  });

  it('given requests of one moment, stores them in one transaction in their order', async () => {
    const store = new Store();
    const group = new GroupCommit(store.run);
    await Promise.all(items(Array<Fate>(150).fill('ok')).map((item) => group.submit(item)));
    expect(store.groups).toEqual([150]);
    expect(store.stored).toEqual(Array.from({ length: 150 }, (_, id) => id));
  });

  it('given one request of 200 that PostgreSQL refuses, stores the others in few transactions', async () => {
    const store = new Store();
    const group = new GroupCommit(store.run);
    const list = Array<Fate>(200).fill('ok').with(137, 'poison');
    const outcomes = await Promise.allSettled(items(list).map((item) => group.submit(item)));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(store.groups.length).toBeLessThanOrEqual(17);
  });

  it('given an outage, tells every request of the group and tries none again', async () => {
    let runs = 0;
    const group = new GroupCommit<number, never>(async () => {
      runs += 1;
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => group.submit(item)));
    for (const outcome of outcomes)
      expect(outcome).toEqual({ status: 'rejected', reason: expect.objectContaining({ code: 'ECONNREFUSED' }) });
    expect(runs).toBe(1);
  });

  it('given an outage while a failed group is halved, tells all that is left at once', async () => {
    let runs = 0;
    const group = new GroupCommit<number, string>(async (group) => {
      runs += 1;
      if (group.length === 8) throw sqlError('22P05');
      throw sqlError('57P01');
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => group.submit(n)));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(runs).toBe(2);
  });

  it('given a group without a result for one request, tells that one', async () => {
    const group = new GroupCommit<number, string>(async () => [{ ok: 'first' }]);
    const [first, second] = await Promise.allSettled([group.submit(1), group.submit(2)]);
    expect(first).toEqual({ status: 'fulfilled', value: 'first' });
    expect(second).toEqual({ status: 'rejected', reason: new Error('the group gave no result for this request') });
  });

  it('given more waiting requests than it holds, turns the rest away with a 503, and takes new ones when there is room', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const group = new GroupCommit<number, number>(
      async (numbers) => {
        await gate;
        return numbers.map((ok) => ({ ok }));
      },
      { queueLimit: 3, inFlight: 1 },
    );
    const taken = [1, 2, 3].map((n) => group.submit(n));
    await expect(group.submit(4)).rejects.toEqual(expect.objectContaining({ status: 503, headers: { 'retry-after': '1' } }));
    open();
    await expect(Promise.all(taken)).resolves.toEqual([1, 2, 3]);
    await expect(group.submit(5)).resolves.toBe(5);
  });

  it('given one order that floods it and keeps coming, answers another after what stood before it, not after the flood', async () => {
    const groups: (readonly string[])[] = [];
    const group = new GroupCommit<string, string>(
      async (orders) => {
        groups.push(orders);
        await new Promise(setImmediate);
        return orders.map((ok) => ({ ok }));
      },
      { largest: 10, inFlight: 2 },
    );
    let flooding = true;
    const flood = async (): Promise<void> => {
      while (flooding) await group.submit('hot');
    };
    const floods = Array.from({ length: 35 }, flood);
    const cold = group.submit('cold').finally(() => {
      flooding = false;
    });
    expect(GroupCommit.waiting).toBe(36);
    await cold;
    expect(groups.findIndex((orders) => orders.includes('cold'))).toBe(3);
    await Promise.all(floods);
    expect(GroupCommit.waiting).toBe(0);
  });

  it('given a transaction that is held up, has what comes meanwhile wait for company, but not for long', async () => {
    const groups: number[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const group = new GroupCommit<number, number>(
      async (numbers) => {
        groups.push(numbers.length);
        if (numbers.includes(0)) await gate;
        return numbers.map((ok) => ({ ok }));
      },
      { beside: 3 },
    );
    const heldUp = group.submit(0);
    await new Promise(setImmediate);
    const company = [1, 2].map((n) => group.submit(n));
    await new Promise(setImmediate);
    expect(groups).toEqual([1]);
    company.push(group.submit(3));
    await Promise.all(company);
    expect(groups).toEqual([1, 3]);
    await expect(group.submit(4)).resolves.toBe(4);
    expect(groups).toEqual([1, 3, 1]);
    open();
    await heldUp;
  });
});
