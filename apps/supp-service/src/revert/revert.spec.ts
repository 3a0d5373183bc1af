import { describe, expect, test } from '@jest/globals';
import { aSupplement } from '../../test/given.js';
import { obstacleToRevert, requestToRevert } from './revert.js';

const merged = aSupplement({ state: 'merged', revision: 4 });
const revision = { revision: 4, delta: [{ path: '/description', before: 'old', after: 'x' }] };

describe('a revert', () => {
  test('is a supplement that has seen the revision it takes back, and refuses to go over a later one', () => {
    expect(requestToRevert(merged, revision, {})).toEqual({
      request: {
        category: 'correction',
        reason: { text: 'reverts s' },
        basedOnRevision: 4,
        onConflict: 'reject',
        changes: { description: 'old' },
      },
      problems: [],
    });
    expect(requestToRevert(merged, revision, { externalId: 'PON-9', reason: { code: '1P' } }).request).toMatchObject({
      externalId: 'PON-9',
      reason: { code: '1P' },
    });
  });
  test('that no partial order can say is refused', () => {
    const cancelled = { revision: 4, delta: [{ path: '/productOrderItem/1/state', before: 'acknowledged', after: 'cancelled' }] };
    expect(requestToRevert(merged, cancelled, {}).problems).toMatchObject([{ code: 'not-amendable', itemId: '1' }]);
  });
  test('is only of what is merged', () => {
    expect(obstacleToRevert(merged)).toBeUndefined();
    for (const state of ['pendingApproval', 'accepted', 'held', 'rejected', 'reverted'] as const) {
      expect(obstacleToRevert(aSupplement({ state }))).toMatchObject({ kind: 'wrongState', wanted: 'reverted' });
    }
  });
});
