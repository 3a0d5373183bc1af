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
import { created, doc, eventOf, lineOf, nextOrder, priced, type Step, step, supplement, withMerger } from './given.js';
import { runs } from './runs.js';
import { toldOf } from './told.js';

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
  const told = (await toldOf(given.store, orderId)) as { type: string; data: JsonObject }[];
  const [one] = told.filter(({ data }) => data['supplementId'] === input.id);
  if (one === undefined) throw new Error(`nothing was told of ${input.id}`);
  const [name, data] = [one.type.split('.')[3] as 'merged' | 'held' | 'rejected', one.data];
  if (name !== 'merged') return { outcome: name, problems: data['problems'] as unknown as PreviewView['problems'] };
  const [revision] = await listRevisions(given.store.manager, orderId, Number(data['revision']), Number(data['revision']), 1);
  return { outcome: name, problems: [], revision: revision as Revision };
}

/** Gives the merger the inputs of several orders in one batch. */
const takeAll = (lines: readonly { orderId: string; inputs: readonly MergeInput[] }[]): Promise<unknown> =>
  given.merger.merge(lines.flatMap(({ orderId, inputs }) => inputs.map((input) => eventOf(orderId, input))));

async function rowsOf(orderIds: readonly string[]): Promise<unknown[]> {
  const tables = ['effective_order', 'effective_attributes', 'effective_item', 'reliance', 'merge_input', 'revision', 'acknowledgement'];
  return Promise.all(
    tables.map((table) =>
      given.store.query(`SELECT * FROM ${SCHEMA}.${table} WHERE order_id = ANY ($1) ORDER BY to_jsonb(${table})::text`, [orderIds]),
    ),
  );
}

describe('a preview', () => {
  test('says what the merge then does, and stores nothing', async () => {
    const supplements = step.filter((one): one is Step & { kind: 'supplement' } => one.kind === 'supplement');
    // One that has seen the first revision only runs into what came since.
    const unseeing = fc
      .record({ id: fc.constantFrom('1', '2'), quantity: fc.nat(3), onConflict: fc.constantFrom('hold', 'reject', 'overwrite') })
      .map(({ id, quantity, onConflict }) => ({
        kind: 'supplement' as const,
        changes: { productOrderItem: [{ id, quantity }] },
        basedOnRevision: 1,
        onConflict,
      }));
    const history = fc.tuple(fc.array(step, { maxLength: 6 }), fc.oneof(supplements, unseeing));
    const seen = new Set<string>();
    // 50 batches of 20 orders are 1,000 cases: a transaction for every order would take a minute.
    await fc.assert(
      fc.asyncProperty(fc.array(history, { minLength: 20, maxLength: 20 }), async (histories) => {
        const lines = histories.map(([steps, last]) => ({ orderId: nextOrder(), inputs: lineOf(doc, [...steps, last]) }));
        await takeAll(lines.map(({ orderId, inputs }) => ({ orderId, inputs: inputs.slice(0, -1) })));
        const last = lines.map(({ orderId, inputs }) => ({ orderId, input: inputs.at(-1) as SupplementInput }));
        const orderIds = last.map(({ orderId }) => orderId);
        const before = await rowsOf(orderIds);
        const said: PreviewView[] = [];
        for (const { orderId, input } of last) said.push(await preview(orderId, input));
        expect(await rowsOf(orderIds)).toEqual(before);
        await takeAll(last.map(({ orderId, input }) => ({ orderId, inputs: [input] })));
        for (const [n, { outcome, problems, revision }] of said.entries()) {
          const { orderId, input } = last[n] as (typeof last)[number];
          const expected = { outcome, problems, ...(revision === undefined ? {} : { revision: { ...revision, at: expect.any(String) } }) };
          expect(await merged(orderId, input)).toEqual(expected);
          seen.add(outcome);
        }
      }),
      runs(50),
    );
    expect([...seen].sort()).toEqual(['held', 'merged', 'rejected']);
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
