import { expect, test } from '@jest/globals';
import { type ItemProgress, merge } from '#order-model';
import { AT } from './arbitraries.js';
import { anOrder } from './given.js';

/** A body that no schema let in: the merge is total all the same. */
test.each([null, 7, true, [], ['survey'], {}, { name: '' }, { name: 7 }, ''])(
  'a milestone that is %j is none, and the rest of the report counts',
  (milestone) => {
    const items = [{ id: '1', state: 'inProgress', milestone }] as unknown as ItemProgress[];
    const outcome = merge(anOrder({ 1: {} }), { kind: 'progress', id: 'p', by: 'fulfilment', version: 2, items }, AT);
    expect(outcome).toMatchObject({
      revision: {
        delta: [
          { path: '/productOrderItem/1/state', after: 'inProgress' },
          { path: '/state', after: 'inProgress' },
        ],
      },
    });
  },
);
