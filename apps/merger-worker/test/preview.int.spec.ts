import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type JsonObject,
  type MergeInput,
  type OnConflict,
  type Policy,
  type Revision,
  type SupplementInput,
  usualPolicy,
} from '#order-model';
import type { PreviewView } from '../src/preview/preview.js';
import { PreviewService } from '../src/preview/preview.service.js';
import { listRevisions } from '../src/read/revisions.store.js';
import { SCHEMA } from '../src/schema.js';
import { created, doc, lineOf, nextOrder, priced, SEED, type Step, step, supplement, withMerger } from './given.js';

const given = withMerger();
const previews = (policy: Policy = usualPolicy): PreviewService => new PreviewService(given.store, policy);

function preview(
  orderId: string,
  { id, by, changes, basedOnRevision, onConflict }: SupplementInput,
  policy?: Policy,
): Promise<PreviewView> {
  const request = { category: 'component' as const, changes, ...(onConflict === undefined ? {} : { onConflict }) };
  return previews(policy).preview({ ...request, id, orderId, by, ...(basedOnRevision === undefined ? {} : { basedOnRevision }) });
}

/** What the merge made of a supplement, as its preview should have said. */
async function merged(orderId: string, input: SupplementInput): Promise<Pick<PreviewView, 'outcome' | 'problems' | 'revision'>> {
  const rows: { name: string; data: JsonObject }[] = await given.store.query(
    `SELECT split_part(type, '.', 4) AS name, data FROM ${SCHEMA}.outbox WHERE subject = $1 AND data->>'supplementId' = $2`,
    [orderId, input.id],
  );
  const [{ name, data }] = rows as [{ name: 'merged' | 'held' | 'rejected'; data: JsonObject }];
  if (name !== 'merged') return { outcome: name, problems: data['problems'] as unknown as PreviewView['problems'] };
  const [revision] = await listRevisions(given.store.manager, orderId, Number(data['revision']), Number(data['revision']), 1);
  return { outcome: name, problems: [], revision: revision as Revision };
}

async function rowsOf(orderId: string): Promise<unknown[]> {
  const tables = ['effective_order', 'effective_attributes', 'effective_item', 'reliance', 'merge_input', 'revision', 'acknowledgement'];
  return Promise.all(tables.map((table) => given.store.query(`SELECT * FROM ${SCHEMA}.${table} WHERE order_id = $1`, [orderId])));
}

describe('a preview', () => {
  test('says what the merge then does, and stores nothing', async () => {
    const supplements = step.filter((one): one is Step & { kind: 'supplement' } => one.kind === 'supplement');
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), supplements, async (steps, last) => {
        const orderId = nextOrder();
        const line = lineOf(doc, [...steps, last]);
        await given.take(orderId, line.slice(0, -1));
        const input = line.at(-1) as SupplementInput;
        const before = await rowsOf(orderId);
        const { outcome, problems, revision } = await preview(orderId, input);
        expect(await rowsOf(orderId)).toEqual(before);
        await given.take(orderId, [input]);
        const said = { outcome, problems, ...(revision === undefined ? {} : { revision: { ...revision, at: expect.any(String) } }) };
        expect(await merged(orderId, input)).toEqual(said);
        seen.add(outcome);
      }),
      { numRuns: 150, seed: SEED },
    );
    expect([...seen]).toEqual(expect.arrayContaining(['merged', 'rejected']));
  }, 120_000);

  test('tells of a conflict as the merge would', async () => {
    const orderId = nextOrder();
    const quantity = (value: number, onConflict?: OnConflict): SupplementInput => ({
      ...(supplement(2, { productOrderItem: [{ id: '2', quantity: value }] }) as SupplementInput),
      basedOnRevision: 1,
      ...(onConflict === undefined ? {} : { onConflict }),
    });
    await given.take(orderId, [created(doc), { ...quantity(5), id: 'theirs', sequence: 1 }]);
    const conflict = [{ code: 'conflict', path: '/productOrderItem/2/quantity', itemId: '2', detail: expect.any(String) }];
    expect(await preview(orderId, quantity(6))).toMatchObject({ outcome: 'held', problems: conflict });
    expect(await preview(orderId, quantity(6, 'reject'))).toMatchObject({ outcome: 'rejected', problems: conflict });
    expect(await preview(orderId, quantity(6, 'overwrite'))).toMatchObject({
      outcome: 'merged',
      revision: { overwritten: [{ path: '/productOrderItem/2/quantity', revision: 2, before: 5 }] },
    });
    await given.take(orderId, [quantity(6)]);
    expect(await merged(orderId, quantity(6))).toMatchObject({ outcome: 'held', problems: conflict });
  });

  test('tells of the price, the plan and the delta', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc)]);
    const view = await preview(orderId, supplement(1, { productOrderItem: [{ id: '1', ...priced(0.3) }] }) as SupplementInput);
    expect(view).toMatchObject({
      head: { revision: 1, version: 1, sequence: 0 },
      outcome: 'merged',
      revision: {
        revision: 2,
        plan: [{ itemId: '1', action: 'change', compensation: 'do' }],
        price: { before: [{ value: '0.3' }], after: [{ value: '0.5' }], difference: [{ value: '0.2' }] },
      },
    });
  });

  test('names the limits that would refuse it and the approvals it needs', async () => {
    const policy: Policy = {
      ...usualPolicy,
      limits: { supplementsPerOrder: 3, supplementsAfterConfirmation: 1 },
      approvals: [{ name: 'any-component', when: { categories: ['component'] }, by: 'operator', waitHours: 24, onExpiry: 'expire' }],
      reasonCodes: { extra: [], onlyKnown: true },
    };
    const orderId = nextOrder();
    const next = (n: number): SupplementInput => supplement(n, { [`x-${n}`]: n }) as SupplementInput;
    const started: MergeInput = { kind: 'progress', id: 'p', by: 'f', version: 2, items: [{ id: '1', state: 'inProgress' }] };
    await given.take(orderId, [created(doc), next(1), started], [1]);
    const view = await preview(orderId, next(2), policy);
    expect([view.outcome, view.approvals]).toEqual([
      'merged',
      [{ name: 'any-component', by: 'operator', dueDate: expect.stringMatching(/Z$/), onExpiry: 'expire' }],
    ]);
    await given.take(orderId, [next(2)]);
    const after = await preview(orderId, next(3), policy);
    expect([after.outcome, after.revision, after.problems]).toEqual([
      'refused',
      undefined,
      [{ code: 'policy', detail: expect.stringContaining('supplementsAfterConfirmation') }],
    ]);
    await given.take(orderId, [next(3)]);
    expect((await preview(orderId, next(4), policy)).problems).toHaveLength(2);
    const coded = { ...next(4), category: 'component' as const, orderId, reason: { code: 'WHIM' } };
    expect((await previews(policy).preview(coded)).problems).toHaveLength(3);
  });

  test('of an order not heard of, or not created yet, is a 404', async () => {
    const orderId = nextOrder();
    await expect(preview(orderId, supplement(1, { a: 1 }) as SupplementInput)).rejects.toMatchObject({ status: 404 });
    await given.take(orderId, [supplement(1, { a: 1 })]);
    await expect(preview(orderId, supplement(2, { a: 1 }) as SupplementInput)).rejects.toMatchObject({ status: 404 });
  });
});

test('an order merged before prices were kept has all its items looked at once', async () => {
  const orderId = nextOrder();
  await given.take(orderId, [created(doc)]);
  await given.store.query(`UPDATE ${SCHEMA}.effective_order SET totals = NULL WHERE order_id = $1`, [orderId]);
  await given.take(orderId, [supplement(1, { productOrderItem: [{ id: '2', quantity: 1 }] })]);
  const totals = await given.store.query(`SELECT totals->0->>'value' AS value FROM ${SCHEMA}.effective_order WHERE order_id = $1`, [
    orderId,
  ]);
  expect(totals).toEqual([{ value: '0.3' }]);
});

test('changeability is that of the order as it stands and of the limits', async () => {
  const orderId = nextOrder();
  await given.take(orderId, [created(doc), supplement(1, { productOrderItem: [{ id: '2', intent: 'cancel' }] })]);
  const { items, add } = await previews().changeability(orderId);
  expect(items.map(({ path, state, amend, cancel }) => [path, state, amend.allowed, cancel.problems.map(({ code }) => code)])).toEqual([
    ['/productOrderItem/1', 'acknowledged', true, ['dependency']],
    ['/productOrderItem/1/productOrderItem/1.1', 'acknowledged', true, ['dependency']],
    ['/productOrderItem/2', 'cancelled', false, ['item-already-cancelled']],
    ['/productOrderItem/3', 'acknowledged', true, []],
  ]);
  expect(add.allowed).toBe(true);
  const limited = await previews({ ...usualPolicy, limits: { supplementsPerOrder: 1 } }).changeability(orderId);
  expect(limited.add.problems.map(({ code }) => code)).toEqual(['policy']);
});
