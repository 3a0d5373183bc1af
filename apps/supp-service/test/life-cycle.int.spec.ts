import { afterEach, describe, expect, test } from '@jest/globals';
import { eventType } from '#contracts';
import { fixture } from '#contracts/fixtures';
import type { CloudEvent } from '#messaging';
import type { ApprovalRule, Change, OrderState } from '#order-model';
import { historyOf, listAudit } from '../src/audit/audit.store.js';
import { lockLines } from '../src/line.store.js';
import { viewOf } from '../src/read/supplement.view.js';
import { listNewest, listOfOrder } from '../src/read/supplements.store.js';
import { SCHEMA } from '../src/schema.js';
import { STATES } from '../src/supplement.js';
import { aSubmission, aWorld } from './world.js';

const world = aWorld();
const LATER = '2026-06-05T00:00:00.000Z';
const operator: ApprovalRule = { name: 'vendor', when: { origins: ['vendor'] }, by: 'operator', waitHours: 24, onExpiry: 'expire' };
const lenient: ApprovalRule = { name: 'seller', when: { origins: ['seller'] }, by: 'operator', waitHours: 24, onExpiry: 'accept' };
const asks = { approvals: [operator, lenient] };

let orders = 0;
/** An order that was heard of, in a state and with a due date. */
async function anOrder(state: OrderState = 'inProgress', dueDate = '2027-02-01T00:00:00Z'): Promise<string> {
  orders += 1;
  const orderId = `order-${orders}`;
  await world.heads.follow([revised(orderId, 1, state, [{ path: '', after: { requestedCompletionDate: dueDate } }])]);
  return orderId;
}
function event(name: 'effective-order.revised' | 'supplement.held' | 'supplement.rejected', data: object): CloudEvent {
  const of = { id: 'e', source: '/merger-worker', subject: 'o', time: LATER, sequence: 1, partitionkey: 'o' };
  return { ...of, type: eventType(name), data };
}
const revised = (orderId: string, revision: number, state: OrderState, delta: Change[]): CloudEvent =>
  event('effective-order.revised', {
    ...fixture('effective-order.revised'),
    orderId,
    revision,
    previousRevision: revision - 1,
    state,
    delta,
  });
const outcome = (name: 'merged' | 'held' | 'rejected', orderId: string, supplementId: string, sequence: number): CloudEvent => {
  if (name !== 'merged') return event(`supplement.${name}`, { orderId, supplementId, sequence, at: LATER, problems: [] });
  const cause = { kind: 'supplement', id: supplementId, sequence, by: 'x' };
  return event('effective-order.revised', {
    ...fixture('effective-order.revised'),
    ...{ orderId, revision: sequence + 1, previousRevision: sequence, state: 'inProgress', at: LATER, cause, delta: [], items: [] },
  });
};

const lineOf = (orderId: string) => world.store.transaction(async (tx) => (await lockLines(tx, [orderId])).get(orderId));
const deed = { at: LATER, by: 'operator' };
const asked = (id: string, idempotencyKey?: string, hash = 'h') => ({ id, idempotencyKey, hash });
const stateOf = async (orderId: string): Promise<[string, number | undefined][]> =>
  (await listOfOrder(world.store.manager, orderId, 0, 100)).map(({ state, sequence }) => [state, sequence]);

// Whatever was done: the lists by state find what a walk over all would.
afterEach(async () => {
  const all = await listNewest(world.store.manager, {}, undefined, 10_000);
  const waiting: { id: string }[] = await world.store.query(`SELECT id FROM ${SCHEMA}.awaiting_merge ORDER BY submitted_at DESC, id DESC`);
  expect(waiting.map(({ id }) => id)).toEqual(all.filter(({ state }) => state === 'accepted').map(({ id }) => id));
  for (const state of STATES) {
    for (const category of [undefined, 'technicalDetail']) {
      const wanted = all.filter((one) => one.state === state && (category === undefined || one.request.category === category));
      expect(await listNewest(world.store.manager, { state, category }, undefined, 10_000)).toEqual(wanted);
      const [first, ...rest] = wanted;
      if (first === undefined) continue;
      const after = { submittedAt: first.submittedAt, id: first.id };
      expect(await listNewest(world.store.manager, { state, category }, after, 1)).toEqual(rest.slice(0, 2));
    }
  }
});

describe('sequences', () => {
  test('are given at acceptance, gapless per order, however approvals and submissions interleave', async () => {
    const orderId = await anOrder();
    const submissions = Array.from({ length: 30 }, (_, n) => aSubmission(orderId, n % 3 === 0 ? { origin: 'vendor' } : {}));
    const service = world.supplements(asks);
    const stored = await Promise.all(submissions.map((one) => service.submit(one, undefined)));
    const waiting = stored.filter(({ state }) => state === 'pendingApproval');
    expect(waiting).toHaveLength(10);
    expect(waiting.every((one) => !('sequence' in one))).toBe(true);
    await Promise.all([
      ...waiting.slice(0, 6).map(({ id }) => world.lifecycle.answer(asked(id), { ...deed, party: 'operator', answer: 'accepted' })),
      ...waiting.slice(6).map(({ id }) => world.lifecycle.answer(asked(id), { ...deed, party: 'operator', answer: 'declined' })),
      ...Array.from({ length: 5 }, () => service.submit(aSubmission(orderId), undefined)),
    ]);
    const states = await stateOf(orderId);
    const sequences = states.flatMap(([, sequence]) => sequence ?? []).sort((a, b) => a - b);
    expect(sequences).toEqual(Array.from({ length: 31 }, (_, n) => n + 1));
    expect(states.filter(([state]) => state === 'declined')).toHaveLength(4);
    expect(await lineOf(orderId)).toMatchObject({
      lastSequence: 31,
      lastPlace: 35,
      accepted: 31,
      acceptedAfterConfirmation: 31,
      waiting: 0,
    });
    const told = await world.told();
    expect(told.filter(({ type }) => type === 'supplement.accepted').map(({ sequence }) => sequence)).toEqual(sequences);
    expect(told.filter(({ type }) => type === 'supplement.submitted')).toHaveLength(10);
    expect(told.filter(({ type }) => type === 'supplement.declined')).toHaveLength(4);
  });
});

describe('limits', () => {
  test('hold against what was heard of the order: its due date as last set, its confirmation', async () => {
    const orderId = await anOrder('acknowledged', '2026-06-02T00:00:00Z');
    const strict = world.supplements({ limits: { leastNoticeHours: 48, supplementsAfterConfirmation: 1 } });
    await expect(strict.submit(aSubmission(orderId), undefined)).rejects.toMatchObject({ status: 422, code: 'policy' });
    await world.heads.follow([
      revised(orderId, 3, 'inProgress', [{ path: '/requestedCompletionDate', before: 'x', after: '2026-07-01T00:00:00Z' }]),
      revised(orderId, 2, 'acknowledged', [{ path: '/requestedCompletionDate', before: 'x', after: '2026-06-01T00:00:00Z' }]),
    ]);
    await world.heads.follow([revised(orderId, 2, 'acknowledged', [{ path: '/requestedCompletionDate', after: '2026-06-01T00:00:00Z' }])]);
    expect(await strict.submit(aSubmission(orderId), undefined)).toMatchObject({ state: 'accepted', sequence: 1 });
    await expect(strict.submit(aSubmission(orderId), undefined)).rejects.toMatchObject({ status: 422, code: 'policy' });
    const lines = await listAudit(world.store.manager, { orderId }, 0, 10);
    expect(lines.map(({ action }) => action)).toEqual(['supplement.refused', 'supplement.accepted', 'supplement.refused']);
    expect(lines[0]?.problems).toMatchObject([{ code: 'policy', detail: expect.stringMatching(/^supplementsAfterConfirmation/) }]);
    expect(await stateOf(orderId)).toEqual([['accepted', 1]]);
    await world.told();
  });
  test('are not passed by two that come at once', async () => {
    const orderId = await anOrder();
    const strict = world.supplements({ limits: { supplementsPerOrder: 1 } });
    const results = await Promise.allSettled([1, 2, 3].map(() => strict.submit(aSubmission(orderId), undefined)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await world.told();
  });
});

describe('a held supplement', () => {
  const held = async (): Promise<{ orderId: string; id: string }> => {
    const orderId = await anOrder();
    const { id } = await world.supplements().submit(aSubmission(orderId, { basedOnRevision: 1 }), undefined);
    await world.supplements().submit(aSubmission(orderId), undefined);
    await world.heads.follow([outcome('held', orderId, id, 1)]);
    await world.told();
    return { orderId, id };
  };
  test('enters the line again at its end; a late outcome of its first entry does not undo the second', async () => {
    const { orderId, id } = await held();
    const applied = await world.lifecycle.resolve(asked(id), { ...deed, action: 'edit', changes: { description: 'edited' } });
    expect(applied).toMatchObject({ state: 'accepted', sequence: 3, changes: { description: 'edited' }, resolution: { action: 'edit' } });
    expect(applied).not.toHaveProperty('problems');
    expect(await world.told()).toEqual([
      {
        type: 'supplement.accepted',
        id: `${id}/3`,
        sequence: 3,
        data: expect.objectContaining({ id, sequence: 3, onConflict: 'overwrite', basedOnRevision: 1, changes: { description: 'edited' } }),
      },
    ]);
    expect(await world.store.query(`SELECT sequence, entry FROM ${SCHEMA}.superseded_entry WHERE order_id = $1`, [orderId])).toEqual([
      { sequence: 1, entry: expect.objectContaining({ id, sequence: 1, changes: expect.not.objectContaining({ description: 'edited' }) }) },
    ]);
    await world.heads.follow([outcome('held', orderId, id, 1)]);
    expect(await stateOf(orderId)).toEqual([
      ['accepted', 3],
      ['accepted', 2],
    ]);
    await world.heads.follow([outcome('merged', orderId, id, 3), outcome('held', orderId, id, 1)]);
    await world.heads.follow([outcome('held', orderId, id, 1)]);
    expect(await stateOf(orderId)).toEqual([
      ['merged', 3],
      ['accepted', 2],
    ]);
    expect((await historyOf(world.store.manager, id)).map(({ action, by, before, after }) => [action, by, before, after])).toEqual([
      ['supplement.accepted', 'upstream', undefined, { state: 'accepted', sequence: 1 }],
      ['supplement.held', 'merger-worker', { state: 'accepted', sequence: 1 }, { state: 'held' }],
      [
        'supplement.resolved-by-edit',
        'operator',
        { state: 'held', sequence: 1, changes: { description: expect.any(String) } },
        { state: 'accepted', sequence: 3, changes: { description: 'edited' }, resolution: expect.any(Object) },
      ],
    ]);
  });
  test('is dropped, and cannot be resolved again', async () => {
    const { orderId, id } = await held();
    expect(await world.lifecycle.resolve(asked(id), { ...deed, action: 'drop', reason: { text: 'old' } })).toMatchObject({
      state: 'declined',
    });
    await expect(world.lifecycle.resolve(asked(id), { ...deed, action: 'apply' })).rejects.toMatchObject({
      status: 409,
      code: 'wrong-state',
    });
    expect(await world.told()).toMatchObject([
      { type: 'supplement.declined', sequence: 1, data: { id, endedBy: 'operator', endReason: { text: 'old' } } },
    ]);
    expect(await lineOf(orderId)).toMatchObject({ lastSequence: 2, waiting: 0 });
    await world.heads.follow([outcome('held', orderId, id, 1)]);
    expect((await stateOf(orderId))[0]).toEqual(['declined', 1]);
  });
  test('is refused where the order closed meanwhile, and can still be dropped', async () => {
    const { orderId, id } = await held();
    await world.heads.follow([revised(orderId, 9, 'completed', [])]);
    await expect(world.lifecycle.resolve(asked(id), { ...deed, action: 'apply' })).rejects.toMatchObject({
      status: 422,
      code: 'order-closed',
    });
    expect(await world.lifecycle.resolve(asked(id), { ...deed, action: 'drop' })).toMatchObject({ state: 'declined' });
    await world.told();
  });
});

describe('a step', () => {
  test('is safe to ask for again under its Idempotency-Key, and refused with another body', async () => {
    const orderId = await anOrder();
    const { id } = await world.supplements(asks).submit(aSubmission(orderId, { origin: 'vendor' }), undefined);
    const approve = (key: string, hash?: string) =>
      world.lifecycle.answer(asked(id, key, hash), { ...deed, party: 'operator', answer: 'accepted' });
    const twice = await Promise.all([approve('k'), approve('k')]);
    expect(twice.map(({ state, sequence }) => [state, sequence])).toEqual([
      ['accepted', 1],
      ['accepted', 1],
    ]);
    await expect(approve('k', 'other')).rejects.toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    await expect(approve('k2')).rejects.toMatchObject({ status: 409 });
    expect(await historyOf(world.store.manager, id)).toHaveLength(2);
    await world.told();
  });
  test('about a supplement that does not exist is a 404', async () => {
    await expect(world.lifecycle.withdraw(asked('none'), deed)).rejects.toMatchObject({ status: 404 });
  });
});

describe('what takes another back', () => {
  test('makes that one reverted once it is merged', async () => {
    const orderId = await anOrder();
    const { id } = await world.supplements().submit(aSubmission(orderId), undefined);
    await world.heads.follow([outcome('merged', orderId, id, 1)]);
    const back = await world.supplements().submit({ ...aSubmission(orderId), reverts: id }, undefined);
    expect(back).toMatchObject({ reverts: id, sequence: 2 });
    await world.heads.follow([outcome('merged', orderId, back.id, 2)]);
    await world.heads.follow([outcome('merged', orderId, id, 1), outcome('merged', orderId, back.id, 2)]);
    expect(await listOfOrder(world.store.manager, orderId, 0, 9)).toMatchObject([
      { id, state: 'reverted', revision: 2, revertedBy: back.id },
      { id: back.id, state: 'merged', revision: 3, reverts: id },
    ]);
    expect((await historyOf(world.store.manager, id)).at(-1)).toMatchObject({
      action: 'supplement.reverted',
      after: { state: 'reverted', revertedBy: back.id },
    });
    expect((await world.told()).at(-1)?.data).toMatchObject({ reverts: id });
  });
  test('leaves it merged where it is rejected', async () => {
    const orderId = await anOrder();
    const { id } = await world.supplements().submit(aSubmission(orderId), undefined);
    await world.heads.follow([outcome('merged', orderId, id, 1)]);
    const back = await world.supplements().submit({ ...aSubmission(orderId), reverts: id }, undefined);
    await world.heads.follow([outcome('rejected', orderId, back.id, 2)]);
    expect(await stateOf(orderId)).toEqual([
      ['merged', 1],
      ['rejected', 2],
    ]);
    await world.told();
  });
});

describe('expiry', () => {
  test('ends or accepts what is due as the rules say, in batches, whichever replica looks', async () => {
    const orderIds = await Promise.all([anOrder(), anOrder(), anOrder()]);
    const service = world.supplements(asks);
    const stored = await Promise.all(
      Array.from({ length: 240 }, (_, n) =>
        service.submit(aSubmission(orderIds[n % 3] as string, { origin: n % 2 === 0 ? 'vendor' : 'seller' }), undefined),
      ),
    );
    const notYet = await service.submit(aSubmission(orderIds[0] as string, { origin: 'vendor' }, '2026-06-04T12:00:00.000Z'), undefined);
    const answered = stored[0]?.id as string;
    await world.lifecycle.answer(asked(answered), { ...deed, party: 'operator', answer: 'accepted' });
    await world.told();
    const replicas = [world.expiry(), world.expiry()];
    expect(await replicas[0]?.expireDue('2026-06-01T12:00:00.000Z')).toBe(0);
    let changed = 0;
    for (let look = 1; look > 0; changed += look) {
      look = (await Promise.all(replicas.map((replica) => replica.expireDue(LATER)))).reduce((sum, one) => sum + one, 0);
    }
    expect(changed).toBe(239);
    const states = (await Promise.all(orderIds.map(stateOf))).flat();
    const count = (wanted: string): number => states.filter(([state]) => state === wanted).length;
    expect([count('expired'), count('accepted'), count('pendingApproval')]).toEqual([119, 121, 1]);
    for (const orderId of orderIds) {
      const sequences = (await stateOf(orderId)).flatMap(([, sequence]) => sequence ?? []).sort((a, b) => a - b);
      expect(sequences).toEqual(sequences.map((_, n) => n + 1));
    }
    const told = await world.told();
    expect(told.filter(({ type }) => type === 'supplement.expired')).toHaveLength(119);
    expect(told.find(({ type }) => type === 'supplement.expired')?.data).toMatchObject({
      endedBy: 'policy',
      approval: 'vendor',
      at: LATER,
    });
    expect(told.filter(({ type }) => type === 'supplement.accepted')).toHaveLength(120);
    expect(await replicas[1]?.expireDue('2026-06-05T12:00:00.000Z')).toBe(1);
    expect((await historyOf(world.store.manager, notYet.id)).at(-1)).toMatchObject({ action: 'supplement.expired', by: 'policy' });
    await world.told();
  });
  test('closes a charge that nothing waits for, and that of a rejected supplement is void at once', async () => {
    const orderId = await anOrder();
    const charge = { category: 'expedite' as const, responseDueDate: '2026-06-03' };
    const one = await world.supplements().submit(aSubmission(orderId, { charge }), undefined);
    const two = await world.supplements().submit(aSubmission(orderId, { charge }), undefined);
    expect(viewOf(one)).toMatchObject({ state: 'accepted', charge: { ...charge, state: 'open', dueDate: '2026-06-03T00:00:00.000Z' } });
    await world.heads.follow([outcome('rejected', orderId, two.id, 2)]);
    expect(await world.expiry().expireDue(LATER)).toBe(1);
    expect(await listOfOrder(world.store.manager, orderId, 0, 9)).toMatchObject([
      { state: 'accepted', charge: { state: 'expired', answeredBy: 'policy' } },
      { state: 'rejected', charge: { state: 'void' } },
    ]);
    await world.told();
  });
});

test('what the merge does to a supplement is written beside it: no index holds any of it', async () => {
  const indexed: { name: string }[] = await world.store.query(
    `SELECT DISTINCT attname AS name FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
      WHERE indrelid = '${SCHEMA}.supplement'::regclass`,
  );
  const names = indexed.map(({ name }) => name);
  expect(names).toContain('listed_state');
  for (const written of ['state', 'revision', 'problems', 'charge']) expect(names).not.toContain(written);
});

test('what is due, a history and an order’s audit are found by an index', async () => {
  const plan = async (sql: string, params: unknown[]): Promise<string> =>
    world.store.transaction(async (tx) => {
      await tx.query('SET LOCAL enable_seqscan = off');
      const rows: { 'QUERY PLAN': string }[] = await tx.query(`EXPLAIN ${sql}`, params);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
  expect(
    await plan(`SELECT id FROM ${SCHEMA}.supplement WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at, id LIMIT 100`, [LATER]),
  ).toMatch(/Index.*supplement_due/);
  expect(await plan(`SELECT * FROM ${SCHEMA}.audit WHERE supplement_id = $1 ORDER BY id LIMIT 1000`, ['x'])).toMatch(/audit_by_supplement/);
  expect(await plan(`SELECT * FROM ${SCHEMA}.audit WHERE order_id = $1 ORDER BY id DESC LIMIT 51`, ['x'])).toMatch(/audit_by_order/);
});
