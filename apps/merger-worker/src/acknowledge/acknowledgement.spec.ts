import { describe, expect, test } from '@jest/globals';
import { type Acknowledge, type Acknowledgement, decideAcknowledgement } from './acknowledgement.js';

const said = (revision: number, status: 'ack' | 'nack' = 'ack'): Acknowledge => ({
  orderId: 'o',
  consumer: 'fulfilment',
  revision,
  status,
  by: 'x',
  at: '2026-06-01T00:00:00.000Z',
});
const known = (revision: number, acked: number): Acknowledgement => ({ ...said(revision), number: 1, acked });
const acked = (head: number, before: Acknowledgement | undefined, now: Acknowledge): number | string => {
  const decision = decideAcknowledgement(head, before, now, 2);
  return decision.kind === 'latest' ? decision.latest.acked : decision.kind;
};

describe('a consumer that acknowledges a revision', () => {
  test('works from it', () => {
    expect(acked(5, undefined, said(4))).toBe(4);
    expect(acked(5, known(3, 3), said(5))).toBe(5);
  });
  test('is refused one that is not there yet', () => {
    expect(decideAcknowledgement(5, undefined, said(6), 1)).toEqual({
      kind: 'refused',
      detail: 'the order is at revision 5; there is no revision 6 yet',
    });
  });
  test('and says so late changes nothing', () => {
    expect(acked(5, known(4, 4), said(3))).toBe('late');
    expect(acked(5, known(4, 4), said(3, 'nack'))).toBe('late');
  });
});

describe('a consumer that refuses a revision', () => {
  test('goes on working from the one it had', () => {
    expect(acked(5, known(3, 3), said(5, 'nack'))).toBe(3);
    expect(acked(5, undefined, said(5, 'nack'))).toBe(0);
  });
  test('takes back that it works from that one', () => {
    expect(acked(5, known(5, 5), said(5, 'nack'))).toBe(4);
  });
  test('and takes it after all works from it', () => {
    expect(acked(5, known(5, 3), said(5))).toBe(5);
  });
});
