import { describe, expect, test } from '@jest/globals';
import { type ClosingRule, type JsonObject, merge, type Outcome, type PointOfNoReturn, valueAt } from '#order-model';
import { AT } from './arbitraries.js';
import { anOrder, documentAfter, items } from './given.js';

const policy = (rule: Partial<ClosingRule>, alwaysOpen: string[] = []): PointOfNoReturn => ({
  alwaysOpen,
  rules: [{ states: [], flagged: false, ...rule }],
});
const under = (pointOfNoReturn: PointOfNoReturn, item: JsonObject, change: JsonObject): Outcome =>
  merge(
    anOrder({ 1: item, 2: {} }),
    { kind: 'supplement', id: 's', by: 'x', sequence: 1, changes: items({ id: '1', ...change }) },
    AT,
    pointOfNoReturn,
  );
/** What is refused, where, or `taken`. */
const said = (outcome: Outcome): string[] =>
  outcome.kind === 'revised' ? ['taken'] : outcome.problems.map(({ code, path }) => `${code} ${path}`);
const past = (place: string): string[] => [`past-point-of-no-return /productOrderItem/1${place}`];
const characteristic = (name: string, value: string): JsonObject => ({ product: { productCharacteristic: [{ name, value }] } });
const started = { state: 'inProgress' };

describe('a rule that closes paths in some states', () => {
  const rule = policy({ states: ['inProgress', 'held'], paths: ['/product/productCharacteristic/vlan', '/quantity'] });
  test('allows the other paths', () => {
    expect(said(under(rule, { ...started, ...characteristic('vlan', '6') }, characteristic('floor', '4')))).toEqual(['taken']);
    expect(said(under(rule, started, { description: 'x' }))).toEqual(['taken']);
  });
  test('refuses each of its paths, in each of its states, and names the path', () => {
    expect(said(under(rule, { ...started, quantity: 1 }, { quantity: 2 }))).toEqual(past('/quantity'));
    expect(said(under(rule, { state: 'held', quantity: 1 }, { quantity: null }))).toEqual(past('/quantity'));
    expect(said(under(rule, started, { quantity: 2, ...characteristic('vlan', '7') }))).toEqual([
      ...past('/product'),
      ...past('/quantity'),
    ]);
  });
  test('stays quiet in any other state', () => {
    expect(said(under(rule, { state: 'pending', quantity: 1 }, { quantity: 2 }))).toEqual(['taken']);
    expect(said(under(rule, { quantity: 1 }, { quantity: 2 }))).toEqual(['taken']);
  });
});

describe('a rule that closes a path', () => {
  const rule = policy({ states: ['inProgress'], paths: ['/product/productCharacteristic/vlan'] });
  const vlan = { ...started, ...characteristic('vlan', '6') };
  test('allows what stands beside it, also where the names begin alike', () => {
    expect(said(under(rule, vlan, { product: { name: 'x', productCharacteristic: [{ name: 'vlan2', value: '1' }] } }))).toEqual(['taken']);
    expect(said(under(policy({ states: ['inProgress'], paths: ['/prod'] }), vlan, { product: { name: 'x' } }))).toEqual(['taken']);
  });
  test('refuses what is below it, and what is above it, since that takes it along', () => {
    expect(said(under(rule, vlan, characteristic('vlan', '7')))).toEqual(past('/product/productCharacteristic/vlan/value'));
    expect(said(under(rule, vlan, { product: { productCharacteristic: [{ name: 'vlan', $patch: 'delete' }] } }))).toEqual(
      past('/product/productCharacteristic/vlan'),
    );
    expect(said(under(rule, vlan, { product: { productCharacteristic: null } }))).toEqual(past('/product/productCharacteristic'));
    expect(said(under(rule, vlan, { product: null }))).toEqual(past('/product'));
  });
  test('stays quiet about an item that has only the same path, and about the order', () => {
    const order = anOrder({ 1: vlan, 2: characteristic('vlan', '6') });
    const changes = { description: 'x', ...items({ id: '2', ...characteristic('vlan', '7') }) };
    expect(said(merge(order, { kind: 'supplement', id: 's', by: 'x', sequence: 1, changes }, AT, rule))).toEqual(['taken']);
  });
});

describe('a rule for flagged items', () => {
  const rule = policy({ flagged: true });
  test('allows a change while the flag is not raised, or no boolean', () => {
    expect(said(under(rule, started, { quantity: 2 }))).toEqual(['taken']);
    expect(said(under(rule, { ...started, pointOfNoReturn: false }, { quantity: 2 }))).toEqual(['taken']);
    expect(said(under(rule, { ...started, pointOfNoReturn: 'true' }, { quantity: 2 }))).toEqual(['taken']);
  });
  test('refuses every change once it is, in whatever state, and the cancellation', () => {
    expect(said(under(rule, { pointOfNoReturn: true }, { quantity: 2 }))).toEqual(past('/quantity'));
    expect(said(under(rule, { ...started, pointOfNoReturn: true }, { intent: 'cancel' }))).toEqual(past(''));
  });
  test('stays quiet where it is not for flagged items, and about the flag of another', () => {
    expect(said(under(policy({ flagged: false }), { pointOfNoReturn: true }, { quantity: 2 }))).toEqual(['taken']);
    const order = anOrder({ 1: {}, 2: { pointOfNoReturn: true } });
    const changes = items({ id: '1', quantity: 2 });
    expect(said(merge(order, { kind: 'supplement', id: 's', by: 'x', sequence: 1, changes }, AT, rule))).toEqual(['taken']);
  });
});

describe('what is always open', () => {
  const rule = policy({ states: ['completed'] }, ['/note', '/product/productCharacteristic/alias']);
  const completed = { state: 'completed', ...characteristic('alias', 'a') };
  test('allows itself and all below it, on a nested item too', () => {
    expect(said(under(rule, completed, { note: [{ id: 'n', text: 'x' }] }))).toEqual(['taken']);
    expect(said(under(rule, completed, characteristic('alias', 'b')))).toEqual(['taken']);
    const nested = { ...completed, productOrderItem: [{ id: '1.1', state: 'completed' }] };
    expect(said(under(rule, nested, { productOrderItem: [{ id: '1.1', note: [{ id: 'n', text: 'x' }] }] }))).toEqual(['taken']);
  });
  test('allows an item to be added where the items in it are', () => {
    const nested = { productOrderItem: [{ id: '1.1', intent: 'add' }] };
    expect(said(under(policy({ states: ['completed'] }, ['/productOrderItem']), completed, nested))).toEqual(['taken']);
    expect(said(under(rule, completed, nested))).toEqual(past('/productOrderItem/1.1'));
  });
  test('refuses what is above it and beside it', () => {
    expect(said(under(rule, completed, { product: null }))).toEqual(past('/product'));
    expect(said(under(rule, completed, characteristic('vlan', '1')))).toEqual(past('/product/productCharacteristic/vlan'));
    expect(said(under(rule, completed, { noteworthy: 'x' }))).toEqual(past('/noteworthy'));
  });
  test('stays quiet about what may come with a cancellation but is not open', () => {
    const outcome = under(rule, {}, { intent: 'cancel', note: [{ id: 'n', text: 'x' }] });
    expect(said(outcome)).toEqual(['taken']);
    expect(valueAt(documentAfter(outcome), '/productOrderItem/1/note/n/text')).toBe('x');
    expect(said(under(rule, {}, { intent: 'cancel', relatedParty: [{ id: 'p' }] }))).toEqual([
      'not-amendable /productOrderItem/1/relatedParty',
    ]);
  });
});

describe('a rule that closes /state', () => {
  const rule = policy({ states: ['inProgress'], paths: ['/state'] });
  test('allows every amendment', () => {
    expect(said(under(rule, started, { quantity: 2, ...characteristic('vlan', '1') }))).toEqual(['taken']);
  });
  test('refuses the cancellation, of the item, of one it is nested in, and of the whole order', () => {
    expect(said(under(rule, started, { intent: 'cancel' }))).toEqual(past(''));
    expect(said(under(rule, { productOrderItem: [{ id: '1.1', ...started }] }, { intent: 'cancel' }))).toEqual(
      past('/productOrderItem/1.1'),
    );
    const whole = { kind: 'supplement', id: 's', by: 'x', sequence: 1, changes: { intent: 'cancel' } } as const;
    expect(said(merge(anOrder({ 1: started, 2: {} }), whole, AT, rule))).toEqual(past(''));
  });
  test('stays quiet in any other state, and where a rule closes only other paths', () => {
    expect(said(under(rule, {}, { intent: 'cancel' }))).toEqual(['taken']);
    expect(said(under(policy({ states: ['inProgress'], paths: ['/product'] }), started, { intent: 'cancel' }))).toEqual(['taken']);
  });
});

describe('the items nested in one', () => {
  const nested = { ...started, productOrderItem: [{ id: '1.1', quantity: 1 }, { id: '1.2' }] };
  const amend = (change: JsonObject): JsonObject => ({ productOrderItem: [{ id: '1.1', ...change }] });
  test('may change where a rule closes only attributes of the item they are in', () => {
    expect(said(under(policy({ states: ['inProgress'], paths: ['/quantity'] }), nested, amend({ quantity: 2 })))).toEqual(['taken']);
  });
  test('may not where it closes all of it, or their place in it; nor may one be added', () => {
    const one = '/productOrderItem/1.1/quantity';
    expect(said(under(policy({ states: ['inProgress'] }), nested, amend({ quantity: 2 })))).toEqual(past(one));
    const closing = policy({ states: ['inProgress'], paths: ['/productOrderItem'] });
    expect(said(under(closing, nested, amend({ quantity: 2 })))).toEqual(past(one));
    expect(said(under(closing, nested, { productOrderItem: [{ id: '1.3', intent: 'add' }] }))).toEqual(past('/productOrderItem/1.3'));
    expect(said(under(policy({ states: ['inProgress'], paths: [one] }), nested, amend({ quantity: 2 })))).toEqual(past(one));
  });
  test('are of no account to the item they are in', () => {
    const done = { productOrderItem: [{ id: '1.1', state: 'completed' }] };
    expect(said(under(policy({ states: ['completed'] }), done, { quantity: 2 }))).toEqual(['taken']);
  });
});

describe('several rules', () => {
  const rules: PointOfNoReturn = {
    alwaysOpen: [],
    rules: [
      { states: ['inProgress'], flagged: false, paths: ['/product'] },
      { states: ['completed'], flagged: true },
    ],
  };
  test('close what any of them closes', () => {
    expect(said(under(rules, started, { product: { a: 1 } }))).toEqual(past('/product'));
    expect(said(under(rules, { ...started, pointOfNoReturn: true }, { quantity: 2 }))).toEqual(past('/quantity'));
    expect(said(under(rules, { state: 'completed' }, { product: { a: 1 } }))).toEqual(past('/product'));
  });
  test('allow what none does', () => {
    expect(said(under(rules, started, { quantity: 2 }))).toEqual(['taken']);
  });
  test('are none where there are none: only what no state machine has is refused', () => {
    const open: PointOfNoReturn = { alwaysOpen: [], rules: [] };
    expect(said(under(open, { state: 'completed', pointOfNoReturn: true }, { quantity: 2 }))).toEqual(['taken']);
    expect(said(under(open, { state: 'completed' }, { intent: 'cancel' }))).toEqual(past(''));
  });
});
