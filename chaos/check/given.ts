import { createHash } from 'node:crypto';
import type { Change, JsonObject, Revision } from '#order-model';
import type { Operation } from '../load/operation.js';
import type { Evidence, InputRow, RevisionRow, Seen, SupplementRow, VersionRow } from './evidence.js';

/** Evidence of a small run in which all is as promised, for specs that break it. */
export const ORDER = 'order-a';
const AT = '2027-01-01T00:00:00.000Z';

export const base: JsonObject = {
  externalId: 'op-1',
  state: 'acknowledged',
  productOrderItem: [
    { id: '1', action: 'add', state: 'acknowledged', product: { productCharacteristic: [{ name: 'floor', value: '2' }] } },
    { id: '2', action: 'add', state: 'acknowledged' },
  ],
};

export function operation(kind: Operation['kind'], marker: string, told: string, more: Partial<Operation> = {}): Operation {
  return { kind, marker, orderId: ORDER, outcome: 'accepted', told, status: 201, askedAt: 1, attempts: 1, ...more };
}

export function supplementRow(sequence: number, changes: JsonObject, more: Partial<SupplementRow> = {}): SupplementRow {
  const marker = `op-${sequence + 1}`;
  return {
    id: `supplement-${sequence}`,
    orderId: ORDER,
    sequence,
    state: 'merged',
    revision: sequence + 1,
    request: { changes, reason: { text: marker } },
    ...more,
  };
}

export const amend = (id: string, name: string, value: string): JsonObject => ({
  productOrderItem: [{ id, intent: 'amend', product: { productCharacteristic: [{ name, value }] } }],
});

const characteristic = (name: string): string => `/productOrderItem/1/product/productCharacteristic/${name}`;
const DELTAS: readonly (readonly Change[])[] = [
  [{ path: '', after: base }],
  [{ path: characteristic('vlan'), after: { name: 'vlan', value: '7' } }],
  [{ path: `${characteristic('floor')}/value`, before: '2', after: '4' }],
];

const seen = (id: string, source: string, type: string, sequence: number, place: number, data: unknown = {}): Seen => ({
  id,
  source,
  type: `io.supping.${type}.v1`,
  subject: ORDER,
  sequence,
  data,
  hash: createHash('sha1').update(JSON.stringify(data)).digest('base64'),
  place,
  times: 1,
});

function revisionRow(revision: number): RevisionRow {
  const cause = revision === 1 ? { kind: 'orderCreated', version: 1 } : { kind: 'supplement', sequence: revision - 1 };
  const body = { orderId: ORDER, revision, at: AT, cause, state: 'acknowledged', delta: DELTAS[revision - 1], plan: [] };
  return { orderId: ORDER, revision, at: AT, body: body as unknown as Revision };
}

/** An order and two supplements, all merged, told and heard of. */
export function promised(): Evidence {
  const versions: VersionRow[] = [{ orderId: ORDER, version: 1, kind: 'order.created', data: { order: base } }];
  const supplements = [supplementRow(1, amend('1', 'vlan', '7')), supplementRow(2, amend('1', 'floor', '4'))];
  const inputs: InputRow[] = [
    { orderId: ORDER, line: 'version', number: 1, ordinal: 1 },
    { orderId: ORDER, line: 'supplement', number: 1, ordinal: 2 },
    { orderId: ORDER, line: 'supplement', number: 2, ordinal: 3 },
  ];
  const revisions = [1, 2, 3].map(revisionRow);
  const document = structuredClone(base);
  const [first] = document.productOrderItem as JsonObject[];
  (first as JsonObject).product = {
    productCharacteristic: [
      { name: 'floor', value: '4' },
      { name: 'vlan', value: '7' },
    ],
  };
  const told = [
    seen(`${ORDER}/versions/1`, '/order-service', 'order.created', 1, 1),
    seen(`${ORDER}/revisions/1`, '/merger-worker', 'effective-order.revised', 1, 2, revisions[0]?.body),
    ...supplements.flatMap(({ id, sequence }, at) => [
      seen(id, '/supp-service', 'supplement.accepted', sequence ?? 0, 3 + 3 * at),
      seen(`${ORDER}/revisions/${at + 2}`, '/merger-worker', 'effective-order.revised', at + 2, 4 + 3 * at, revisions[at + 1]?.body),
      seen(`${id}/merged`, '/merger-worker', 'supplement.merged', sequence ?? 0, 5 + 3 * at),
    ]),
  ];
  const outcomes = supplements.map(({ id, sequence }) => ({ id, sequence, state: 'merged' }));
  const settled = [
    seen(`${ORDER}/settled/1`, '/merger-worker', 'merge.settled', 1, 9, { heads: [{ orderId: ORDER, revision: 1 }], outcomes: [] }),
    seen(`${ORDER}/settled/3`, '/merger-worker', 'merge.settled', 3, 10, { heads: [{ orderId: ORDER, revision: 3 }], outcomes }),
  ];
  return {
    operations: [
      operation('order', 'op-1', ORDER),
      operation('supplement', 'op-2', 'supplement-1'),
      operation('supplement', 'op-3', 'supplement-2'),
    ],
    versions,
    supplements,
    inputs,
    revisions,
    effective: [{ orderId: ORDER, revision: 3, version: 1, sequence: 2, state: 'acknowledged', document }],
    heard: [{ owner: 'supp-service', orderId: ORDER, revision: 3, state: 'acknowledged' }],
    seen: [...told, ...settled],
    followed: told.filter(({ source }) => source === '/merger-worker'),
    outboxes: { order_service: 0 },
    queues: { 'chaos.merger.00': 0 },
    deadLetters: [{ id: 'poison-1', reason: 'no JSON' }],
    expectedDeadLetters: new Set(['poison-1']),
  };
}
