import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Amendability,
  type Changeability,
  changeability,
  compileChanges,
  type EffectiveOrder,
  type ItemChangeability,
  type JsonObject,
  mayAmend,
  merge,
  type PointOfNoReturn,
  type Problem,
  parsePath,
  usualPointOfNoReturn,
} from '#order-model';
import { AT, anyPointOfNoReturn, inputs, orderDocument } from './arbitraries.js';
import { anOrder } from './given.js';
import { history } from './line.js';
import { runs } from './runs.js';

const of = (order: EffectiveOrder, policy = usualPointOfNoReturn): Changeability => changeability(order, policy);
const item = ({ items }: Changeability, path: string): ItemChangeability => {
  const found = items.find((one) => one.path === path);
  if (found === undefined) throw new Error(`no item at ${path}`);
  return found;
};
const why = ({ closed }: Amendability): string[] =>
  closed.filter(({ code }) => code !== 'not-amendable').map(({ path, code }) => `${path} ${code}`);
const codes = (problems: readonly { readonly code: string }[]): string[] => problems.map(({ code }) => code);
const on = (id: string): JsonObject => ({ productOrderItemRelationship: [{ id, relationshipType: 'reliesOn' }] });

describe('what may still change of an item', () => {
  test('everything but what the system assigns, before its point of no return', () => {
    const { amend, cancel } = item(of(anOrder({ 1: {} })), '/productOrderItem/1');
    expect([amend.allowed, why(amend), cancel]).toEqual([true, [], { allowed: true, problems: [] }]);
    expect(['/quantity', '/product/a', '/note/n', '/productOrderItem/x'].every((path) => mayAmend(amend, path))).toBe(true);
    expect(['/id', '/state', '/milestone/survey', '/pointOfNoReturn'].some((path) => mayAmend(amend, path))).toBe(false);
  });
  test('notes and contacts alone past it, and why', () => {
    const { amend, cancel } = item(of(anOrder({ 1: { state: 'inProgress', pointOfNoReturn: true } })), '/productOrderItem/1');
    expect([amend.allowed, why(amend), codes(cancel.problems)]).toEqual([false, [' past-point-of-no-return'], ['past-point-of-no-return']]);
    expect(mayAmend(amend, '/quantity')).toBe(false);
    expect(mayAmend(amend, '/note/n/text')).toBe(true);
  });
  test('what the rules leave, where they name paths; a nested item is closed by those it is in', () => {
    const policy: PointOfNoReturn = {
      alwaysOpen: ['/note'],
      rules: [{ states: ['inProgress'], flagged: false, paths: ['/product', '/productOrderItem/1.1/quantity'] }],
    };
    const nested = { productOrderItem: [{ id: '1.1' }, { id: '1.2' }] };
    const said = of(anOrder({ 1: { state: 'inProgress', ...nested } }), policy);
    const { amend, cancel } = item(said, '/productOrderItem/1');
    expect([amend.allowed, mayAmend(amend, '/product/x'), mayAmend(amend, '/quantity'), cancel.allowed]).toEqual([true, false, true, true]);
    const inner = item(said, '/productOrderItem/1/productOrderItem/1.1').amend;
    expect([mayAmend(inner, '/quantity'), mayAmend(inner, '/product')]).toEqual([false, true]);
    expect(why(item(said, '/productOrderItem/1/productOrderItem/1.2').amend)).toEqual([]);
  });
  test('told in full: id, place, state, flag, what is open whatever is closed, and what is closed', () => {
    const said = of(
      anOrder({ 2: { state: 'held', productOrderItem: [{ id: 'a/b', pointOfNoReturn: true }] }, 1: { pointOfNoReturn: 'yes' } }),
    );
    const open = ['/note', '/relatedParty', '/relatedContactInformation'];
    const assigned = ['/id', '/state', '/pointOfNoReturn', '/milestone'].map((path) => ({ path, code: 'not-amendable' }));
    const cancel = { allowed: true, problems: [] };
    const past = [...assigned, { path: '', code: 'past-point-of-no-return' }];
    expect(said.items).toEqual([
      {
        id: '1',
        path: '/productOrderItem/1',
        state: 'acknowledged',
        pointOfNoReturn: false,
        amend: { allowed: true, open, closed: assigned },
        cancel,
      },
      {
        id: '2',
        path: '/productOrderItem/2',
        state: 'held',
        pointOfNoReturn: false,
        amend: { allowed: true, open, closed: assigned },
        cancel: { allowed: false, problems: [expect.objectContaining({ code: 'past-point-of-no-return', itemId: 'a/b' })] },
      },
      {
        id: 'a/b',
        path: '/productOrderItem/2/productOrderItem/a~1b',
        state: 'acknowledged',
        pointOfNoReturn: true,
        amend: { allowed: false, open, closed: past },
        cancel: { allowed: false, problems: [expect.objectContaining({ code: 'past-point-of-no-return', itemId: 'a/b' })] },
      },
    ]);
  });
  test('closed once however many rules and holders say so; always open only where nobody assigns it', () => {
    const policy: PointOfNoReturn = {
      alwaysOpen: ['/milestone', '/note', '/state/x', ''],
      rules: [
        { states: ['inProgress'], flagged: false, paths: ['/productOrderItem', '/product'] },
        { states: ['inProgress'], flagged: true, paths: ['/productOrderItem/1.1', '/product'] },
      ],
    };
    const state = 'inProgress';
    const said = of(anOrder({ 1: { state, productOrderItem: [{ id: '1.1', state }, { id: '1.2' }] } }), {
      ...policy,
      alwaysOpen: policy.alwaysOpen.slice(0, 3),
    });
    expect([item(said, '/productOrderItem/1').amend, item(said, '/productOrderItem/1/productOrderItem/1.1').amend].map(why)).toEqual([
      ['/productOrderItem past-point-of-no-return', '/product past-point-of-no-return', '/productOrderItem/1.1 past-point-of-no-return'],
      [
        ' past-point-of-no-return',
        '/productOrderItem past-point-of-no-return',
        '/product past-point-of-no-return',
        '/productOrderItem/1.1 past-point-of-no-return',
      ],
    ]);
    expect(why(item(said, '/productOrderItem/1/productOrderItem/1.2').amend)).toEqual([' past-point-of-no-return']);
    expect(item(said, '/productOrderItem/1').amend.open).toEqual(['/note']);
    // All of an item may be open.
    expect(mayAmend(item(of(anOrder({ 1: { state } }), policy), '/productOrderItem/1').amend, '/product')).toBe(true);
  });
  test('where a place below it is closed: that one, all below it, and all above it', () => {
    const policy: PointOfNoReturn = { alwaysOpen: [], rules: [{ states: ['inProgress'], flagged: false, paths: ['/product/a/b'] }] };
    const { amend } = item(of(anOrder({ 1: { state: 'inProgress' } }), policy), '/productOrderItem/1');
    const allowed = ['', '/product', '/product/a', '/product/a/b', '/product/a/b/c', '/product/x', '/product/a/bc'].filter((path) =>
      mayAmend(amend, path),
    );
    expect(allowed).toEqual(['/product/x', '/product/a/bc']);
  });
  test('not its cancellation while another relies on it', () => {
    const said = of(anOrder({ 1: { productOrderItem: [{ id: '1.1' }] }, 2: on('1.1') }));
    expect(codes(item(said, '/productOrderItem/1').cancel.problems)).toEqual(['dependency']);
    expect(codes(item(said, '/productOrderItem/1/productOrderItem/1.1').cancel.problems)).toEqual(['dependency']);
    expect(item(said, '/productOrderItem/2').cancel.allowed).toBe(true);
  });
});

describe('the cancellation of an item', () => {
  test('looks at all who rely on it, or on one in it, and at nobody else', () => {
    const order = anOrder({
      1: { productOrderItem: [{ id: '1.1', productOrderItem: [{ id: '1.1.1' }] }] },
      2: on('1'),
      3: on('1'),
      4: on('1.1.1'),
      5: { state: 'cancelled', ...on('1') },
      6: {},
    });
    const dependents = (path: string): (string | undefined)[] =>
      item(of(order), path).cancel.problems.map(({ code, detail }) =>
        code === 'dependency' ? /while item "(.*?)"/.exec(detail)?.[1] : code,
      );
    expect(dependents('/productOrderItem/1')).toEqual(['2', '3', '4']);
    expect(dependents('/productOrderItem/1/productOrderItem/1.1')).toEqual(['4']);
    expect(dependents('/productOrderItem/1/productOrderItem/1.1/productOrderItem/1.1.1')).toEqual(['4']);
    expect(dependents('/productOrderItem/5')).toEqual(['item-already-cancelled']);
    expect(dependents('/productOrderItem/6')).toEqual([]);
  });
});

describe('what may still change of an order', () => {
  test('everything while it is open', () => {
    const { amend, cancel, add } = of(anOrder({ 1: {} }));
    expect([amend.allowed, cancel.allowed, add.allowed, mayAmend(amend, '/description'), mayAmend(amend, '/state')]).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
  test('nothing once it is closed, not even notes', () => {
    const said = of(anOrder({ 1: { state: 'completed' } }, { state: 'completed' }));
    expect([said.add, said.cancel].flatMap(({ problems }) => codes(problems))).toEqual(['order-closed', 'order-closed']);
    expect([said.amend, item(said, '/productOrderItem/1').amend].map((amend) => [why(amend), mayAmend(amend, '/note/n')])).toEqual([
      [[' order-closed'], false],
      [[' order-closed'], false],
    ]);
  });
  test('told in full: its head, and what the system assigns of it', () => {
    const { items, ...order } = of({ ...anOrder({}, { state: 'held' }), revision: 7 });
    const closed = ['/id', '/href', '/orderDate', '/state', '/version'].map((path) => ({ path, code: 'not-amendable' }));
    const allowed = { allowed: true, problems: [] };
    expect(order).toEqual({
      orderId: 'o',
      revision: 7,
      state: 'held',
      amend: { allowed: true, open: [], closed },
      cancel: allowed,
      add: allowed,
    });
    expect(items).toEqual([]);
  });
  test('nothing for more than one reason, each of them said', () => {
    const limit: Problem = { code: 'policy', detail: 'supplementsPerOrder: …' };
    const said = changeability(anOrder({ 1: { state: 'failed' } }, { state: 'failed' }), usualPointOfNoReturn, [limit]);
    const nothing = {
      allowed: false,
      open: [],
      closed: [
        { path: '', code: 'order-closed' },
        { path: '', code: 'policy' },
      ],
    };
    expect([said.amend, said.items[0]?.amend]).toEqual([nothing, nothing]);
    expect([said.add, said.cancel, said.items[0]?.cancel].map((one) => [one?.allowed, codes(one?.problems ?? [])])).toEqual(
      Array.from({ length: 3 }, () => [false, ['order-closed', 'policy']]),
    );
  });
  test('nothing once a limit of the policy is reached', () => {
    const said = changeability(anOrder({ 1: {} }), usualPointOfNoReturn, [{ code: 'policy', detail: 'supplementsPerOrder: …' }]);
    expect([codes(said.cancel.problems), codes(said.add.problems), why(said.amend)]).toEqual([['policy'], ['policy'], [' policy']]);
  });
  test('not its cancellation where one item is past its point of no return', () => {
    expect(codes(of(anOrder({ 1: {}, 2: { state: 'inProgress', pointOfNoReturn: true } })).cancel.problems)).toEqual([
      'past-point-of-no-return',
    ]);
  });
});

const PLACES = [
  ['description', 'y'],
  ['quantity', 77],
  ['state', 'elsewhere'],
  ['milestone', [{ name: 'm' }]],
  ['note', [{ id: 'new', text: 'y' }]],
  ['product', { productCharacteristic: [{ name: 'k1', value: 'y' }] }],
  ['product', { productCharacteristic: [{ name: 'k2', value: 'y' }] }],
  ['productOrderItem', [{ id: 'new', intent: 'add', action: 'add' }]],
] as const;
const PATHS = [
  '/description',
  '/quantity',
  '/state',
  '/milestone/m',
  '/note/new',
  '/product/productCharacteristic/k1',
  '/product/productCharacteristic/k2',
  '/productOrderItem/new',
];

/** The changes that do something to the item at a path. */
function at(path: string, change: JsonObject): JsonObject {
  let inner = change;
  for (const id of parsePath(path)
    .filter((_, index) => index % 2 === 1)
    .reverse())
    inner = { productOrderItem: [{ id, intent: 'amend', ...inner }] };
  return inner;
}

describe('for any order and any policy', () => {
  const refusedFor = (order: EffectiveOrder, changes: JsonObject, policy: PointOfNoReturn): string[] => {
    const outcome = merge(order, { kind: 'supplement', id: 's', by: 'x', sequence: order.sequence + 1, changes }, AT, policy);
    return outcome.kind === 'revised' ? [] : codes(outcome.problems);
  };

  test('it allows a cancellation where the merge does, and refuses it for the same reasons', () => {
    fc.assert(
      fc.property(orderDocument, inputs, anyPointOfNoReturn, (doc, line, policy) => {
        const { order } = history(doc, line);
        const said = of(order, policy);
        expect(codes(said.cancel.problems)).toEqual(refusedFor(order, { intent: 'cancel' }, policy));
        for (const { path, cancel } of said.items) {
          const tokens = parsePath(path);
          const own = { productOrderItem: [{ id: tokens.at(-1) as string, intent: 'cancel' }] };
          const holder = tokens
            .slice(0, -2)
            .map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`)
            .join('');
          expect(codes(cancel.problems)).toEqual(refusedFor(order, holder === '' ? own : at(holder, own), policy));
        }
      }),
      runs(),
    );
  });
  test('it allows an amendment of a path where the merge does, and never where it does not', () => {
    fc.assert(
      fc.property(orderDocument, inputs, anyPointOfNoReturn, fc.nat(), (doc, line, policy, pick) => {
        const { order } = history(doc, line);
        const said = of(order, policy);
        const { path, amend } = said.items[pick % said.items.length] as ItemChangeability;
        for (const [n, [name, value]] of PLACES.entries()) {
          const changes = at(path, { [name]: value as JsonObject[string] });
          const compiled = compileChanges(order, changes, { alwaysOpen: [], rules: [] });
          // Where the generated item holds just this already, nothing is amended, and nothing refused.
          if (compiled.changes.length === 0 && compiled.problems.length === 0) continue;
          // Where it holds something else at this place, the change is one of a path above it.
          const made = compiled.changes.at(-1)?.path ?? `${path}${PATHS[n]}`;
          const relative = made.startsWith(`${path}/`) ? made.slice(path.length) : (PATHS[n] as string);
          expect([relative, mayAmend(amend, relative)]).toEqual([relative, refusedFor(order, changes, policy).length === 0]);
        }
      }),
      runs(),
    );
  });
});
