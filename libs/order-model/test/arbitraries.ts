import fc from 'fast-check';
import {
  type EffectiveOrder,
  fromDocument,
  type ItemProgress,
  type ItemState,
  type Json,
  type JsonObject,
  ON_CONFLICT,
  type OnConflict,
  type OrderState,
  type PointOfNoReturn,
  rollUp,
  usualPointOfNoReturn,
} from '#order-model';

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
export const ITEM_IDS = ['1', '2', 'a/b', '~'];

function record(entries: [string, Json][]): JsonObject {
  const object: JsonObject = {};
  for (const [name, value] of entries) {
    if (name === '__proto__') Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
    else object[name] = value;
  }
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

/** Every state, those of items in flight the most often. */
const states: fc.Arbitrary<ItemState> = fc.constantFrom(
  ...([
    'acknowledged',
    'acknowledged',
    'acknowledged',
    'acknowledged',
    'inProgress',
    'inProgress',
    'inProgress',
    'pending',
    'held',
  ] as const),
  ...(['completed', 'failed', 'cancelled', 'rejected'] as const),
);
const seldom = fc.constantFrom(true, false, false, false, false, false);
/** What an item relies on, mostly nothing. */
const reliance: fc.Arbitrary<JsonObject> = fc
  .oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.constantFrom(...ITEM_IDS, '1.1').map((id) => [id]) })
  .map((on) =>
    on.length === 0 ? {} : { productOrderItemRelationship: on.map((target) => ({ id: target, relationshipType: 'reliesOn' })) },
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
      ponr: seldom,
      on: reliance,
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
      ...on,
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
  .tuple(fc.subarray(ITEM_IDS, { minLength: 3 }), freeAttributes, keyed('note', 'id'), prices('orderTotalPrice'))
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
const PLAIN = ['description', 'priority', 'projectCode', '@type', 'x-ext'];
const patchAttributes = fc
  .array(fc.tuple(fc.constantFrom(...PLAIN, ...PLAIN, ...PLAIN, 'note', 'billingAccount', 'state', 'id'), patchValue), { maxLength: 3 })
  .map(record);

/** Of an item nested in one: amended, added or cancelled, mostly where that can be. */
const nestedPatch: fc.Arbitrary<JsonObject> = fc
  .record({
    nth: fc.constantFrom('1', '1', '2'),
    intent: fc.constantFrom('amend', 'amend', 'add', 'cancel'),
    quantity: fc.nat(9),
  })
  .map(
    ({ nth, intent, quantity }): JsonObject => ({
      nth: intent === 'add' ? '2' : nth,
      intent,
      ...(intent === 'cancel' ? {} : { quantity }),
    }),
  );

const plausible = (usual: readonly string[], unusual: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...unusual) });

const itemPatch: fc.Arbitrary<JsonObject> = fc
  .record({
    id: plausible(ITEM_IDS, ['9']),
    newId: plausible(['8', '9'], ITEM_IDS),
    intent: fc.constantFrom('add', 'amend', 'amend', 'amend', 'cancel'),
    product,
    free: fc
      .array(fc.tuple(fc.constantFrom('x-ext', 'note', 'description', 'quantity', 'billingAccount'), patchValue), { maxLength: 2 })
      .map(record),
    itemPrice: prices('itemPrice'),
    on: reliance,
    nested: fc.oneof(
      { weight: 4, arbitrary: fc.constant<JsonObject[]>([]) },
      { weight: 1, arbitrary: fc.array(nestedPatch, { minLength: 1, maxLength: 1 }) },
    ),
  })
  .map(({ id, newId, intent, product: made, free, itemPrice, on, nested }): JsonObject => {
    if (intent === 'cancel') return { id, intent };
    const own = intent === 'add' ? newId : id;
    const inside = nested.map(({ nth, ...patch }): JsonObject => ({ ...patch, id: `${own}.${String(nth)}` }));
    return {
      ...free,
      ...itemPrice,
      id: own,
      intent,
      ...(intent === 'add' ? { action: 'add' } : {}),
      product: made,
      ...on,
      ...(inside.length === 0 ? {} : { productOrderItem: inside }),
    };
  });

/** A supplement's `changes`, mostly plausible. */
export const supplementChanges: fc.Arbitrary<JsonObject> = fc
  .tuple(patchAttributes, prices('orderTotalPrice'), fc.uniqueArray(itemPatch, { maxLength: 3, selector: ({ id }) => id }))
  .map(([attributes, total, items]) => ({ ...attributes, ...total, ...(items.length === 0 ? {} : { productOrderItem: items }) }));

const progressItems = fc.array(
  fc.record(
    {
      id: fc.constantFrom(...ITEM_IDS, ...ITEM_IDS, '1.1', '2.1', '9', '9.2'),
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
  | {
      readonly kind: 'supplement';
      readonly changes: JsonObject;
      readonly basedOnRevision?: number;
      readonly onConflict?: OnConflict;
    }
  | { readonly kind: 'progress'; readonly items: readonly ItemProgress[] }
  | { readonly kind: 'amendment'; readonly patch: JsonObject; readonly basedOnRevision?: number; readonly cancellation?: object };

const ago = fc.integer({ min: 1, max: 6 });
const supplements = fc
  .record(
    {
      kind: fc.constant('supplement' as const),
      changes: fc.oneof(
        { weight: 19, arbitrary: supplementChanges },
        { weight: 1, arbitrary: fc.constant<JsonObject>({ intent: 'cancel' }) },
      ),
      basedOnRevision: ago,
      onConflict: fc.constantFrom(...ON_CONFLICT),
    },
    { requiredKeys: ['kind', 'changes'] },
  )
  .map((one): Unnumbered => one);
const amendments = fc
  .record(
    { kind: fc.constant('amendment' as const), patch: supplementChanges, basedOnRevision: ago, whole: seldom },
    { requiredKeys: ['kind', 'patch', 'whole'] },
  )
  .map(
    ({ whole, ...one }): Unnumbered => (whole ? { ...one, patch: { intent: 'cancel', cancellationReason: 'x' }, cancellation: {} } : one),
  );
const progress = fc.record({ kind: fc.constant('progress' as const), items: progressItems }).map((one): Unnumbered => one);

export const inputs: fc.Arbitrary<Unnumbered[]> = fc.array(
  fc.oneof({ weight: 4, arbitrary: supplements }, { weight: 2, arbitrary: progress }, { weight: 2, arbitrary: amendments }),
  { maxLength: 6 },
);

const anyRule = fc.record(
  {
    states: fc.subarray(['acknowledged', 'inProgress', 'completed', 'failed', 'cancelled', 'held'] as const),
    flagged: fc.boolean(),
    paths: fc.subarray(
      ['/product', '/product/productCharacteristic/k1', '/state', '/x-ext', '/productOrderItem', '/productOrderItem/1.1/quantity'],
      {
        minLength: 1,
      },
    ),
  },
  { requiredKeys: ['states', 'flagged'] },
);
/** Where a deployment may have put the point of no return. */
export const anyPointOfNoReturn: fc.Arbitrary<PointOfNoReturn> = fc.oneof(
  fc.constant(usualPointOfNoReturn),
  fc.record({
    alwaysOpen: fc.subarray(['/note', '/product/productCharacteristic/k2', '/milestone']),
    rules: fc.array(anyRule, { maxLength: 2 }),
  }),
);
