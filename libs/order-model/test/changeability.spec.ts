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
  test('not its cancellation while another relies on it', () => {
    const said = of(anOrder({ 1: { productOrderItem: [{ id: '1.1' }] }, 2: on('1.1') }));
    expect(codes(item(said, '/productOrderItem/1').cancel.problems)).toEqual(['dependency']);
    expect(codes(item(said, '/productOrderItem/1/productOrderItem/1.1').cancel.problems)).toEqual(['dependency']);
    expect(item(said, '/productOrderItem/2').cancel.allowed).toBe(true);
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
          // Where the generated item holds something else at this place, the change is one of a path above it.
          const made = compileChanges(order, changes, { alwaysOpen: [], rules: [] }).changes.at(-1)?.path ?? `${path}${PATHS[n]}`;
          const relative = made.startsWith(`${path}/`) ? made.slice(path.length) : (PATHS[n] as string);
          expect([relative, mayAmend(amend, relative)]).toEqual([relative, refusedFor(order, changes, policy).length === 0]);
        }
      }),
      runs(),
    );
  });
});
