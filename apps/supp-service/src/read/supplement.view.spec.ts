import { expect, test } from '@jest/globals';
import { JsonText } from '#messaging';
import { anApproval, aSupplement } from '../../test/given.js';
import { arrivalOf, eventOf, stepOf } from '../supplement-event.js';
import { viewOf, viewTextOf } from './supplement.view.js';

const charge = { category: 'construction' as const, blocking: true };

test('a supplement reads back as posted, with what became of it', () => {
  expect(viewOf(aSupplement({ state: 'merged', revision: 4 }))).toEqual({
    category: 'component',
    changes: { description: 'x' },
    id: 's',
    orderId: 'o',
    state: 'merged',
    sequence: 2,
    revision: 4,
    submittedAt: '2026-06-01T00:00:00.000Z',
    by: 'upstream',
  });
});

test('one that waits shows for whom, until when, and what no answer means; its charge as posted, with its state', () => {
  const request = { category: 'construction' as const, changes: {}, charge };
  const approvals = [anApproval(), anApproval({ name: 'charge', by: 'customer', dueDate: '2026-06-01T12:00:00.000Z' })];
  const open = { state: 'open' as const, dueDate: '2026-06-01T12:00:00.000Z' };
  expect(viewOf(aSupplement({ state: 'pendingApproval', request, approvals, charge: open }))).toMatchObject({
    dueDate: '2026-06-01T12:00:00.000Z',
    approvals: [{ name: 'vendor', by: 'operator', dueDate: '2026-06-02T00:00:00.000Z', onExpiry: 'expire' }, { name: 'charge' }],
    charge: { ...charge, ...open },
  });
});

test('a new one is told of and answered with the text of its request at hand as it is without', () => {
  const request = { category: 'construction' as const, reason: { text: 'a "quoted" one' }, changes: { description: 'ø' } };
  const open = { state: 'open' as const, dueDate: '2026-06-01T12:00:00.000Z' };
  for (const supplement of [
    aSupplement({ request }),
    aSupplement({ request, reverts: 'r' }),
    aSupplement({ request, state: 'pendingApproval', approvals: [anApproval()] }),
    aSupplement({ request: { ...request, charge }, state: 'pendingApproval', approvals: [anApproval()], charge: open }),
  ]) {
    const text = JsonText.of(supplement.request);
    const { data, ...event } = arrivalOf(supplement, text);
    const { data: usual, ...attributes } = eventOf(stepOf(supplement), supplement, { at: supplement.submittedAt, by: supplement.by });
    expect(event).toEqual(attributes);
    expect(JSON.parse((data as JsonText).text)).toEqual(usual);
    expect(JSON.parse(viewTextOf(supplement, text).text)).toEqual(viewOf(supplement));
  }
});
