import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MergeInput } from '#order-model';
import { runs } from '../../test/runs.js';
import { placeOf, planLine } from './input-line.js';

const version = (n: number): MergeInput =>
  n === 1
    ? { kind: 'orderCreated', id: 'o', by: 'x', version: 1, order: {} }
    : { kind: 'progress', id: `p${n}`, by: 'x', version: n, items: [] };
const supplement = (n: number): MergeInput => ({ kind: 'supplement', id: `s${n}`, by: 'x', sequence: n, changes: {} });
const place = (input: MergeInput): string => `${placeOf(input).line[0]}${placeOf(input).number}`;
const ready = (plan: ReturnType<typeof planLine>): string[] => plan.ready.map(({ input }) => place(input));

describe('the two input lines of an order', () => {
  test('given what comes next in either line, take it in the order of arrival', () => {
    const arrived = [supplement(1), version(2), supplement(2)];
    expect(ready(planLine({ version: 1, sequence: 0 }, [], arrived))).toEqual(['s1', 'v2', 's2']);
  });
  test('given an early arrival, park it until those before it are there', () => {
    const early = planLine({ version: 1, sequence: 0 }, [], [supplement(3), supplement(1)]);
    expect([ready(early), early.parked.map(place)]).toEqual([['s1'], ['s3']]);
    const filled = planLine({ version: 1, sequence: 1 }, [supplement(3)], [supplement(2)]);
    expect(filled).toMatchObject({ ready: [{ stored: false }, { stored: true }], parked: [], stillWaiting: 0 });
  });
  test('given no creation yet, let supplements wait for it', () => {
    const plan = planLine({ version: 0, sequence: 0 }, [], [supplement(1), version(2)]);
    expect([ready(plan), plan.parked.map(place)]).toEqual([[], ['s1', 'v2']]);
    expect(ready(planLine({ version: 0, sequence: 0 }, [supplement(1), version(2)], [version(1)]))).toEqual(['v1', 'v2', 's1']);
  });
  test('given a duplicate, change nothing', () => {
    const plan = planLine({ version: 2, sequence: 1 }, [supplement(3)], [version(2), supplement(1), supplement(3)]);
    expect(plan).toEqual({ ready: [], parked: [], stillWaiting: 1 });
  });

  test('whatever the interleaving, duplication and delay, each line is taken once, gapless and in its own order', () => {
    const scenario = fc
      .record({ versions: fc.integer({ min: 1, max: 6 }), supplements: fc.integer({ min: 0, max: 6 }) })
      .chain(({ versions, supplements }) => {
        const all = [
          ...Array.from({ length: versions }, (_, i) => version(i + 1)),
          ...Array.from({ length: supplements }, (_, i) => supplement(i + 1)),
        ];
        const repeated = fc.array(fc.constantFrom(...all), { maxLength: 6 });
        const shuffled = repeated.chain((again) => fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length }));
        return fc.tuple(fc.constant(all), shuffled, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 }));
      });
    fc.assert(
      fc.property(scenario, ([all, arrivals, sizes]) => {
        let taken = { version: 0, sequence: 0 };
        let waiting: MergeInput[] = [];
        const merged: MergeInput[] = [];
        for (let at = 0, batch = 0; at < arrivals.length; batch += 1) {
          const size = sizes[batch % sizes.length] as number;
          const plan = planLine(taken, waiting, arrivals.slice(at, at + size));
          at += size;
          merged.push(...plan.ready.map(({ input }) => input));
          const done = new Set(plan.ready.map(({ input }) => place(input)));
          waiting = [...waiting.filter((input) => !done.has(place(input))), ...plan.parked];
          expect(waiting.length).toBe(plan.stillWaiting + plan.parked.length);
          taken = {
            version: merged.filter(({ kind }) => kind !== 'supplement').length,
            sequence: merged.filter(({ kind }) => kind === 'supplement').length,
          };
        }
        expect(waiting).toEqual([]);
        const line = (name: string): string[] => merged.map(place).filter((one) => one.startsWith(name));
        expect(line('v')).toEqual(all.map(place).filter((one) => one.startsWith('v')));
        expect(line('s')).toEqual(all.map(place).filter((one) => one.startsWith('s')));
        expect(merged[0]?.kind).toBe('orderCreated');
      }),
      runs(),
    );
  });
});
