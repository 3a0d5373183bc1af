import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonText } from '#messaging';
import {
  type ApprovalRule,
  type Charge,
  closingStates,
  compileChanges,
  fromDocument,
  type JsonObject,
  type Policy,
  usualPolicy,
} from '#order-model';
import { aLine } from '../../test/given.js';
import type { Line } from '../line.js';
import {
  certainProblems,
  decideSubmission,
  type KnownItem,
  type KnownItems,
  type Submission,
  type SubmitSupplement,
  wantedItems,
} from './submission.js';

const AT = '2026-06-01T00:00:00.000Z';
const command = (changes: JsonObject, given: Partial<SubmitSupplement> = {}): SubmitSupplement => ({
  id: 'new',
  orderId: 'o',
  by: 'upstream',
  at: AT,
  request: { category: 'component', changes },
  text: JsonText.of({}),
  hash: 'h',
  ...given,
});
const knowing = (items: Record<string, Partial<KnownItem>> = {}): KnownItems =>
  new Map(Object.entries(items).map(([id, item]) => [id, { state: 'acknowledged', pointOfNoReturn: false, ...item }]));
const decide = (
  given: SubmitSupplement,
  {
    line = {},
    items = {},
    policy = {},
  }: { line?: Partial<Line>; items?: Record<string, Partial<KnownItem>>; policy?: Partial<Policy> } = {},
): Submission => decideSubmission(aLine(line), knowing(items), {}, given, { ...usualPolicy, ...policy });
const item = (given: JsonObject): JsonObject => ({ productOrderItem: [{ id: '1', ...given }] });
const codes = (submission: Submission): string[] => (submission.kind === 'refused' ? submission.problems.map(({ code }) => code) : []);
const refusals = (items: Record<string, Partial<KnownItem>>, changes: JsonObject, policy: Partial<Policy> = {}): string[] =>
  codes(decide(command(changes), { items, policy }));

describe('a supplement at the door', () => {
  test('is accepted with the next sequence and place of its order', () => {
    const submission = decide(command(item({ intent: 'amend', quantity: 2 })));
    expect(submission).toEqual({
      kind: 'stored',
      supplement: {
        id: 'new',
        orderId: 'o',
        place: 7,
        state: 'accepted',
        sequence: 5,
        request: command(item({ intent: 'amend', quantity: 2 })).request,
        submittedAt: AT,
        by: 'upstream',
        approvals: [],
      },
      line: aLine({ lastSequence: 5, lastPlace: 7, accepted: 4, acceptedAfterConfirmation: 2 }),
    });
  });
  test('under a known id with the same body is a repetition; with another body, or for another order, refused', () => {
    const byId = { id: 'new', orderId: 'o', hash: 'h' };
    const given = (earlier: typeof byId) => decideSubmission(aLine(), new Map(), { byId: earlier }, command({}), usualPolicy);
    expect(given(byId)).toEqual({ kind: 'repeated', id: 'new' });
    expect(given({ ...byId, hash: 'other' }).kind).toBe('idReused');
    expect(given({ ...byId, orderId: 'other' }).kind).toBe('idReused');
  });
  test("under its caller's number of before is refused with the supplement that has it", () => {
    const byExternalId = { id: 'first', orderId: 'o', hash: 'x' };
    expect(decideSubmission(aLine(), new Map(), { byExternalId }, command({}), usualPolicy)).toEqual({
      kind: 'externalIdTaken',
      id: 'first',
    });
  });
  test('to a closed order is refused as order-closed', () => {
    expect(codes(decide(command({ description: 'x' }), { line: { state: 'completed' } }))).toEqual(['order-closed']);
    expect(codes(decide(command({ description: 'x' }), { line: { state: undefined } }))).toEqual([]);
  });
  test('that touches what is known to be past the point of no return is refused; its notes are not', () => {
    for (const known of [{ state: 'completed' as const }, { pointOfNoReturn: true }]) {
      expect(refusals({ 1: known }, item({ quantity: 2 }))).toEqual(['past-point-of-no-return']);
      expect(refusals({ 1: known }, item({ intent: 'cancel' }))).toEqual(['past-point-of-no-return']);
      expect(refusals({ 1: known }, item({ note: [{ id: 'n', text: 'x' }] }))).toEqual([]);
    }
  });
  test('meets the point of no return where the policy puts it', () => {
    const pointOfNoReturn = { alwaysOpen: [], rules: [{ states: ['inProgress' as const], flagged: false, paths: ['/product'] }] };
    const known = { 1: { state: 'inProgress' as const } };
    expect(refusals(known, item({ product: { a: 1 } }), { pointOfNoReturn })).toEqual(['past-point-of-no-return']);
    expect(refusals(known, item({ quantity: 2 }), { pointOfNoReturn })).toEqual([]);
    expect(refusals(known, item({ product: { a: 1 } }))).toEqual([]);
  });
  test('that adds a known item or cancels a cancelled one is refused', () => {
    expect(refusals({ 1: {} }, item({ intent: 'add', action: 'add' }))).toEqual(['duplicate-item']);
    expect(refusals({ 1: { state: 'cancelled' } }, item({ intent: 'cancel' }))).toEqual(['item-already-cancelled']);
  });
  test('that names what has not been heard of is accepted: only the merger can say that it is not there', () => {
    expect(refusals({}, item({ quantity: 2 }))).toEqual([]);
    expect(refusals({ 1: {} }, item({ productOrderItemRelationship: [{ id: '9', relationshipType: 'reliesOn' }] }))).toEqual([]);
  });
});

describe('what is certain at the door', () => {
  const id = fc.constantFrom('1', '2', '1.1');
  const attributes = fc.record(
    {
      intent: fc.constantFrom('add', 'amend', 'cancel'),
      action: fc.constantFrom('add', 'modify'),
      quantity: fc.integer(),
      note: fc.constant([{ id: 'n', text: 'x' }]),
      product: fc.constant({ a: 1 }),
      state: fc.constantFrom('cancelled', 'inProgress'),
    },
    { requiredKeys: [] },
  );
  const element = fc.tuple(id, attributes).map(([own, given]) => ({ id: own, ...given }) as unknown as JsonObject);
  const nested = fc.array(fc.record({ id: fc.constant('1.1'), intent: fc.constantFrom('add', 'amend', 'cancel') }), { maxLength: 3 });
  const nesting = fc.tuple(element, fc.option(nested)).map(([one, list]) => (list === null ? one : { ...one, productOrderItem: list }));
  const seldom = <T>(rare: fc.Arbitrary<T>, usual: T) =>
    fc.oneof({ weight: 1, arbitrary: rare }, { weight: 4, arbitrary: fc.constant(usual) });
  const changes = fc
    .tuple(seldom(fc.constant<JsonObject>({ intent: 'cancel' }), { description: 'x' }), fc.array(nesting, { minLength: 1, maxLength: 2 }))
    .map(([given, productOrderItem]): JsonObject => ({ ...given, productOrderItem }));
  const ended = fc.constantFrom<KnownItem['state'][]>('inProgress', 'completed', 'cancelled', 'rejected', 'pendingCancellation');
  const known = fc.dictionary(id, fc.record({ state: seldom(ended, 'acknowledged'), pointOfNoReturn: seldom(fc.constant(true), false) }));
  const rules = fc.constantFrom(usualPolicy.pointOfNoReturn, {
    alwaysOpen: ['/note'],
    rules: [{ states: ['inProgress' as const], flagged: false, paths: ['/product'] }],
  });

  test("is what the merge's own rules find, whatever the changes and whatever is known", () => {
    fc.assert(
      fc.property(known, changes, rules, (items, given, pointOfNoReturn) => {
        const productOrderItem = Object.entries(items).map(([own, item]) => ({ id: own, ...item }));
        const all = compileChanges(fromDocument('', { productOrderItem }), given, pointOfNoReturn).problems;
        const certain = all.filter(({ code }) => ['duplicate-item', 'item-already-cancelled', 'past-point-of-no-return'].includes(code));
        expect(certainProblems({ state: 'inProgress' }, knowing(items), given, pointOfNoReturn)).toEqual(certain);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is the same where an item that is open is not looked up, if nothing but amendments asks for it', () => {
    fc.assert(
      fc.property(known, changes, rules, (items, given, pointOfNoReturn) => {
        const isClosed = ({ state, pointOfNoReturn: flagged }: KnownItem) => flagged || closingStates(pointOfNoReturn).includes(state);
        const wanted = wantedItems(given);
        const named = [...knowing(items)].filter(([own]) => wanted.some(({ itemId }) => itemId === own));
        const found = named.filter(([, one]) => wanted.every(({ ifClosed }) => !ifClosed) || isClosed(one));
        const certainOf = (those: typeof named) => certainProblems({ state: 'inProgress' }, new Map(those), given, pointOfNoReturn);
        expect(certainOf(found)).toEqual(certainOf(named));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the policy at the door', () => {
  const detailOf = (submission: Submission): string[] =>
    submission.kind === 'refused' ? submission.problems.map(({ code, detail }) => `${code} ${detail.split(':')[0]}`) : [];
  const limited = (limits: Policy['limits'], line: Partial<Line> = {}): string[] =>
    detailOf(decide(command({ description: 'x' }), { line, policy: { limits } }));
  test('refuses one supplement too many, with the name of its rule; what waits counts as if it were accepted', () => {
    expect(limited({ supplementsPerOrder: 3 })).toEqual(['policy supplementsPerOrder']);
    expect(limited({ supplementsPerOrder: 4 })).toEqual([]);
    expect(limited({ supplementsPerOrder: 4 }, { waiting: 1 })).toEqual(['policy supplementsPerOrder']);
  });
  test('refuses one too many after confirmation, and none before it', () => {
    expect(limited({ supplementsAfterConfirmation: 1 })).toEqual(['policy supplementsAfterConfirmation']);
    expect(limited({ supplementsAfterConfirmation: 1 }, { state: 'acknowledged' })).toEqual([]);
    expect(limited({ supplementsAfterConfirmation: 1 }, { state: undefined })).toEqual([]);
  });
  test('refuses too short a notice, where the due date was heard of', () => {
    expect(limited({ leastNoticeHours: 48 }, { dueDate: '2026-06-02T00:00:00Z' })).toEqual(['policy leastNoticeHours']);
    expect(limited({ leastNoticeHours: 48 }, { dueDate: '2026-06-04T00:00:00Z' })).toEqual([]);
    expect(limited({ leastNoticeHours: 48 })).toEqual([]);
  });
  test('refuses an unknown reason code where it takes only known ones', () => {
    const coded = command({}, { request: { category: 'component', reason: { code: 'WHIM' }, changes: { description: 'x' } } });
    expect(detailOf(decide(coded, { policy: { reasonCodes: { extra: [], onlyKnown: true } } }))).toEqual(['policy onlyKnown']);
    expect(detailOf(decide(coded))).toEqual([]);
  });

  const operator: ApprovalRule = { name: 'vendor', when: { origins: ['vendor'] }, by: 'operator', waitHours: 24, onExpiry: 'expire' };
  const charged = (charge: Partial<Charge>, given: Partial<SubmitSupplement['request']> = {}): Submission => {
    const request = { category: 'construction' as const, changes: {}, charge: { category: 'construction' as const, ...charge }, ...given };
    return decide(command({}, { request }), { policy: { approvals: [operator, ...usualPolicy.approvals] } });
  };
  test('lets what needs an answer wait for it, without a sequence', () => {
    const submission = charged({ blocking: true, responseDueDate: '2026-06-09' }, { origin: 'vendor' });
    expect(submission).toMatchObject({
      kind: 'stored',
      supplement: {
        state: 'pendingApproval',
        place: 7,
        approvals: [
          { name: 'vendor', by: 'operator', dueDate: '2026-06-02T00:00:00.000Z', onExpiry: 'expire' },
          { name: 'blocking-charge', by: 'customer', dueDate: '2026-06-09T00:00:00.000Z', onExpiry: 'expire' },
        ],
        charge: { state: 'open', dueDate: '2026-06-09T00:00:00.000Z' },
      },
      line: aLine({ lastPlace: 7, waiting: 1 }),
    });
    expect(submission.kind === 'stored' && submission.supplement).not.toHaveProperty('sequence');
  });
  test('does not let a charge wait that blocks nothing: its answer is open beside', () => {
    expect(charged({})).toMatchObject({
      supplement: { state: 'accepted', sequence: 5, approvals: [], charge: { state: 'open', dueDate: '2026-06-04T00:00:00.000Z' } },
    });
  });
});
