import type { Line } from '../src/line.js';
import type { Approval, Supplement } from '../src/supplement.js';

/** For specs: a line of an order in progress with six supplements, three of them accepted, one since its confirmation. */
export function aLine(given: Partial<Line> = {}): Line {
  return {
    lastSequence: 4,
    lastPlace: 6,
    accepted: 3,
    acceptedAfterConfirmation: 1,
    waiting: 0,
    state: 'inProgress',
    dueDate: undefined,
    ...given,
  };
}

/** For specs: a supplement of `upstream`; accepted as sequence 2 unless told otherwise. */
export function aSupplement(given: Partial<Supplement> = {}): Supplement {
  return {
    id: 's',
    orderId: 'o',
    place: 3,
    state: 'accepted',
    ...(given.state === 'pendingApproval' ? {} : { sequence: 2 }),
    request: { category: 'component', changes: { description: 'x' } },
    submittedAt: '2026-06-01T00:00:00.000Z',
    by: 'upstream',
    approvals: [],
    ...given,
  };
}

/** For specs: an approval that is waited for until 2 June. */
export function anApproval(given: Partial<Approval> = {}): Approval {
  return { name: 'vendor', by: 'operator', dueDate: '2026-06-02T00:00:00.000Z', onExpiry: 'expire', ...given };
}
