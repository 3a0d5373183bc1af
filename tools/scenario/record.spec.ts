import { describe, expect, it } from '@jest/globals';
import type { JsonObject, Revision } from '#order-model';
import { recordDifferences, toldDifferences } from './record.js';

const posted: JsonObject = {
  externalId: 'x',
  reviewedBy: null,
  odd: { list: [3, 1] },
  productOrderItem: [{ id: '1', action: 'add', vlan: 1 }],
};
const created: JsonObject = {
  ...posted,
  id: 'o',
  href: '/o',
  orderDate: '2026-01-01T00:00:00Z',
  state: 'acknowledged',
  productOrderItem: [{ id: '1', action: 'add', vlan: 1, state: 'acknowledged' }],
};
const revision = (number: number, delta: Revision['delta']): Revision => ({
  orderId: 'o',
  revision: number,
  at: '2026-01-01T00:00:00Z',
  cause: { kind: 'supplement', id: 's', by: 'test' },
  state: 'acknowledged',
  delta,
  plan: [],
});
const revisions = [revision(1, [{ path: '', after: created }]), revision(2, [{ path: '/productOrderItem/1/vlan', before: 1, after: 7 }])];
const effective: JsonObject = { ...created, productOrderItem: [{ state: 'acknowledged', vlan: 7, action: 'add', id: '1' }] };

describe('the record of revisions', () => {
  it('accounts for the effective order: nothing lost of what was posted, nothing changed but by a delta', () => {
    expect(recordDifferences(posted, revisions, effective)).toEqual([]);
  });

  it('does not account for an attribute that was lost or changed on the way, even if the first revision lost it too', () => {
    const { odd: _lost, ...less } = effective;
    const early = [revision(1, [{ path: '', after: { ...created, odd: null } }]), ...revisions.slice(1)];
    expect(recordDifferences(posted, early, { ...less, odd: null })).toEqual([
      { what: '/odd (the posted order with all deltas applied)', expected: '{"list":[3,1]}', got: 'null' },
    ]);
    expect(recordDifferences(posted, revisions, { ...effective, odd: { list: [1, 3] } }).map(({ what }) => what)).toEqual([
      '/odd/list (deltas of all revisions replayed)',
      '/odd/list (the posted order with all deltas applied)',
    ]);
    const { reviewedBy: _null, ...withoutNull } = effective;
    expect(recordDifferences(posted, revisions, withoutNull)).toHaveLength(2);
  });

  it('does not account for a change that no delta tells of', () => {
    const changed = { ...effective, productOrderItem: [{ id: '1', action: 'add', vlan: 9, state: 'acknowledged' }] };
    expect(recordDifferences(posted, revisions, changed)[0]).toEqual({
      what: '/productOrderItem/1/vlan (deltas of all revisions replayed)',
      expected: '7',
      got: '9',
    });
  });

  it('is what downstream was told', () => {
    const told = new Map(revisions.map((one) => [one.revision, one]));
    expect(toldDifferences(revisions, told)).toEqual([]);
    const other = new Map(told).set(2, revision(2, []));
    expect(toldDifferences(revisions, other)).toEqual([expect.objectContaining({ what: 'delta of revision 2 downstream', got: '[]' })]);
  });
});
