import { describe, expect, it } from '@jest/globals';
import type { Json, JsonObject } from '#order-model';
import { scenarioOf } from './scenario.js';
import { scenarioFaults } from './shape.js';

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

  it('may be played with everything that is done about supplements, and every check', () => {
    const steps = [
      { supplement: { externalId: 'PON-1', ...supplement } },
      { supplement, expect: { state: 'pendingApproval', approvals: ['blocking-charge'], charge: 'open' } },
      { supplement, name: 'third' },
      { approve: 'PON-1', reason: 'go' },
      { accept: '2' },
      { decline: 'third', expect: { state: 'declined', charge: 'declined' } },
      { withdraw: 'third' },
      { resolve: { supplement: '2', action: 'edit', changes: {} }, reason: 'measured again' },
      { revert: 'PON-1', name: 'back', expect: { state: 'reverted', delta: { '/a': null, '': {} }, plan: [{ itemId: '1' }] } },
      { revert: 'back', expect: { price: [], overwritten: ['/a'] } },
      { preview: supplement, expect: { state: 'merged', revision: 2, delta: {} } },
      { changeability: { amend: { '/a': true }, cancel: { '': 'dependency', '/productOrderItem/1': true }, add: true } },
      { asOf: 1, expect: { state: 'acknowledged', values: { '/a': 1 } } },
      { diff: { from: 1, to: 2 }, expect: { delta: {} } },
      { provenance: '/a', expect: { revision: 1 } },
      { acknowledge: { consumer: 'c', revision: 1, status: 'ack' }, expect: { lag: 0 } },
      { lag: { c: 0 } },
      { verify: true, expect: { revision: 4 } },
      { rebuild: true },
    ];
    expect(scenarioFaults({ order, steps })).toEqual([]);
    expect(
      scenarioOf({ steps }, order)
        .steps.map((step) => ('known' in step ? step.known : step.kind))
        .slice(0, 4),
    ).toEqual(['PON-1', '2', 'third', 'approve']);
  });

  const about: [string, Json, string, RegExp][] = [
    ['that nobody made', [{ supplement }, { approve: 'x' }], '/steps/1/approve', /no step before it makes .*; there are 1$/],
    ['that comes later', [{ revert: '1' }, { supplement }], '/steps/0/revert', /no step before it makes .*; there is none$/],
    ['of two', [{ supplement, name: 'a' }, { supplement, name: 'a' }, { accept: 'a' }], '/steps/2/accept', /^2 steps before it/],
    ['resolved, that nobody made', [{ resolve: { supplement: 'x', action: 'drop' } }], '/steps/0/resolve/supplement', /no step before/],
    ['that is no name', [{ withdraw: 7 }], '/steps/0/withdraw', /must be a text/],
  ];
  it.each(about)('with a step about a supplement %s is refused', (_what, steps, pointer, detail) => {
    expect(scenarioFaults({ order, steps })).toEqual([{ pointer, detail: expect.stringMatching(detail) }]);
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
      'with a step of another version',
      { order, steps: [{ supplement }, { escalate: 'x' }] },
      '/steps/1/escalate',
      /not a step that this version plays; it plays supplement, amendment, progress, cancel, approve/,
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
    ['with a resolution of nothing', { order, steps: [{ resolve: { action: 'drop' } }] }, '/steps/0/resolve/supplement', /is missing/],
    [
      'with a resolution of another kind',
      { order, steps: [{ supplement }, { resolve: { supplement: '1', action: 'explode' } }] },
      '/steps/1/resolve/action',
      /must be apply, edit or drop/,
    ],
    ['with a verification of what', { order, steps: [{ verify: 'all' }] }, '/steps/0/verify', /must be true/],
    ['with a provenance of no path', { order, steps: [{ provenance: 'a' }] }, '/steps/0/provenance', /must be a keyed path/],
    ['with a lag of no number', { order, steps: [{ lag: { c: -1 } }] }, '/steps/0/lag/c', /0 or more/],
    [
      'with a changeability of no answer',
      { order, steps: [{ changeability: { amend: { '/a': false } } }] },
      '/steps/0/changeability/amend/~1a',
      /must be true or the code/,
    ],
    [
      'with an expectation of another kind of step',
      { order, steps: [{ verify: true, expect: { lag: 1 } }] },
      '/steps/0/expect/lag',
      /known are revision$/,
    ],
    ['with a plan that is no list', { order, steps: [{ supplement, expect: { plan: {} } }] }, '/steps/0/expect/plan', /list of objects/],
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
