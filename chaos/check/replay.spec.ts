import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '#order-model';
import { canonical, editsOf, put, tokensOf, valueAt } from './document.js';
import type { SupplementRow, VersionRow } from './evidence.js';
import { amend, base, ORDER, supplementRow } from './given.js';
import { Replay, type Step } from './replay.js';

const FLOOR = '/productOrderItem/1/product/productCharacteristic/floor/value';

function created(): Replay {
  const replay = new Replay();
  replay.take({ line: 'version', row: { orderId: ORDER, version: 1, kind: 'order.created', data: { order: base } } });
  return replay;
}
const take = (replay: Replay, changes: JsonObject, request: Partial<SupplementRow['request']> = {}): Step =>
  replay.take({ line: 'supplement', row: supplementRow(1, changes, { request: { changes, ...request } }) });
const takeVersion = (replay: Replay, kind: VersionRow['kind'], data: VersionRow['data']): Step =>
  replay.take({ line: 'version', row: { orderId: ORDER, version: 2, kind, data } });
const at = (replay: Replay, path: string) => valueAt(replay.document, tokensOf(path));
const item = (id: string, intent: string, more: JsonObject = {}): JsonObject => ({ productOrderItem: [{ id, intent, ...more }] });

describe('a keyed document', () => {
  test('given a patch, when compared, then it says leaf by leaf what changes, removals and elements by key included', () => {
    const patch = {
      description: 'x',
      externalId: null,
      nothing: null,
      productOrderItem: [{ id: '2', action: 'add', note: [{ id: 'n', text: 't' }] }],
    };
    expect(editsOf(base, patch)).toEqual([
      { path: '/description', after: 'x' },
      { path: '/externalId', before: 'op-1' },
      { path: '/productOrderItem/2/note/n', after: { id: 'n', text: 't' } },
    ]);
  });

  test('given a place, when put and removed, then the way to it is made, and an empty collection goes', () => {
    const document: JsonObject = {};
    put(document, tokensOf('/productOrderItem/9/note/a~1b/text'), 'x');
    expect(document).toEqual({ productOrderItem: [{ id: '9', note: [{ id: 'a/b', text: 'x' }] }] });
    put(document, tokensOf('/productOrderItem/9/note/a~1b'), undefined);
    expect(document).toEqual({ productOrderItem: [{ id: '9' }] });
  });

  test('given documents that say the same in other orders, when written canonically, then they are the same', () => {
    const note = [{ id: 'a' }, { id: 'b' }];
    expect(canonical({ x: 1, note })).toBe(canonical({ note: note.toReversed(), x: 1 }));
    expect(canonical({ list: [1, 2] })).not.toBe(canonical({ list: [2, 1] }));
  });
});

describe('a replay', () => {
  test('given supplements, when they add, amend and cancel, then the order is as they say', () => {
    const replay = created();
    expect(take(replay, amend('1', 'floor', '4'))).toBe('revised');
    expect(take(replay, item('3', 'add', { action: 'add' }))).toBe('revised');
    expect(take(replay, item('2', 'cancel'))).toBe('revised');
    expect([at(replay, FLOOR), at(replay, '/productOrderItem/3/state'), at(replay, '/productOrderItem/2/state')]).toEqual([
      '4',
      'acknowledged',
      'cancelled',
    ]);
    expect(replay.revision).toBe(4);
  });

  test.each([
    ['amends an item there is not', amend('9', 'a', 'b')],
    ['adds an item there is', item('1', 'add')],
    ['amends an item that was cancelled', amend('2', 'a', 'b')],
    ['cancels it again', item('2', 'cancel')],
  ])('given a supplement that %s, when taken, then it is rejected', (_, changes) => {
    const replay = created();
    take(replay, item('2', 'cancel'));
    expect(take(replay, changes)).toBe('rejected');
    expect(replay.revision).toBe(2);
  });

  test.each<[SupplementRow['request']['onConflict'], Step]>([
    ['hold', 'held'],
    ['reject', 'rejected'],
    ['overwrite', 'revised'],
    [undefined, 'held'],
  ])('given a conflict, when it says %s, then it is %s; other paths and unconditional ones merge', (onConflict, step) => {
    const replay = created();
    take(replay, amend('1', 'floor', '4'));
    expect(take(replay, amend('1', 'floor', '5'), { basedOnRevision: 1, ...(onConflict && { onConflict }) })).toBe(step);
    expect(take(replay, amend('1', 'vlan', '5'), { basedOnRevision: 1 })).toBe('revised');
    expect(take(replay, amend('1', 'floor', '6'))).toBe('revised');
  });

  test('given progress, when it moves items, then illegal moves are left out and the state rolls up', () => {
    const replay = created();
    takeVersion(replay, 'order.progressed', {
      items: [{ id: '1', state: 'completed' }, { id: '2', state: 'inProgress', milestone: 'm' }, { id: '9' }],
    });
    expect(replay.document.state).toBe('inProgress');
    expect([at(replay, '/productOrderItem/1/state'), at(replay, '/productOrderItem/2/milestone/m/name')]).toEqual(['acknowledged', 'm']);
  });

  test('given an amendment, when an item was cancelled meanwhile, then that part is left out', () => {
    const replay = created();
    take(replay, item('2', 'cancel'));
    const delta = [
      { path: FLOOR, before: '2', after: '9' },
      { path: '/productOrderItem/2/quantity', after: 2 },
    ];
    expect(takeVersion(replay, 'order.amended', { delta })).toBe('revised');
    expect([at(replay, FLOOR), at(replay, '/productOrderItem/2/quantity')]).toEqual(['9', undefined]);
  });

  test('given an order whose items are all cancelled, when more comes, then supplements are rejected and versions change nothing', () => {
    const replay = created();
    take(replay, item('1', 'cancel'));
    take(replay, item('2', 'cancel'));
    expect(replay.document.state).toBe('cancelled');
    expect(take(replay, { description: 'x' })).toBe('rejected');
    expect(takeVersion(replay, 'order.amended', { delta: [{ path: '/description', after: 'x' }] })).toBe('revised');
    expect(replay.document.description).toBeUndefined();
  });
});
