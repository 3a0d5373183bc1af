import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { type HeadsRequest, ORDER_HEADS, ORDER_RESEND, type ResendRequest, SUPPLEMENT_HEADS, SUPPLEMENT_RESEND } from '#contracts';
import { NoReplyError, type RabbitMqClient } from '#messaging';
import type { JsonObject, MergeInput } from '#order-model';
import { listRevisions } from '../src/read/revisions.store.js';
import { GapRepairService } from '../src/repair/gap-repair.service.js';
import { RepairMetrics } from '../src/repair/metrics.js';
import { ReconcileService } from '../src/repair/reconcile.service.js';
import { ReconcileRounds } from '../src/repair/reconcile-rounds.service.js';
import { RepairService } from '../src/repair/repair.service.js';
import { SCHEMA } from '../src/schema.js';
import { doc, eventOf, lineOf, nextOrder, withMerger } from './given.js';

const given = withMerger();
const GAP_MS = 5_000;

/** An order's creation, version 2 and `count` supplements: what its owners have. */
function inputsOf(count: number): MergeInput[] {
  const steps = Array.from({ length: count }, (_, n) => ({ kind: 'supplement' as const, changes: { [`x-${n}`]: n } as JsonObject }));
  return lineOf(doc, [{ kind: 'amendment', delta: [{ path: '/description', after: 2 }] }, ...steps]);
}
const isVersion = (input: MergeInput): boolean => input.kind !== 'supplement';
const numberOf = (input: MergeInput): number => (input.kind === 'supplement' ? input.sequence : input.version);

/** The owners of what a test gives them, and this process's repairs, at a time that only a test moves. */
function aWorld() {
  const owned = new Map<string, MergeInput[]>();
  const asked: string[] = [];
  const away = new Set<string>();
  let aheadMs = 0;
  const lineOfOrder = (orderId: string, versions: boolean) => (owned.get(orderId) ?? []).filter((input) => isVersion(input) === versions);
  const answer = (pattern: string, payload: ResendRequest & HeadsRequest): unknown => {
    if (away.has(pattern)) throw new NoReplyError('away');
    const versions = pattern === ORDER_RESEND || pattern === ORDER_HEADS;
    if (pattern === ORDER_HEADS || pattern === SUPPLEMENT_HEADS) {
      asked.push(`${pattern} ${payload.changedSince === undefined ? 'all' : 'changed'}`);
      const heads = [...owned.keys()].map((orderId) => ({ orderId, head: lineOfOrder(orderId, versions).length }));
      return { heads: heads.filter(({ head }) => head > 0), at: '2026-06-01T00:00:00.000Z' };
    }
    const { orderId, from, to } = payload;
    asked.push(`${pattern} ${from}-${to}`);
    const line = lineOfOrder(orderId, versions);
    // Two at a time: whoever asks has to ask on.
    const events = line.filter((input) => numberOf(input) >= from && numberOf(input) <= to).slice(0, 2);
    return { orderId, found: line.length > 0, head: line.length, events: events.map((input) => eventOf(orderId, input)) };
  };
  const client = { request: async (pattern: string, payload: never) => answer(pattern, payload) } as unknown as RabbitMqClient;
  const timing = { gapMs: GAP_MS, reconcileMs: 300_000, now: () => new Date(Date.now() + aheadMs), pause: async () => undefined };
  const registry = new Registry();
  const metrics = new RepairMetrics(registry);
  const repairs = new RepairService(client, given.merger);
  const heads = new ReconcileService(given.store, client, repairs, metrics, timing);
  return {
    asked,
    away,
    gaps: new GapRepairService(given.store, repairs, metrics, timing),
    rounds: new ReconcileRounds(given.store, heads, timing),
    later: (ms: number) => {
      aheadMs += ms;
    },
    /** An order of which the merger gets what is not lost. */
    async order(count: number, isLost: (input: MergeInput) => boolean): Promise<string> {
      const orderId = nextOrder();
      const inputs = inputsOf(count);
      owned.set(orderId, inputs);
      await given.take(
        orderId,
        inputs.filter((input) => !isLost(input)),
      );
      return orderId;
    },
    count: async (name: string) => (await registry.getSingleMetric(name)?.get())?.values.reduce((sum, { value }) => sum + value, 0),
  };
}

const causes = async (orderId: string): Promise<string[]> =>
  (await listRevisions(given.store.manager, orderId, 1, 1_000, 1_000)).map(
    ({ cause }) => `${cause.sequence === undefined ? 'v' : 's'}${cause.sequence ?? cause.version}`,
  );
async function expectWhole(orderId: string, count: number): Promise<void> {
  const whole = ['v1', 'v2', ...Array.from({ length: count }, (_, n) => `s${n + 1}`)];
  expect((await causes(orderId)).sort()).toEqual(whole.sort());
  expect(await given.store.query(`SELECT waiting FROM ${SCHEMA}.effective_order WHERE order_id = $1`, [orderId])).toEqual([{ waiting: 0 }]);
}
const sequenceIs =
  (...numbers: number[]) =>
  (input: MergeInput) =>
    input.kind === 'supplement' && numbers.includes(input.sequence);

describe('a gap', () => {
  test('that is old enough is asked for exactly, answer by answer, merged and counted', async () => {
    const world = aWorld();
    const orderId = await world.order(9, sequenceIs(2, 3, 4, 7));
    expect(await world.gaps.repairDue()).toBe(0);
    world.later(GAP_MS + 1_000);
    expect(await world.gaps.repairDue()).toBe(2);
    expect(world.asked).toEqual(['supplement.resend 2-4', 'supplement.resend 4-4', 'supplement.resend 7-7']);
    await expectWhole(orderId, 9);
    expect(await world.count('supping_gaps_seen_total')).toBe(2);
    expect(await world.count('supping_gaps_repaired_total')).toBe(2);
    expect(await world.gaps.repairDue()).toBe(0);
  });

  test('that came when the clock was far ahead is asked for at once', async () => {
    const world = aWorld();
    const orderId = await world.order(3, sequenceIs(2));
    world.later(-3_600_000);
    await world.gaps.repairDue();
    await expectWhole(orderId, 3);
  });

  test('before version 1 is the creation of the order', async () => {
    const world = aWorld();
    const orderId = await world.order(2, ({ kind }) => kind === 'orderCreated');
    world.later(GAP_MS + 1_000);
    await world.gaps.repairDue();
    expect(world.asked).toEqual(['order.resend 1-1']);
    await expectWhole(orderId, 2);
  });

  test('is merged once when two replicas repair it at once', async () => {
    const [one, other] = [aWorld(), aWorld()];
    const orderId = await one.order(5, sequenceIs(2));
    await other.order(0, () => true);
    for (const world of [one, other]) world.later(GAP_MS + 1_000);
    await Promise.all([one.gaps.repairDue(), one.gaps.repairDue(), other.gaps.repairDue()]);
    await expectWhole(orderId, 5);
  });

  test('whose owner is away is asked for again after growing waits, and one whose owner lacks it keeps no other waiting', async () => {
    const world = aWorld();
    const orderId = await world.order(3, sequenceIs(1));
    const lacking = nextOrder();
    await given.take(
      lacking,
      [...inputsOf(3)].filter((input) => !sequenceIs(1)(input)),
    );
    world.away.add(SUPPLEMENT_RESEND);
    world.later(GAP_MS + 1_000);
    expect(await world.gaps.repairDue()).toBe(0);
    // The owner was asked for one order only: that it is away is news of all.
    expect(await world.count('supping_gaps_failed_total')).toBe(1);
    world.away.clear();
    expect([await world.gaps.repairDue(), world.asked]).toEqual([0, []]);
    world.later(GAP_MS);
    expect(await world.gaps.repairDue()).toBe(1);
    await expectWhole(orderId, 3);
    world.asked.length = 0;
    world.later(GAP_MS - 1_000);
    await world.gaps.repairDue();
    world.later(GAP_MS * 4);
    await world.gaps.repairDue();
    expect(world.asked).toEqual(['supplement.resend 1-1']);
    await given.take(lacking, inputsOf(3));
  });
});

describe('a comparison of heads', () => {
  const lastLines = async (world: ReturnType<typeof aWorld>) => {
    const lines = [];
    for await (const line of world.rounds.sweep('operator')) lines.push(line);
    return lines;
  };

  test('finds what shows no gap: a last message, an order that never came; and tells of each', async () => {
    const world = aWorld();
    const last = await world.order(3, sequenceIs(3));
    const never = await world.order(2, () => true);
    const whole = await world.order(1, () => false);
    const lines = await lastLines(world);
    expect(lines.filter(({ kind }) => kind === 'order')).toEqual([
      { kind: 'order', orderId: never, missing: [{ line: 'version', from: 1, to: 2 }], repaired: true },
      { kind: 'order', orderId: last, missing: [{ line: 'supplement', from: 3, to: 3 }], repaired: true },
      { kind: 'order', orderId: never, missing: [{ line: 'supplement', from: 1, to: 2 }], repaired: true },
    ]);
    expect(lines.at(-1)).toEqual({ kind: 'done', heads: 6, found: 3 });
    await expectWhole(last, 3);
    await expectWhole(never, 2);
    await expectWhole(whole, 1);
    expect(await world.count('supping_head_differences_repaired_total')).toBe(3);
    expect((await lastLines(world)).at(-1)).toEqual({ kind: 'done', heads: 6, found: 0 });
    const audit = await given.store.query(`SELECT detail->>'how' AS how FROM ${SCHEMA}.audit WHERE action = 'effective-orders.reconcile'`);
    expect(audit.map(({ how }: { how: string }) => how)).toEqual(['begun', 'done', 'begun', 'done']);
  });

  test('is one replica’s turn, goes on from the round before, and is made again while an owner is away', async () => {
    await given.store.query(`DELETE FROM ${SCHEMA}.reconciliation`);
    const [one, other] = [aWorld(), aWorld()];
    one.away.add(SUPPLEMENT_HEADS);
    await one.rounds.round();
    await other.rounds.round();
    expect([one.asked, other.asked]).toEqual([['order.heads all'], []]);
    one.away.clear();
    other.later(300_000);
    await other.rounds.round();
    expect(other.asked).toEqual(['order.heads changed', 'supplement.heads all']);
  });

  test('is made again when the clock that a round began by was ahead and was set back', async () => {
    await given.store.query(`DELETE FROM ${SCHEMA}.reconciliation`);
    const [one, other] = [aWorld(), aWorld()];
    one.later(3_600_000);
    await one.rounds.round();
    await other.rounds.round();
    expect(other.asked).toEqual(['order.heads changed', 'supplement.heads changed']);
  });

  test('says how it ended where an owner is away', async () => {
    const world = aWorld();
    world.away.add(ORDER_HEADS);
    expect((await lastLines(world)).at(-1)).toEqual({ kind: 'failed', heads: 0, found: 0, detail: 'away' });
  });
});
