import { describe, expect, test } from '@jest/globals';
import { type JsonObject, usualPolicy } from '#order-model';
import { type AmendOrder, decideAmendment as decideAmend } from './amend.js';
import type { BaseOrder, KnownItem } from './base-order.js';
import { decideProgress as decideReport, type ReportProgress } from './progress.js';

const decideAmendment = (state: BaseOrder, command: AmendOrder) => decideAmend(state, command, usualPolicy);
const decideProgress = (state: BaseOrder, command: ReportProgress) => decideReport(state, command, usualPolicy);

const AT = '2026-06-01T00:00:00.000Z';
function base(items: JsonObject[], known: Record<string, Partial<KnownItem>> = {}, given: Partial<BaseOrder> = {}): BaseOrder {
  const productOrderItem = items.map((item) => ({ action: 'add', state: 'acknowledged', ...item }));
  return {
    id: 'o',
    version: 3,
    document: { id: 'o', state: 'acknowledged', productOrderItem },
    headState: undefined,
    known: new Map(
      Object.entries(known).map(([id, item]) => [id, { state: 'acknowledged', pointOfNoReturn: false, addedBy: null, ...item }]),
    ),
    ...given,
  };
}
const amend = (patch: JsonObject, given: Partial<AmendOrder> = {}): AmendOrder => ({
  kind: 'amend',
  id: 'a',
  orderId: 'o',
  by: 'x',
  at: AT,
  patch,
  ...given,
});
const report = (...items: ReportProgress['items']): ReportProgress => ({ kind: 'progress', id: 'p', orderId: 'o', by: 'x', at: AT, items });
const item = (given: JsonObject): JsonObject => ({ productOrderItem: [given] });

describe('an amendment', () => {
  test('makes the next version with its delta, who, when and why', () => {
    const decision = decideAmendment(base([{ id: '1' }]), amend({ description: 'x' }, { reason: { text: 'asked' }, basedOnRevision: 2 }));
    expect(decision).toMatchObject({
      kind: 'version',
      event: {
        name: 'order.amended',
        data: { version: 4, by: 'x', at: AT, reason: { text: 'asked' }, basedOnRevision: 2, delta: [{ path: '/description', after: 'x' }] },
      },
      document: { description: 'x' },
    });
  });
  test('written against another version is stale', () => {
    expect(decideAmendment(base([{ id: '1' }]), amend({ description: 'x' }, { expectedVersion: 2 }))).toEqual({
      kind: 'stale',
      version: 3,
    });
    expect(decideAmendment(base([{ id: '1' }]), amend({ description: 'x' }, { expectedVersion: 3 })).kind).toBe('version');
  });
  test('of a closed order is refused, as heard from the merger or known from the base', () => {
    expect(decideAmendment(base([{ id: '1' }], {}, { headState: 'cancelled' }), amend({ description: 'x' }))).toMatchObject({
      kind: 'refused',
      problems: [{ code: 'order-closed' }],
    });
    expect(
      decideAmendment(base([{ id: '1' }], {}, { document: { state: 'completed', productOrderItem: [] } }), amend({ description: 'x' }))
        .kind,
    ).toBe('refused');
  });
  test('of an item that a supplement added names the supplement', () => {
    const decision = decideAmendment(base([{ id: '1' }], { 2: { addedBy: 'supp-7' } }), amend(item({ id: '2', quantity: 1 })));
    expect(decision).toMatchObject({ kind: 'refused', problems: [{ code: 'unknown-item', detail: expect.stringContaining('supp-7') }] });
  });
  test('that adds an item under an id a supplement has taken is refused', () => {
    expect(decideAmendment(base([{ id: '1' }], { 2: {} }), amend(item({ id: '2', action: 'add' })))).toMatchObject({
      kind: 'refused',
      problems: [{ code: 'duplicate-item' }],
    });
    expect(decideAmendment(base([{ id: '1' }]), amend(item({ id: '2', action: 'add' }))).kind).toBe('version');
  });
  test('of an item that a supplement cancelled is refused past the point of no return', () => {
    expect(
      decideAmendment(base([{ id: '1' }, { id: '2' }], { 1: { state: 'cancelled' } }), amend(item({ id: '1', quantity: 2 }))),
    ).toMatchObject({
      kind: 'refused',
      problems: [{ code: 'past-point-of-no-return', itemId: '1' }],
    });
  });
  test('that cancels the order cancels every base item and says so', () => {
    const decision = decideAmendment(base([{ id: '1' }, { id: '2' }]), amend({ intent: 'cancel', cancellationReason: 'site closed' }));
    expect(decision).toMatchObject({
      kind: 'version',
      event: { data: { cancellation: { cancellationReason: 'site closed' } } },
      document: {
        state: 'cancelled',
        cancellationReason: 'site closed',
        productOrderItem: [{ state: 'cancelled' }, { state: 'cancelled' }],
      },
    });
  });
});

describe('a progress report', () => {
  test('moves base items and makes the next version', () => {
    const decision = decideProgress(base([{ id: '1' }]), report({ id: '1', state: 'inProgress' }));
    expect(decision).toMatchObject({
      kind: 'version',
      event: { name: 'order.progressed', data: { version: 4 } },
      document: { state: 'inProgress' },
      reported: [],
    });
  });
  test('of a move that the state machine does not have is impossible, and names both states', () => {
    const decision = decideProgress(base([{ id: '1', state: 'completed' }]), report({ id: '1', state: 'inProgress' }));
    expect(decision).toMatchObject({
      kind: 'impossible',
      problems: [{ code: 'state-transition', detail: expect.stringMatching(/completed.*inProgress/) }],
    });
  });
  test('of an item outside the base is taken from what was last heard or reported of it', () => {
    const known = { 2: { state: 'completed' as const, addedBy: 's' } };
    expect(decideProgress(base([{ id: '1' }], known), report({ id: '2', state: 'inProgress' })).kind).toBe('impossible');
    expect(decideProgress(base([{ id: '1' }], { 2: {} }), report({ id: '2', state: 'inProgress' }))).toMatchObject({
      kind: 'version',
      reported: [{ itemId: '2', state: 'inProgress' }],
    });
  });
  test('of an item not heard of yet is taken on trust: only the merger can say that it is not there', () => {
    expect(decideProgress(base([{ id: '1' }]), report({ id: '9', state: 'inProgress' }))).toMatchObject({
      kind: 'version',
      reported: [{ itemId: '9' }],
    });
  });
});
