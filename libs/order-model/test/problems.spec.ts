import { describe, expect, test } from '@jest/globals';
import { illegalMove, type JsonObject, merge, type Outcome, orderClosed, type Problem, policyProblems, usualPolicy } from '#order-model';
import { AT } from './arbitraries.js';
import { anOrder, items, supplement } from './given.js';

const only = (outcome: Outcome): Problem | undefined => (outcome.kind === 'revised' ? outcome.revision.notApplied : outcome.problems)?.[0];
const on = (id: string): JsonObject => ({ productOrderItemRelationship: [{ id, relationshipType: 'reliesOn' }] });
const order = anOrder({
  1: { productOrderItem: [{ id: '1.1', action: 'add' }] },
  2: on('1'),
  3: { state: 'cancelled' },
  4: { state: 'completed' },
  5: { state: 'inProgress', pointOfNoReturn: true },
});

/** Each problem as its caller reads it: code, place, item, and a sentence that says what to do. */
describe('a refusal says where, of which item, why, and what to do', () => {
  test.each<[JsonObject, Problem]>([
    [
      { state: 'completed' },
      {
        code: 'not-amendable',
        path: '/state',
        detail: '/state is assigned by the system and cannot be set; leave it out, or send it with its present value.',
      },
    ],
    [
      items({ id: '1', state: 'held' }),
      {
        code: 'not-amendable',
        path: '/productOrderItem/1/state',
        itemId: '1',
        detail: '/productOrderItem/1/state is assigned by the system and cannot be set; leave it out, or send it with its present value.',
      },
    ],
    [
      items({ id: '1', productOrderItem: [{ id: '1.1', state: 'held' }] }),
      {
        code: 'not-amendable',
        path: '/productOrderItem/1/productOrderItem/1.1/state',
        itemId: '1.1',
        detail:
          '/productOrderItem/1/productOrderItem/1.1/state is assigned by the system and cannot be set; leave it out, or send it with its present value.',
      },
    ],
    [
      { productOrderItem: null },
      { code: 'not-amendable', path: '/productOrderItem', detail: 'Order items are never removed; cancel it instead (intent "cancel").' },
    ],
    [
      items({ id: '1', $patch: 'delete' }),
      {
        code: 'not-amendable',
        path: '/productOrderItem/1',
        itemId: '1',
        detail: 'Order items are never removed; cancel it instead (intent "cancel").',
      },
    ],
    [
      items({ id: '1', intent: 'build' }),
      {
        code: 'not-amendable',
        path: '/productOrderItem/1/intent',
        itemId: '1',
        detail: 'An intent is "add", "amend" or "cancel".',
      },
    ],
    [
      items({ id: '2', intent: 'cancel', quantity: 2 }),
      {
        code: 'not-amendable',
        path: '/productOrderItem/2/quantity',
        itemId: '2',
        detail: 'A cancelled item takes only notes and contacts with it; leave "quantity" out.',
      },
    ],
    [
      items({ text: 'no id' }),
      {
        code: 'unknown-item',
        path: '/productOrderItem',
        detail: 'An element of /productOrderItem names no item; give each its "id".',
      },
    ],
    [
      items({ id: '9', quantity: 1 }),
      {
        code: 'unknown-item',
        path: '/productOrderItem/9',
        itemId: '9',
        detail: 'The order has no item "9" at /productOrderItem/9; check the id, or add it with intent "add" and an action.',
      },
    ],
    [
      items({ id: '1', intent: 'add' }),
      {
        code: 'duplicate-item',
        path: '/productOrderItem/1',
        itemId: '1',
        detail: 'The order has an item "1" already; amend it, or add the new one under another id.',
      },
    ],
    [
      items({ id: '3', intent: 'cancel' }),
      {
        code: 'item-already-cancelled',
        path: '/productOrderItem/3',
        itemId: '3',
        detail: 'Item "3" is cancelled already; leave it out, or add a new item in its place.',
      },
    ],
    [
      items({ id: '4', quantity: 2 }),
      {
        code: 'past-point-of-no-return',
        path: '/productOrderItem/4/quantity',
        itemId: '4',
        detail: 'Item "4" is completed: only its notes and contacts may still change; order the change as a new item.',
      },
    ],
    [
      items({ id: '5', intent: 'cancel' }),
      {
        code: 'past-point-of-no-return',
        path: '/productOrderItem/5',
        itemId: '5',
        detail: 'Item "5" is past its point of no return: only its notes and contacts may still change; order the change as a new item.',
      },
    ],
    [
      items({ id: '1', intent: 'cancel' }),
      {
        code: 'dependency',
        path: '/productOrderItem/1',
        itemId: '1',
        detail: 'Item "1" cannot be cancelled while item "2" relies on or bundles it; cancel "2" too, or amend its relationship away.',
      },
    ],
    [
      items({ id: '6', intent: 'add', ...on('9') }),
      {
        code: 'dependency',
        path: '/productOrderItem/6',
        itemId: '6',
        detail: 'Item "6" relies on or bundles item "9", which the order does not have; add that one too, or name another.',
      },
    ],
    [
      items({ id: '6', intent: 'add', ...on('3') }),
      {
        code: 'dependency',
        path: '/productOrderItem/6',
        itemId: '6',
        detail: 'Item "6" relies on or bundles item "3", which is cancelled; name another, or add a new item in its place.',
      },
    ],
  ])('%j', (changes, problem) => {
    expect(only(supplement(order, changes))).toStrictEqual(problem);
  });

  test('a conflict, with the revision that its author had not seen', () => {
    const { order: since } = supplement(order, { description: 'theirs', ...items({ id: '1', quantity: 1 }) });
    const outcome = supplement(since, { description: 'ours', ...items({ id: '1', quantity: 2 }) }, { basedOnRevision: 1 });
    expect(outcome.kind === 'held' ? outcome.problems : []).toStrictEqual([
      {
        code: 'conflict',
        path: '/description',
        detail: '/description was changed by revision 2, which the author had not seen (based on 1); look at it and send the change again.',
      },
      {
        code: 'conflict',
        path: '/productOrderItem/1/quantity',
        itemId: '1',
        detail:
          '/productOrderItem/1/quantity was changed by revision 2, which the author had not seen (based on 1); look at it and send the change again.',
      },
    ]);
  });
  test('a move of an item that its states do not have', () => {
    const of = { id: 'p', by: 'x', version: 2 };
    const detail = 'Item "4" cannot go from completed to inProgress; report a state that TMF622 allows after completed.';
    const problem = { code: 'state-transition', path: '/productOrderItem/4/state', itemId: '4', detail };
    expect(only(merge(order, { kind: 'progress', ...of, items: [{ id: '4', state: 'inProgress' }] }, AT))).toEqual(problem);
    expect(illegalMove(['productOrderItem', '4', 'state'], '4', 'completed', 'inProgress')).toEqual(problem);
    const odd = [{ id: '4', state: 7 as never }];
    expect(only(merge(order, { kind: 'progress', ...of, items: odd }, AT))?.detail).toBe(
      'Item "4" cannot go from completed to no state; report a state that TMF622 allows after completed.',
    );
  });
  test('a report of an item that is not there', () => {
    const report = { kind: 'progress', id: 'p', by: 'x', version: 2, items: [{ id: '9', state: 'held' }] } as const;
    expect(only(merge(order, report, AT))).toStrictEqual({
      code: 'unknown-item',
      path: '/productOrderItem/9',
      itemId: '9',
      detail: 'The order has no item "9" at /productOrderItem/9; check the id, or add it with intent "add" and an action.',
    });
  });
  test('an order that is closed', () => {
    const problem: Problem = {
      code: 'order-closed',
      path: '/state',
      detail: 'The order is failed and takes no more changes; place a new order instead.',
    };
    expect(only(supplement(anOrder({ 1: { state: 'failed' } }, { state: 'failed' }), { description: 'x' }))).toEqual(problem);
    expect(orderClosed('failed')).toEqual(problem);
  });
  test('a limit of the policy, by its name', () => {
    const facts = { accepted: 3, acceptedAfterConfirmation: 2, confirmed: true, dueDate: '2026-06-01T01:00:00Z' };
    const limits = { supplementsPerOrder: 3, supplementsAfterConfirmation: 2, leastNoticeHours: 5 };
    expect(policyProblems({ ...usualPolicy, limits }, facts, AT)).toEqual([
      { code: 'policy', detail: 'supplementsPerOrder: the order has had its 3 supplements; place a new order.' },
      {
        code: 'policy',
        detail: 'supplementsAfterConfirmation: the order has had its 2 supplements since it was confirmed; place a new order.',
      },
      {
        code: 'policy',
        detail: 'leastNoticeHours: the order is due 2026-06-01T01:00:00Z, less than 5 hours from now; move the date by an amendment first.',
      },
    ]);
  });
});
