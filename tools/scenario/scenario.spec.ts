import { describe, expect, it } from '@jest/globals';
import type { Json, JsonObject } from '#order-model';
import { scenarioFaults, scenarioOf } from './scenario.js';

const order = { productOrderItem: [{ id: '1', action: 'add' }] };
const supplement = { category: 'component', changes: { description: 'x' } };

describe('a scenario', () => {
  it('may be played with every member that it knows', () => {
    const steps = [
      { supplement, name: 'first', expect: { state: 'merged', sequence: 1, revision: 2, problem: 'conflict' } },
      { amendment: { description: null }, basedOnRevision: 2, reason: 'why', expect: { version: 2 } },
      { progress: { items: [{ id: '1', state: 'inProgress' }] } },
      { cancel: {} },
    ];
    const effective = { revision: 5, state: 'cancelled', values: { '/description': null } };
    expect(scenarioFaults({ title: 'all', order: { $file: 'order.json' }, steps, effective })).toEqual([]);
    expect(scenarioFaults({ order, steps: [] })).toEqual([]);
  });

  it('says its steps by kind, with the order it names read', () => {
    const read = scenarioOf(
      { title: 't', order: { $file: 'o.json' }, steps: [{ amendment: { a: 1 }, basedOnRevision: 2, name: 'n' }] },
      order,
    );
    expect(read).toEqual({ title: 't', order, steps: [{ kind: 'amendment', body: { a: 1 }, basedOnRevision: 2, name: 'n' }] });
  });

  const faulty: [string, Json, string, RegExp][] = [
    ['that is no object', [], '', /must be an object/],
    ['with an unknown member', { order, steps: [], efective: {} }, '/efective', /known are title, order, steps, effective/],
    ['without an order', { steps: [] }, '/order', /must be an order/],
    ['whose order is a file and more', { order: { $file: 'a', id: '1' }, steps: [] }, '/order', /not both/],
    ['whose order is no file name', { order: { $file: 7 }, steps: [] }, '/order/$file', /must name a file/],
    ['without steps', { order }, '/steps', /list of steps/],
    ['with an empty step', { order, steps: [{ name: 'x' }] }, '/steps/0', /says nothing to do; it plays supplement, amendment/],
    [
      'with a step of later',
      { order, steps: [{ supplement }, { approve: 'x' }] },
      '/steps/1/approve',
      /not a step that this version plays; it plays supplement, amendment, progress, cancel/,
    ],
    [
      'with a step that does two things',
      { order, steps: [{ supplement, cancel: {} }] },
      '/steps/0',
      /supplement and cancel; make them two/,
    ],
    [
      'with a member of another kind of step',
      { order, steps: [{ supplement, basedOnRevision: 1 }] },
      '/steps/0/basedOnRevision',
      /not a member/,
    ],
    ['with a step of the wrong type', { order, steps: [{ progress: [] }] }, '/steps/0/progress', /must be an object/],
    [
      'with an unknown expectation',
      { order, steps: [{ supplement, expect: { status: 1 } }] },
      '/steps/0/expect/status',
      /known are state, revision/,
    ],
    [
      'with an expectation of the wrong type',
      { order, steps: [{ supplement, expect: { revision: '2' } }] },
      '/steps/0/expect/revision',
      /whole number/,
    ],
    ['with a value at no path', { order, steps: [], effective: { values: { 'a/b': 1 } } }, '/effective/values/a~1b', /begins with/],
    ['with a name such as constructor', { order, steps: [], constructor: 1 } as unknown as JsonObject, '/constructor', /not a member/],
    [
      'with an expectation named toString',
      { order, steps: [{ supplement, expect: { toString: 1 } }] } as unknown as Json,
      '/steps/0/expect/toString',
      /not a member/,
    ],
  ];
  it.each(faulty)('%s is refused', (_what, document, pointer, detail) => {
    expect(scenarioFaults(document)).toEqual([{ pointer, detail: expect.stringMatching(detail) }]);
  });

  it('lists every fault', () => {
    expect(scenarioFaults({ order: 1, steps: [{ x: 1 }, { cancel: 2 }], title: '' }).map(({ pointer }) => pointer)).toEqual([
      '/title',
      '/order',
      '/steps/0/x',
      '/steps/1/cancel',
    ]);
  });
});
