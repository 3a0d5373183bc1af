import fc from 'fast-check';
import { type EffectiveOrder, fromDocument, type ItemState, type Json, type JsonObject, type OrderState, rollUp } from '#order-model';

/** Names that a careless object would take for a prototype's, or a careless path for its own syntax, among plain ones. */
const names = fc.constantFrom(
  'a',
  'b',
  'c',
  'a/b',
  '~',
  '',
  '__proto__',
  'constructor',
  'toString',
  'note',
  'place',
  'value',
  'id',
  'name',
  'role',
  '0',
);
const scalars: fc.Arbitrary<Json> = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.integer({ min: -9, max: 9 }),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
);

export const AT = '2026-06-01T00:00:00.000Z';
export const ITEM_IDS = ['1', '2', '3', '4', 'a/b', '~'];

function record(entries: [string, Json][]): JsonObject {
  const object: JsonObject = {};
  for (const [name, value] of entries) Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  return object;
}

/** Any JSON, hostile names included. */
export const anyJson: fc.Arbitrary<Json> = fc.letrec<{ json: Json; object: JsonObject }>((tie) => ({
  json: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalars, fc.array(tie('json'), { maxLength: 3 }), tie('object')),
  object: fc.array(fc.tuple(names, tie('json')), { maxLength: 4 }).map(record),
})).json;

const freeAttributes = fc
  .array(fc.tuple(fc.constantFrom('description', 'priority', 'projectCode', '@type', 'x-ext'), anyJson), { maxLength: 3 })
  .map(record);

/** A keyed collection of small elements: a key at most once. */
function keyed(attribute: 'productCharacteristic' | 'note', key: string): fc.Arbitrary<JsonObject> {
  const element = fc
    .tuple(fc.constantFrom('k1', 'k2', 'k/3'), fc.oneof(scalars, anyJson))
    .map(([k, value]): JsonObject => ({ [key]: k, value }));
  return fc.uniqueArray(element, { maxLength: 3, selector: (one) => one[key] }).map((list) => ({ [attribute]: list }));
}

const money = fc.record({ unit: fc.constantFrom('USD', 'EUR'), value: fc.constantFrom(0.1, 0.2, 0.3, 1, -0.1, 19.99, 1e21, 1e-7) });
const price = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ dutyFreeAmount: money, taxIncludedAmount: fc.oneof(money, anyJson) }, { requiredKeys: ['dutyFreeAmount'] }),
  },
  { weight: 1, arbitrary: anyJson },
);
/** TMF622 prices, some of them malformed. */
const prices = (attribute: 'itemPrice' | 'orderTotalPrice'): fc.Arbitrary<JsonObject> =>
  fc
    .uniqueArray(
      fc.record(
        {
          name: fc.constantFrom('p1', 'p2'),
          priceType: fc.constantFrom('recurring', 'nonRecurring', 'usage'),
          recurringChargePeriod: fc.constantFrom('month', 'year'),
          price,
        },
        { requiredKeys: ['name', 'price'] },
      ),
      { maxLength: 2, selector: ({ name }) => name },
    )
    .map((list): JsonObject => (list.length === 0 ? {} : { [attribute]: list as JsonObject[] }));

export const product: fc.Arbitrary<JsonObject> = fc
  .tuple(keyed('productCharacteristic', 'name'), freeAttributes)
  .map(([characteristics, free]) => ({ ...free, ...characteristics }));

const states: fc.Arbitrary<ItemState> = fc.constantFrom(
  'acknowledged',
  'inProgress',
  'pending',
  'held',
  'completed',
  'failed',
  'cancelled',
  'rejected',
);

const item = (id: string): fc.Arbitrary<JsonObject> =>
  fc
    .record({
      product,
      notes: keyed('note', 'id'),
      free: freeAttributes,
      itemPrice: prices('itemPrice'),
      nestedPrice: prices('itemPrice'),
      state: states,
      ponr: fc.boolean(),
      on: fc.subarray([...ITEM_IDS, '1.1'], { maxLength: 1 }),
      nested: fc.boolean(),
    })
    .map(({ product: made, notes, free, itemPrice, nestedPrice, state, ponr, on, nested }) => ({
      ...free,
      ...itemPrice,
      id,
      action: 'add',
      state,
      product: made,
      ...notes,
      ...(ponr ? { pointOfNoReturn: true } : {}),
      ...(on.length === 0 ? {} : { productOrderItemRelationship: on.map((target) => ({ id: target, relationshipType: 'reliesOn' })) }),
      ...(nested ? { productOrderItem: [{ id: `${id}.1`, action: 'add', state: 'acknowledged', ...nestedPrice }] } : {}),
    }));

/** The state that an order of these items has. */
function stateFrom(items: readonly JsonObject[]): OrderState {
  const counts: Partial<Record<ItemState, number>> = {};
  for (const { state } of items) counts[state as ItemState] = (counts[state as ItemState] ?? 0) + 1;
  return rollUp(counts, 'acknowledged');
}

/** A TMF622 order as it may stand: any states, reliance, nested items, attributes of its own. */
export const orderDocument: fc.Arbitrary<JsonObject> = fc
  .tuple(fc.subarray(ITEM_IDS, { minLength: 1 }), freeAttributes, keyed('note', 'id'), prices('orderTotalPrice'))
  .chain(([ids, free, notes, total]) =>
    fc.tuple(...ids.map(item)).map((productOrderItem) => ({
      ...free,
      ...notes,
      ...total,
      externalId: 'PON',
      productOrderItem,
      state: stateFrom(productOrderItem),
    })),
  );

export const effectiveOrder: fc.Arbitrary<EffectiveOrder> = orderDocument.map((doc) => fromDocument('o', doc));

const patchValue = fc.oneof({ weight: 3, arbitrary: anyJson }, { weight: 1, arbitrary: fc.constant(null) });
const patchAttributes = fc
  .array(fc.tuple(fc.constantFrom('description', 'priority', 'projectCode', '@type', 'x-ext', 'note', 'state', 'id'), patchValue), {
    maxLength: 3,
  })
  .map(record);

const itemPatch: fc.Arbitrary<JsonObject> = fc
  .record({
    id: fc.constantFrom(...ITEM_IDS, '9'),
    intent: fc.constantFrom('add', 'amend', 'amend', 'cancel'),
    product,
    free: fc.array(fc.tuple(fc.constantFrom('x-ext', 'note', 'description', 'quantity'), patchValue), { maxLength: 2 }).map(record),
    itemPrice: prices('itemPrice'),
    on: fc.subarray([...ITEM_IDS, '1.1'], { maxLength: 1 }),
  })
  .map(
    ({ id, intent, product: made, free, itemPrice, on }): JsonObject =>
      intent === 'cancel'
        ? { id, intent }
        : {
            ...free,
            ...itemPrice,
            id,
            intent,
            ...(intent === 'add' ? { action: 'add' } : {}),
            product: made,
            ...(on.length === 0
              ? {}
              : { productOrderItemRelationship: on.map((target) => ({ id: target, relationshipType: 'reliesOn' })) }),
          },
  );

/** A supplement's `changes`, mostly plausible. */
export const supplementChanges: fc.Arbitrary<JsonObject> = fc
  .tuple(patchAttributes, prices('orderTotalPrice'), fc.uniqueArray(itemPatch, { maxLength: 3, selector: ({ id }) => id }))
  .map(([attributes, total, items]) => ({ ...attributes, ...total, ...(items.length === 0 ? {} : { productOrderItem: items }) }));

const progressItems = fc.array(
  fc.record(
    {
      id: fc.constantFrom(...ITEM_IDS, '1.1', '9'),
      state: states,
      pointOfNoReturn: fc.boolean(),
      milestone: fc.constantFrom('survey', 'install'),
    },
    { requiredKeys: ['id'] },
  ),
  { maxLength: 3 },
);

/** What may follow the creation of an order, without its place in the line: that is for the test to number. */
export type Unnumbered =
  | { readonly kind: 'supplement'; readonly changes: JsonObject; readonly basedOnRevision?: number }
  | { readonly kind: 'progress'; readonly items: ReturnType<typeof asItems> }
  | { readonly kind: 'amendment'; readonly patch: JsonObject };
function asItems(items: readonly { id: string; state?: ItemState; pointOfNoReturn?: boolean; milestone?: string }[]) {
  return items;
}
export const inputs: fc.Arbitrary<Unnumbered[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record(
        { kind: fc.constant('supplement' as const), changes: supplementChanges, basedOnRevision: fc.integer({ min: 1, max: 6 }) },
        { requiredKeys: ['kind', 'changes'] },
      ),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('progress' as const), items: progressItems }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('amendment' as const), patch: supplementChanges }) },
  ),
  { maxLength: 8 },
);
