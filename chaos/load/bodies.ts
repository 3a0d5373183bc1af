import type { JsonObject } from '#order-model';
import type { Random } from '../random.js';

/** What the load knows of an order it goes on changing. */
export interface LivingOrder {
  readonly id: string;
  /** Items that supplements were to add. */
  readonly added: string[];
}

/** A new order: two items, one attribute that TMF622 does not name. */
export function newOrder(marker: string): JsonObject {
  return {
    externalId: marker,
    description: 'as ordered',
    projectCode: { region: 'west', wave: [1, 2, { night: true }] },
    relatedParty: [{ id: 'cust-1', role: 'customer' }],
    productOrderItem: [
      {
        id: '1',
        action: 'add',
        productOffering: { id: 'DIA-1G' },
        product: {
          productCharacteristic: [
            { name: 'floor', value: '2' },
            { name: 'bandwidth', value: '500M' },
          ],
        },
      },
      { id: '2', action: 'add', productOffering: { id: 'ROUTER' }, product: { productCharacteristic: [{ name: 'ports', value: '4' }] } },
    ],
  };
}

/** Sets characteristics of an item. */
export function amendItem(id: string, values: Readonly<Record<string, string>>): JsonObject {
  const productCharacteristic = Object.entries(values).map(([name, value]) => ({ name, value }));
  return { productOrderItem: [{ id, intent: 'amend', product: { productCharacteristic } }] };
}

const technical = (changes: JsonObject): JsonObject => ({ category: 'technicalDetail', changes });

type Variant = 'plain' | 'shared' | 'based' | 'add' | 'cancel' | 'attribute' | 'note' | 'unknownItem';
const WEIGHTS: Readonly<Record<Variant, number>> = {
  plain: 50,
  shared: 8,
  based: 16,
  add: 8,
  cancel: 5,
  attribute: 5,
  note: 4,
  unknownItem: 4,
};

function variant(random: Random): Variant {
  let left = random.below(Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0));
  for (const [name, weight] of Object.entries(WEIGHTS)) {
    left -= weight;
    if (left < 0) return name as Variant;
  }
  return 'plain';
}

/** A supplement of some kind or other; its marker is its reason's text. */
export function someSupplement(random: Random, order: LivingOrder, marker: string): JsonObject {
  return { ...technicalOr(random, order, marker), reason: { text: marker } };
}

function technicalOr(random: Random, order: LivingOrder, marker: string): JsonObject {
  const kind = variant(random);
  switch (kind) {
    case 'plain':
      return technical(amendItem(random.pick(['1', '1', '2', ...order.added]), { [`c-${marker}`]: marker }));
    case 'shared':
      return technical(amendItem('1', { floor: marker }));
    case 'based': {
      const based = { basedOnRevision: 1 + random.below(4), onConflict: random.pick(['hold', 'reject', 'overwrite']) };
      return { ...technical(amendItem(random.pick(['1', '2']), { floor: marker, [`c-${marker}`]: marker })), ...based };
    }
    case 'add': {
      const item = { id: marker, intent: 'add', action: 'add', productOffering: { id: 'LTE-BACKUP' } };
      order.added.push(marker);
      return { category: 'component', changes: { productOrderItem: [item] } };
    }
    case 'cancel':
      return { category: 'component', changes: { productOrderItem: [{ id: random.pick(['2', ...order.added]), intent: 'cancel' }] } };
    case 'attribute':
      return {
        category: 'dueDate',
        changes: { requestedCompletionDate: `2027-02-${10 + random.below(18)}T00:00:00Z`, description: random.chance(0.3) ? null : marker },
      };
    case 'note':
      return { category: 'correction', changes: { note: [{ id: marker, text: `note of ${marker}` }] } };
    case 'unknownItem':
      return technical(amendItem('no-such-item', { x: marker }));
    default:
      return kind satisfies never;
  }
}

/** A patch of the base order. */
export function someAmendment(random: Random, marker: string): JsonObject {
  if (random.chance(0.3)) return { requestedStartDate: `2027-01-${10 + random.below(18)}T00:00:00Z`, [`x-${marker}`]: { by: marker } };
  return amendItem(random.pick(['1', '2']), random.chance(0.3) ? { floor: marker } : { [`a-${marker}`]: marker });
}

/** A report of fulfilment. */
export function someProgress(random: Random, order: LivingOrder, marker: string): JsonObject {
  const id = random.pick(['1', '2', ...order.added.slice(-2)]);
  const state = id === '1' ? 'inProgress' : random.pick(['inProgress', 'inProgress', 'held', 'completed']);
  return { items: [random.chance(0.5) ? { id, milestone: `m-${marker}` } : { id, state }], note: marker };
}
