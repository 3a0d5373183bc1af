import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  canonical,
  type EffectiveOrder,
  fromDocument,
  type JsonObject,
  type MergeInput,
  merge,
  type Outcome,
  toDocument,
} from '#order-model';
import { runs } from '../../test/runs.js';
import { placeOf, planLine } from './input-line.js';

const AT = '2026-06-01T00:00:00.000Z';
const NOTHING: EffectiveOrder = { ...fromDocument('o', {}), revision: 0, version: 0 };
const VERSIONS = 4;
const SUPPLEMENTS = 4;

/** What a batch of events did to an order: nothing of it is known to the test but what has come. */
function deliver(arrivals: readonly MergeInput[], sizes: readonly number[]): { order: EffectiveOrder; outcomes: Outcome[] } {
  let order = NOTHING;
  let waiting: MergeInput[] = [];
  const outcomes: Outcome[] = [];
  for (let at = 0, batch = 0; at < arrivals.length; batch += 1) {
    const size = sizes[batch % sizes.length] as number;
    const plan = planLine(order, waiting, arrivals.slice(at, at + size));
    at += size;
    for (const { input } of plan.ready) {
      const outcome = merge(order, input, AT);
      outcomes.push(outcome);
      order = outcome.order;
    }
    const taken = new Set(plan.ready.map(({ input }) => input));
    waiting = [...waiting.filter((input) => !taken.has(input)), ...plan.parked];
  }
  expect(waiting).toEqual([]);
  return { order, outcomes };
}

/** The inputs in any order, some of them more than once, in batches of any size: the late ones are delayed. */
const arrivalsOf = (inputs: readonly MergeInput[]): fc.Arbitrary<{ arrivals: MergeInput[]; sizes: number[] }> =>
  fc.array(fc.constantFrom(...inputs), { maxLength: 6 }).chain((again) => {
    const all = [...inputs, ...again];
    return fc.record({
      arrivals: fc.shuffledSubarray(all, { minLength: all.length }),
      sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    });
  });

const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b'), fc.record({ deep: fc.integer({ min: 0, max: 3 }) }));
const by = { by: 'x' };

/** Items in flight, each with what the inputs may change. */
const order: fc.Arbitrary<JsonObject> = fc
  .array(fc.record({ state: fc.constantFrom('acknowledged', 'inProgress'), quantity: fc.nat(3) }), { minLength: 8, maxLength: 8 })
  .map((items) => ({
    externalId: 'PON',
    state: items.some(({ state }) => state === 'inProgress') ? 'inProgress' : 'acknowledged',
    productOrderItem: items.map((item, at): JsonObject => ({ id: `${at}`, action: 'add', ...item, note: [{ id: 'n', text: 'x' }] })),
  }));

const change = (places: readonly string[]): fc.Arbitrary<JsonObject> =>
  fc.record({ name: fc.constantFrom(...places), to: fc.option(value) }).map(({ name, to }): JsonObject => ({ [name]: to }));

/** An amendment, or progress, of one item. */
const versionOf = (item: fc.Arbitrary<string>): fc.Arbitrary<(version: number) => MergeInput> =>
  fc.oneof(
    fc.record({ id: item, to: fc.option(value) }).map(({ id, to }) => (version: number): MergeInput => {
      const after = to === null ? {} : { after: to };
      return { kind: 'amendment', id: `a${version}`, version, delta: [{ path: `/productOrderItem/${id}/quantity`, ...after }], ...by };
    }),
    fc.record({ id: item, state: fc.constantFrom('inProgress' as const, 'held' as const) }).map(
      ({ id, state }) =>
        (version: number): MergeInput => ({
          kind: 'progress',
          id: `p${version}`,
          version,
          items: [{ id, state, milestone: 'survey' }],
          ...by,
        }),
    ),
  );

/** A supplement that amends, adds or cancels one item. */
const supplementOf = (item: fc.Arbitrary<string>, based: fc.Arbitrary<object>): fc.Arbitrary<(sequence: number) => MergeInput> =>
  fc
    .record({
      id: item,
      what: fc.oneof(
        change(['quantity', 'description', 'x-ext']).map((made) => ({ intent: 'amend', ...made })),
        fc.constant<JsonObject>({ intent: 'cancel' }),
        fc.constant<JsonObject>({ intent: 'add', action: 'add' }),
      ),
      based,
    })
    .map(({ id, what, based: said }) => (sequence: number): MergeInput => {
      const own = what['intent'] === 'add' ? `new${id}` : id;
      return {
        kind: 'supplement',
        id: `s${sequence}`,
        sequence,
        changes: { productOrderItem: [{ ...what, id: own } as JsonObject] },
        ...said,
        ...by,
      };
    });

type Numbered = readonly ((number: number) => MergeInput)[];
const line = (doc: JsonObject, versions: Numbered, supplements: Numbered): MergeInput[] => [
  { kind: 'orderCreated', id: 'o', version: 1, order: doc, ...by },
  ...versions.map((one, at) => one(at + 2)),
  ...supplements.map((one, at) => one(at + 1)),
];

/** Two lines whose inputs may well touch each other. */
const anyLines = fc
  .record({
    doc: order,
    versions: fc.array(versionOf(fc.constantFrom('0', '1', '2', '9')), { maxLength: VERSIONS }),
    supplements: fc.array(
      supplementOf(
        fc.constantFrom('0', '1', '2', '9'),
        fc.record(
          { basedOnRevision: fc.integer({ min: 1, max: 6 }), onConflict: fc.constantFrom('hold', 'reject', 'overwrite') },
          { requiredKeys: [] },
        ),
      ),
      { maxLength: SUPPLEMENTS },
    ),
  })
  .map(({ doc, versions, supplements }) => line(doc, versions, supplements));

/** Two lines of which each input has an item of its own, and each supplement an attribute of the order too. */
const disjointLines = fc
  .tuple(
    order,
    fc.tuple(...Array.from({ length: VERSIONS }, (_, at) => versionOf(fc.constant(`${at}`)))),
    fc.tuple(...Array.from({ length: SUPPLEMENTS }, (_, at) => supplementOf(fc.constant(`${VERSIONS + at}`), fc.constant({})))),
    fc.tuple(...Array.from({ length: SUPPLEMENTS }, (_, at) => change([`attribute${at}`]))),
  )
  .map(([doc, versions, supplements, attributes]) =>
    line(doc, versions, supplements).map((input) =>
      input.kind === 'supplement' ? { ...input, changes: { ...attributes[input.sequence - 1], ...input.changes } } : input,
    ),
  );

describe('whatever the interleaving, duplication and delay of the two lines of an order', () => {
  test('its revisions are gapless, every version makes one, and every supplement is answered once', () => {
    const scenario = anyLines.chain((inputs) => arrivalsOf(inputs).map((arrived) => ({ inputs, ...arrived })));
    const kinds = new Set<string>();
    fc.assert(
      fc.property(scenario, ({ inputs, arrivals, sizes }) => {
        const { order: after, outcomes } = deliver(arrivals, sizes);
        expect(outcomes).toHaveLength(inputs.length);
        const revisions = outcomes.flatMap((outcome) => (outcome.kind === 'revised' ? [outcome.revision] : []));
        expect(revisions.map(({ revision }) => revision)).toEqual(revisions.map((_, at) => at + 1));
        const versions = inputs.filter(({ kind }) => kind !== 'supplement');
        expect(revisions.flatMap(({ cause }) => cause.version ?? [])).toEqual(versions.map((input) => placeOf(input).number));
        expect([after.version, after.sequence]).toEqual([versions.length, inputs.length - versions.length]);
        for (const { kind } of outcomes) kinds.add(kind);
      }),
      runs(),
    );
    expect([...kinds].sort()).toEqual(['held', 'rejected', 'revised']);
  });

  test('the effective order is the same where all changes are disjoint', () => {
    const scenario = disjointLines.chain((inputs) => fc.tuple(arrivalsOf(inputs), arrivalsOf(inputs)));
    fc.assert(
      fc.property(scenario, ([one, other]) => {
        const [a, b] = [deliver(one.arrivals, one.sizes), deliver(other.arrivals, other.sizes)];
        expect(a.outcomes.every(({ kind }) => kind === 'revised')).toBe(true);
        const [found, expected] = [canonical(toDocument(a.order)), canonical(toDocument(b.order))];
        if (JSON.stringify(found) !== JSON.stringify(expected)) expect(found).toEqual(expected);
        expect([a.order.revision, a.order.state, a.order.counts]).toEqual([b.order.revision, b.order.state, b.order.counts]);
      }),
      runs(),
    );
  });
});
