import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type JsonObject, type MergeInput, type Policy, usualPolicy } from '#order-model';
import { AcknowledgeService } from '../src/acknowledge/acknowledge.service.js';
import { listAudit } from '../src/audit/audit.store.js';
import { MergeService } from '../src/merge/merge.service.js';
import { SCHEMA } from '../src/schema.js';
import { type SweepLine, SweepService } from '../src/verify/sweep.service.js';
import { VerifyService } from '../src/verify/verify.service.js';
import { AT, created, doc, eventOf, lineOf, nextOrder, priced, RELAY, SEED, step, supplement, TOPOLOGY, withMerger } from './given.js';

const given = withMerger();
let verifier: VerifyService;
let sweeper: SweepService;
beforeAll(() => {
  verifier = new VerifyService(given.store);
  sweeper = new SweepService(given.store, verifier);
});

const set = (table: string, orderId: string, assignment: string, where = 'true'): Promise<unknown> =>
  given.store.query(`UPDATE ${SCHEMA}.${table} SET ${assignment} WHERE order_id = $1 AND ${where}`, [orderId]);
const remove = (table: string, orderId: string, where = 'true'): Promise<unknown> =>
  given.store.query(`DELETE FROM ${SCHEMA}.${table} WHERE order_id = $1 AND ${where}`, [orderId]);

const inFlight: MergeInput[] = [
  created({ ...doc, requestedCompletionDate: '2027-01-01T00:00:00Z' }),
  supplement(1, { productOrderItem: [{ id: '4', intent: 'add', action: 'add', ...priced(2) }] }),
  { kind: 'progress', id: 'p', by: 'f', version: 2, items: [{ id: '1', state: 'inProgress' }] },
  supplement(2, { productOrderItem: [{ id: '77', quantity: 1 }] }),
  supplement(4, { waits: true }),
];
async function anOrder(): Promise<string> {
  const orderId = nextOrder();
  await given.take(orderId, inFlight, [1]);
  return orderId;
}

describe('a replay of the recorded inputs', () => {
  test('gives every revision and all that is stored, to the byte, whatever the inputs and batches were', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 10 }).chain((steps) => {
          const line = lineOf(doc, steps);
          return fc.tuple(fc.constant(line), fc.shuffledSubarray(line, { minLength: line.length }));
        }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        async ([line, arrivals], sizes) => {
          const orderId = nextOrder();
          await given.take(orderId, arrivals, sizes);
          const view = await verifier.verify(orderId);
          expect(view).toEqual({ orderId, ok: true, revisions: expect.any(Number) });
          expect(view.revisions).toBeGreaterThanOrEqual(line.filter(({ kind }) => kind !== 'supplement').length);
          expect(await verifier.rebuild(orderId)).toMatchObject({ ok: true, changed: 0 });
        },
      ),
      { numRuns: 80, seed: SEED },
    );
  }, 120_000);

  test('goes by the policy of each input, not by that of today', async () => {
    const orderId = nextOrder();
    const strict: Policy = { ...usualPolicy, pointOfNoReturn: { alwaysOpen: [], rules: [{ states: ['acknowledged'], flagged: false }] } };
    const under = (policy: Policy, input: MergeInput): Promise<void> =>
      new MergeService(given.store, RELAY, TOPOLOGY, policy).merge([eventOf(orderId, input)]);
    const quantity = (sequence: number): MergeInput => supplement(sequence, { productOrderItem: [{ id: '1', quantity: sequence }] });
    await under(usualPolicy, created(doc));
    await under(strict, quantity(1));
    await under(usualPolicy, quantity(2));
    expect(await verifier.verify(orderId)).toEqual({ orderId, ok: true, revisions: 2 });
    await set(
      'merge_input',
      orderId,
      `policy = (SELECT policy FROM ${SCHEMA}.merge_input WHERE number = 1 AND line = 'version' AND order_id = $1)`,
    );
    expect(await verifier.verify(orderId)).toMatchObject({ ok: false, firstDifference: { part: 'revision', id: '2' } });
  });

  test('of more inputs than are read at once, over both lines', async () => {
    const orderId = nextOrder();
    const steps = Array.from({ length: 500 }, (_, n) =>
      n % 2 === 0
        ? { kind: 'supplement' as const, changes: { [`x-${n}`]: n } as JsonObject }
        : { kind: 'amendment' as const, delta: [{ path: '/description', after: n }] },
    );
    await given.take(orderId, lineOf(doc, steps), [200]);
    expect(await verifier.verify(orderId)).toEqual({ orderId, ok: true, revisions: 501 });
  });

  test('of an order that waits for its creation finds nothing wrong; of none is a 404', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [supplement(1, { a: 1 })]);
    expect(await verifier.verify(orderId)).toEqual({ orderId, ok: true, revisions: 0 });
    await expect(verifier.verify(nextOrder())).rejects.toMatchObject({ status: 404 });
    await expect(verifier.rebuild(nextOrder())).rejects.toMatchObject({ status: 404 });
  });

  test('of an order merged before policies, prices and instants were recorded finds nothing wrong', async () => {
    const orderId = await anOrder();
    await set('merge_input', orderId, `policy = NULL, at = '2020-01-01T00:00:00Z'`, 'ordinal IS NOT NULL');
    await set('revision', orderId, `body = body::jsonb - 'price'`);
    expect(await verifier.verify(orderId)).toMatchObject({ ok: true });
  });
});

type Tampering = [what: string, tamper: (orderId: string) => Promise<unknown>, found: JsonObject];
const TAMPERED: Tampering[] = [
  ['state', (id) => set('effective_order', id, `state = 'held'`), { part: 'head', path: '/state', stored: 'held', replayed: 'inProgress' }],
  ['revision', (id) => set('effective_order', id, 'revision = 9'), { part: 'head', path: '/revision', stored: 9, replayed: 3 }],
  ['counts', (id) => set('effective_order', id, `counts = '{"held": 1}'`), { part: 'head' }],
  ['totals', (id) => set('effective_order', id, `totals = '[]'`), { part: 'head', path: '/totals' }],
  ['waiting', (id) => set('effective_order', id, 'waiting = 0'), { part: 'head', path: '/waiting', stored: 0, replayed: 1 }],
  ['updated at', (id) => set('effective_order', id, `updated_at = now() + interval '1h'`), { part: 'head', path: '/updatedAt' }],
  ['confirmed at', (id) => set('effective_order', id, 'sequence_at_confirmation = 0'), { part: 'head', stored: 0, replayed: 1 }],
  [
    'attributes',
    (id) => set('effective_attributes', id, `doc = doc::jsonb || '{"x": 1}'`),
    { part: 'attributes', path: '/doc/x', stored: 1 },
  ],
  ['their provenance', (id) => set('effective_attributes', id, `provenance = '{"": 7}'`), { part: 'attributes', stored: 7, replayed: 1 }],
  ['no attributes', (id) => remove('effective_attributes', id), { part: 'attributes' }],
  [
    'an item',
    (id) => set('effective_item', id, `doc = doc::jsonb || '{"quantity": 99}'`, `item_id = '2'`),
    { part: 'item', id: '2', path: '/doc/quantity', stored: 99 },
  ],
  ['its position', (id) => set('effective_item', id, 'position = 40', `item_id = '2'`), { part: 'item', id: '2', path: '/position' }],
  [
    'its nested ids',
    (id) => set('effective_item', id, `nested_ids = '{}'`, `item_id = '1'`),
    { part: 'item', id: '1', path: '/nestedIds' },
  ],
  ['a lost item', (id) => remove('effective_item', id, `item_id = '3'`), { part: 'item', id: '3' }],
  [
    'an item too many',
    (id) =>
      given.store.query(
        `INSERT INTO ${SCHEMA}.effective_item SELECT order_id, '99', 99, doc, provenance FROM ${SCHEMA}.effective_item WHERE order_id = $1 AND item_id = '1'`,
        [id],
      ),
    { part: 'item', id: '99' },
  ],
  [
    'lost reliance',
    (id) => remove('reliance', id, `item_id = '2'`),
    { part: 'item', id: '2', path: '/reliesOn', stored: [], replayed: ['1'] },
  ],
  [
    'reliance of nobody',
    (id) => given.store.query(`INSERT INTO ${SCHEMA}.reliance VALUES ($1, '1', '98')`, [id]),
    { part: 'item', id: '98', stored: { reliesOn: ['1'] } },
  ],
];

describe('what somebody changed behind the merger', () => {
  test.each(TAMPERED)('is found, and put right by a rebuild: %s', async (_what, tamper, found) => {
    const orderId = await anOrder();
    await tamper(orderId);
    expect(await verifier.verify(orderId)).toMatchObject({ orderId, ok: false, firstDifference: found });
    expect(await verifier.rebuild(orderId)).toMatchObject({ orderId, ok: true, changed: 1, changes: [found] });
    expect(await verifier.verify(orderId)).toEqual({ orderId, ok: true, revisions: 3 });
    await given.take(orderId, [supplement(3, { b: 1 })]);
    expect(await verifier.verify(orderId)).toEqual({ orderId, ok: true, revisions: 5 });
  });

  test.each<[string, string, object]>([
    ['changed', `doc = '{"b": 1}'`, { part: 'checkpoint', id: '16', path: '/b', stored: 1 }],
    ['of a revision that is not there', 'revision = 90', { part: 'checkpoint', id: '90', stored: { state: 'acknowledged' } }],
  ])('is found, and dropped by a rebuild: a checkpoint %s', async (_what, assignment, found) => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc), ...Array.from({ length: 24 }, (_, n) => supplement(n + 1, { b: n }))], [50]);
    expect(await verifier.verify(orderId)).toEqual({ orderId, ok: true, revisions: 25 });
    await set('checkpoint', orderId, assignment);
    expect(await verifier.verify(orderId)).toMatchObject({ ok: false, firstDifference: found });
    expect(await verifier.rebuild(orderId)).toMatchObject({ ok: true, changed: 1, changes: [found] });
    expect(await verifier.verify(orderId)).toEqual({ orderId, ok: true, revisions: 25 });
  });

  test.each<Tampering>([
    [
      'a revision',
      (id) => set('revision', id, `body = jsonb_set(body::jsonb, '{delta,0,after}', '"x"')`, 'revision = 2'),
      { part: 'revision', id: '2' },
    ],
    ['its instant', (id) => set('revision', id, `at = at + interval '1s'`, 'revision = 2'), { part: 'revision', id: '2', path: '/at' }],
    ['its base version', (id) => set('revision', id, 'version = 7', 'revision = 3'), { part: 'revision', id: '3', path: '/version' }],
    ['a lost revision', (id) => remove('revision', id, 'revision = 3'), { part: 'revision', id: '3' }],
    [
      'a revision too many',
      (id) =>
        given.store.query(
          `INSERT INTO ${SCHEMA}.revision SELECT order_id, 4, version, at, body FROM ${SCHEMA}.revision WHERE order_id = $1 AND revision = 3`,
          [id],
        ),
      { part: 'revision', id: '4' },
    ],
    [
      'an input',
      (id) => set('merge_input', id, `input = jsonb_set(input::jsonb, '{by}', '"mallory"')`, `line = 'supplement' AND number = 1`),
      { part: 'revision', id: '2' },
    ],
    ['a lost input', (id) => remove('merge_input', id, `line = 'supplement' AND number = 1`), { part: 'input', id: '2' }],
  ])('is found, and never written over by a rebuild: %s', async (_what, tamper, found) => {
    const orderId = await anOrder();
    await tamper(orderId);
    await set('effective_order', orderId, `state = 'held'`);
    expect(await verifier.verify(orderId)).toMatchObject({ ok: false, firstDifference: found });
    expect(await verifier.rebuild(orderId)).toMatchObject({ ok: false, firstDifference: found, changed: 0, changes: [] });
    expect(await given.store.query(`SELECT state FROM ${SCHEMA}.effective_order WHERE order_id = $1`, [orderId])).toEqual([
      { state: 'held' },
    ]);
  });

  test('with the head put right, who is behind is told again', async () => {
    const orderId = await anOrder();
    await new AcknowledgeService(given.store, RELAY, TOPOLOGY).acknowledge(
      { orderId, consumer: 'c', revision: 3, status: 'ack', by: 'x', at: AT },
      undefined,
    );
    await set('effective_order', orderId, 'revision = 2');
    await set('acknowledgement', orderId, 'behind = true');
    await verifier.rebuild(orderId);
    expect(await given.store.query(`SELECT behind FROM ${SCHEMA}.acknowledgement WHERE order_id = $1`, [orderId])).toEqual([
      { behind: false },
    ]);
  });
});

describe('a sweep over all orders', () => {
  const lines = async (sweep: AsyncGenerator<SweepLine>): Promise<SweepLine[]> => {
    const all: SweepLine[] = [];
    for await (const line of sweep) all.push(line);
    return all;
  };

  test('tells of each that differs, puts each right, and leaves an audit', async () => {
    const tampered = [await anOrder(), await anOrder()].sort();
    for (const orderId of tampered) await set('effective_order', orderId, `state = 'held'`);
    const mine = (all: readonly SweepLine[]) =>
      all.flatMap((line) => (line.kind === 'order' && tampered.includes(line.orderId) ? [line] : []));
    const found = await lines(sweeper.sweep('verify', 'operator'));
    expect(mine(found)).toEqual(
      tampered.map((orderId) => expect.objectContaining({ orderId, ok: false, firstDifference: expect.anything() })),
    );
    expect(found.at(-1)).toMatchObject({ kind: 'done', orders: expect.any(Number) });
    expect(found.some(({ kind }) => kind === 'progress')).toBe(true);
    expect(mine(await lines(sweeper.sweep('rebuild', 'operator')))).toEqual(
      tampered.map((orderId) => expect.objectContaining({ orderId, ok: true, changed: 1 })),
    );
    expect(mine(await lines(sweeper.sweep('verify', 'operator')))).toEqual([]);
    const audit = await listAudit(given.store.manager, undefined, 0, 2);
    expect(audit.map(({ action, by, detail }) => [action, by, detail['how']])).toEqual([
      ['effective-orders.verify', 'operator', 'done'],
      ['effective-orders.verify', 'operator', 'begun'],
    ]);
  });

  test('ends where its caller goes, and says so', async () => {
    for (const orderId of [await anOrder(), await anOrder()]) await set('effective_order', orderId, `state = 'held'`);
    const sweep = sweeper.sweep('verify', 'gone');
    expect((await sweep.next()).value).toMatchObject({ kind: 'order' });
    await sweep.return(undefined);
    expect((await listAudit(given.store.manager, undefined, 0, 1))[0]).toMatchObject({ by: 'gone', detail: { how: 'cancelled' } });
  });

  test('ends where its service stops', async () => {
    const stopping = new SweepService(given.store, verifier);
    stopping.onModuleDestroy();
    expect(await lines(stopping.sweep('verify', 'x'))).toEqual([{ kind: 'stopped', orders: 0, found: 0 }]);
  });
});
