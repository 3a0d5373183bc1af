import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Outcome, toDocument } from '#order-model';
import { anyPointOfNoReturn, inputs, orderDocument } from './arbitraries.js';
import { history } from './line.js';
import { noOrder, referenceMerge, say, type Told, told } from './reference-merge.js';
import { runs } from './runs.js';

test('for any order, any line of inputs and any point of no return, a second merge written on its own agrees', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(orderDocument, inputs, anyPointOfNoReturn, (doc, line, pointOfNoReturn) => {
      const { given, outcomes } = history(doc, line, pointOfNoReturn);
      let order = noOrder;
      for (const [at, outcome] of outcomes.entries()) {
        const input = given[at] as (typeof given)[number];
        const reference = referenceMerge(order, input, pointOfNoReturn);
        order = reference.order;
        const model: Told = told(outcome);
        if (JSON.stringify(model) !== JSON.stringify(reference.told)) expect({ input, ...model }).toEqual({ input, ...reference.told });
        for (const what of [outcome.kind, ...model.problems, ...model.notApplied.map((code) => `not applied: ${code}`)]) {
          seen.set(what, (seen.get(what) ?? 0) + 1);
        }
        if (model.overwritten.length > 0) seen.set('conflict', (seen.get('conflict') ?? 0) + 1);
      }
      // The deltas agree, with what stood before, so this holds for every revision on the way.
      expect(say(order.doc)).toBe(say(toDocument((outcomes.at(-1) as Outcome).order)));
    }),
    runs(),
  );
  process.stderr.write(`${JSON.stringify(Object.fromEntries(seen))}\n`);
});
