import { expect, test } from '@jest/globals';
import { anApproval, aSupplement } from '../../test/given.js';
import { viewOf } from './supplement.view.js';

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
