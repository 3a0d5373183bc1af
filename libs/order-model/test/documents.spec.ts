import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyChanges,
  type Change,
  canonical,
  diffDocuments,
  formatPath,
  type Json,
  type JsonObject,
  mergePatch,
  parsePath,
  patchChanges,
  sameDocument,
  valueAt,
} from '#order-model';
import { anyJson, orderDocument, supplementChanges } from './arbitraries.js';
import { expectSame } from './line.js';
import { runs } from './runs.js';

describe('keyed paths', () => {
  test('round trip, whatever the tokens hold', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (tokens) => expect(parsePath(formatPath(tokens))).toEqual(tokens)),
      runs(),
    );
  });
  test('are read without their leading slash as with it, and have no token where they are empty', () => {
    expect([parsePath('a/b~1c'), parsePath('/a/b~1c'), parsePath('/'), parsePath('')]).toEqual([['a', 'b/c'], ['a', 'b/c'], [''], []]);
    expect([formatPath(['a', 'b/~c']), formatPath([''])]).toEqual(['/a/b~1~0c', '/']);
  });
  test('name an element by its key, never by its index', () => {
    const doc = {
      relatedParty: [{ id: '7', role: 'a:b' }, { id: '8' }],
      place: [{ role: 'site', id: 'x' }, { id: 'y' }],
      agreement: [{ id: '1', agreementItemId: '2' }],
    };
    expect(valueAt(doc, '/relatedParty/a%3Ab:7/id')).toBe('7');
    expect(valueAt(doc, '/relatedParty/8/id')).toBe('8');
    expect(valueAt(doc, '/place/site/id')).toBe('x');
    expect(valueAt(doc, '/place/y/id')).toBe('y');
    expect(valueAt(doc, '/agreement/1:2/id')).toBe('1');
    expect(valueAt(doc, '/relatedParty/0')).toBeUndefined();
    expect(valueAt(doc, '/constructor')).toBeUndefined();
  });
});

describe('keyed merge patch', () => {
  test('merges objects, replaces atomic arrays, removes by null: RFC 7396', () => {
    expect(mergePatch({ a: { b: 1, c: 2 }, d: [1, 2] }, { a: { b: null, e: 3 }, d: [3], f: { g: null, h: 1 } })).toEqual({
      a: { c: 2, e: 3 },
      d: [3],
      f: { h: 1 },
    });
  });
  test('merges keyed collections element by element and removes by key', () => {
    const doc = {
      note: [
        { id: '1', text: 'a', author: 'x' },
        { id: '2', text: 'b' },
      ],
    };
    expect(
      mergePatch(doc, {
        note: [
          { id: '1', text: 'c' },
          { id: '2', $patch: 'delete' },
          { id: '3', text: 'd' },
        ],
      }),
    ).toEqual({
      note: [
        { id: '1', text: 'c', author: 'x' },
        { id: '3', text: 'd' },
      ],
    });
  });
  test('takes an array whose elements lack the key as one value', () => {
    expect(mergePatch({ note: [{ id: '1', text: 'a' }] }, { note: [{ text: 'b' }] })).toEqual({ note: [{ text: 'b' }] });
  });
  test('says each change at its own path, with before and after', () => {
    expect(patchChanges({ a: 1, note: [{ id: '1', text: 'a' }] }, { a: null, b: { c: 1 }, note: [{ id: '1', text: 'b' }] })).toEqual([
      { path: '/a', before: 1 },
      { path: '/b', after: { c: 1 } },
      { path: '/note/1/text', before: 'a', after: 'b' },
    ]);
  });
  test.each<[string, JsonObject, JsonObject, readonly Change[]]>([
    ['a removal of what is not there', { a: 1 }, { b: null, note: null }, []],
    ['a null that stands there', { a: null }, { a: null }, [{ path: '/a', before: null }]],
    [
      'an element removed that is not there, with its collection or without',
      { note: [{ id: 'a' }] },
      { note: [{ id: 'b', $patch: 'delete' }], place: [{ role: 'x', $patch: 'delete' }] },
      [],
    ],
    [
      'removals alone where no collection stands',
      { note: 'text', place: [7] },
      { note: [{ id: 'b', $patch: 'delete' }], place: [{ role: 'x', $patch: 'delete' }] },
      [],
    ],
    [
      'an element in place of what is no collection',
      { note: 'text' },
      {
        note: [
          { id: 'a', $patch: 'delete' },
          { id: 'b', x: null },
        ],
      },
      [{ path: '/note', before: 'text', after: [{ id: 'b' }] }],
    ],
    ['a collection without elements in place of a text', { note: 'text' }, { note: [] }, [{ path: '/note', before: 'text', after: [] }]],
    [
      'a new element, without nulls and markers',
      { note: [{ id: 'a' }] },
      {
        note: [
          {
            id: 'b',
            $patch: 'x',
            y: null,
            place: [
              { role: 'r', $patch: 'delete' },
              { role: 's', $patch: 'x', z: null },
            ],
          },
        ],
      },
      [{ path: '/note/b', after: { id: 'b', place: [{ role: 's' }] } }],
    ],
    [
      'an element that is there, its marker left out',
      { note: [{ id: 'a', x: 1 }] },
      { note: [{ id: 'a', $patch: 'x', x: 2 }] },
      [{ path: '/note/a/x', before: 1, after: 2 }],
    ],
    [
      'an element with its escaped key',
      { note: [{ id: 'a/b' }] },
      { note: [{ id: 'a/b', x: 1 }, { id: 'c/d' }] },
      [
        { path: '/note/a~1b/x', after: 1 },
        { path: '/note/c~1d', after: { id: 'c/d' } },
      ],
    ],
    [
      'an atomic array as it came',
      {},
      { a: [null, { b: null, $patch: 'delete' }] },
      [{ path: '/a', after: [null, { b: null, $patch: 'delete' }] }],
    ],
    [
      'an object in place of an array, and an array of an object',
      { a: [1], b: { x: 1 } },
      { a: { x: 1, y: null }, b: [1] },
      [
        { path: '/a', before: [1], after: { x: 1 } },
        { path: '/b', before: { x: 1 }, after: [1] },
      ],
    ],
    [
      'nothing where the same stands in another order',
      { a: [1, { x: 1, y: 2 }], note: [{ id: 'a' }, { id: 'b' }] },
      { a: [1, { y: 2, x: 1 }], note: [{ id: 'b' }, { id: 'a' }] },
      [],
    ],
  ])('says %s', (_what, doc, patch, changes) => {
    expect(patchChanges(doc, patch)).toStrictEqual(changes);
    expect(patchChanges(doc, patch, '/under/1')).toEqual(changes.map((change) => ({ ...change, path: `/under/1${change.path}` })));
  });
  test('taken twice changes nothing the second time', () => {
    fc.assert(
      fc.property(orderDocument, supplementChanges, (doc, patch) => {
        const once = mergePatch(doc, patch);
        expect(sameDocument(mergePatch(once, patch), once)).toBe(true);
      }),
      runs(),
    );
  });
  test('names of prototypes are data', () => {
    const patch = JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":2}}') as JsonObject;
    const merged = mergePatch({}, patch);
    expect(Object.keys(merged)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(Object.getOwnPropertyDescriptor(merged, '__proto__')).toEqual({
      value: { x: 1 },
      writable: true,
      enumerable: true,
      configurable: true,
    });
    expect(Object.keys(mergePatch(merged, JSON.parse('{"__proto__":null}') as JsonObject))).toEqual(['constructor']);
  });
});

describe('the difference of two documents', () => {
  test('applied to the first gives the second', () => {
    fc.assert(
      fc.property(orderDocument, orderDocument, (a, b) => expectSame(applyChanges(a, diffDocuments(a, b)), b)),
      runs(),
    );
  });
  test('of a document and itself in another order is nothing', () => {
    expect(diffDocuments({ a: 1, note: [{ id: '1' }, { id: '2' }] }, { note: [{ id: '2' }, { id: '1' }], a: 1 })).toEqual([]);
  });
  test.each<[string, JsonObject, JsonObject, readonly Change[]]>([
    ['an attribute that is new, as a whole', {}, { a: { b: 1 } }, [{ path: '/a', after: { b: 1 } }]],
    ['an attribute that is gone, as a whole', { a: { b: 1 } }, {}, [{ path: '/a', before: { b: 1 } }]],
    [
      'a null that came or went',
      { a: null },
      { b: null },
      [
        { path: '/a', before: null },
        { path: '/b', after: null },
      ],
    ],
    [
      'leaves, by their names',
      { c: 1, a: { z: 1, y: 2 } },
      { c: 2, a: { z: 3, x: 1 } },
      [
        { path: '/a/x', after: 1 },
        { path: '/a/y', before: 2 },
        { path: '/a/z', before: 1, after: 3 },
        { path: '/c', before: 1, after: 2 },
      ],
    ],
    [
      'elements, by their keys: those before in their order, then the new ones',
      { note: [{ id: 'a/b' }, { id: 'c', text: 1, place: [{ role: 'x', floor: 1 }] }] },
      { note: [{ id: 'd/e' }, { id: 'c', text: 2, place: [{ role: 'x', floor: 2 }] }] },
      [
        { path: '/note/a~1b', before: { id: 'a/b' } },
        { path: '/note/c/place/x/floor', before: 1, after: 2 },
        { path: '/note/c/text', before: 1, after: 2 },
        { path: '/note/d~1e', after: { id: 'd/e' } },
      ],
    ],
    [
      'each element of a new collection',
      {},
      { note: [{ id: 'a' }, { id: 'b' }] },
      [
        { path: '/note/a', after: { id: 'a' } },
        { path: '/note/b', after: { id: 'b' } },
      ],
    ],
    ['a collection that is gone, as a whole', { note: [{ id: 'a' }] }, {}, [{ path: '/note', before: [{ id: 'a' }] }]],
    ['a collection in place of a text', { note: 'x' }, { note: [{ id: 'a' }] }, [{ path: '/note', before: 'x', after: [{ id: 'a' }] }]],
    [
      'an array that is no collection any more, or was none',
      { note: [{ id: 'a' }], place: [7] },
      { note: [7], place: [{ role: 'a' }] },
      [
        { path: '/note', before: [{ id: 'a' }], after: [7] },
        { path: '/place', before: [7], after: [{ role: 'a' }] },
      ],
    ],
    [
      'an array under any other name, as a whole',
      { a: [{ id: 'a' }, 1] },
      { a: [1, { id: 'a' }] },
      [{ path: '/a', before: [{ id: 'a' }, 1], after: [1, { id: 'a' }] }],
    ],
    ['nothing of a collection without elements, which says the same as none', { note: [] }, { place: [] }, []],
    [
      'an empty array under any other name',
      { a: [] },
      { b: [] },
      [
        { path: '/a', before: [] },
        { path: '/b', after: [] },
      ],
    ],
    [
      'nothing of values that are equal',
      { a: [1, { b: [] }], note: [{ id: 'a', x: [1] }] },
      { note: [{ id: 'a', x: [1] }], a: [1, { b: [] }] },
      [],
    ],
    [
      'an object in place of an array, and a number of a text',
      { a: {}, b: 1 },
      { a: [], b: '1' },
      [
        { path: '/a', before: {}, after: [] },
        { path: '/b', before: 1, after: '1' },
      ],
    ],
  ])('tells %s', (_what, a, b, changes) => {
    expect(diffDocuments(a, b)).toStrictEqual(changes);
    expect(sameDocument(a, b)).toBe(changes.length === 0);
    expect(diffDocuments(b, a).length > 0).toBe(changes.length > 0);
  });
  test('deeper than any door lets in is told of the value at level 128 as a whole', () => {
    const inObjects = (levels: number, leaf: Json): JsonObject => {
      let value = leaf;
      for (let level = 0; level < levels; level += 1) value = { a: value };
      return value as JsonObject;
    };
    expect(diffDocuments(inObjects(127, 1), inObjects(127, 2)).map(({ path }) => path)).toEqual(['/a'.repeat(127)]);
    expect(diffDocuments(inObjects(300, 1), inObjects(300, 2)).map(({ path }) => path)).toEqual(['/a'.repeat(128)]);
    const inNotes = (levels: number, leaf: Json): JsonObject => {
      let value: JsonObject = { leaf };
      for (let level = 0; level < levels; level += 1) value = { note: [{ id: 'n', ...value }] };
      return value;
    };
    expect(diffDocuments(inNotes(150, 1), inNotes(150, 2)).map(({ path }) => path)).toEqual(['/note/n'.repeat(64)]);
    expect(diffDocuments(inNotes(63, 1), inNotes(63, 2)).map(({ path }) => path)).toEqual([`${'/note/n'.repeat(63)}/leaf`]);
  });
  test('of any JSON objects is found without throwing', () => {
    const object = anyJson.filter((json): json is JsonObject => typeof json === 'object' && json !== null && !Array.isArray(json));
    fc.assert(
      fc.property(object, object, (a, b) => expect(sameDocument(applyChanges(a, diffDocuments(a, b)), b)).toBe(true)),
      runs(),
    );
  });
});

describe('the canonical form of a document', () => {
  test('sorts attributes by name and elements by key, and leaves out collections without elements', () => {
    const form = canonical({
      note: [{ text: 'x', id: 'b' }, { id: 'a' }],
      c: [2, 1],
      place: [],
      b: [],
      a: { z: [{ id: 2 }, { id: 1 }], y: null },
    });
    expect(JSON.stringify(form)).toBe(
      '{"a":{"y":null,"z":[{"id":2},{"id":1}]},"b":[],"c":[2,1],"note":[{"id":"a"},{"id":"b","text":"x"}]}',
    );
    expect(canonical([{ id: 'b' }, { id: 'a' }])).toEqual([{ id: 'b' }, { id: 'a' }]);
    const mixed = { note: [{ id: 'b' }, { id: 'a' }, { text: 'no key' }] };
    expect(canonical(mixed)).toEqual(mixed);
    expect([canonical(null), canonical('x'), canonical(7)]).toEqual([null, 'x', 7]);
    expect(canonical({ note: '', place: null, quote: {}, milestone: [7] })).toEqual({ note: '', place: null, quote: {}, milestone: [7] });
  });
  test('is taken inside arrays too, and as far down as level 128', () => {
    const notes = (...ids: string[]): JsonObject => ({ note: ids.map((id) => ({ id })) });
    const inside = (levels: number, value: Json): Json => {
      let outer = value;
      for (let level = 0; level < levels; level += 1) outer = level % 2 === 0 ? { a: outer } : [outer];
      return outer;
    };
    expect(sameDocument(inside(126, notes('a', 'b')), inside(126, notes('b', 'a')))).toBe(true);
    expect(sameDocument(inside(127, notes('a', 'b')), inside(127, notes('b', 'a')))).toBe(false);
    expect(sameDocument(inside(100_000, 1), inside(100_000, 1))).toBe(true);
    expect(sameDocument(inside(100_000, 1), inside(100_000, 2))).toBe(false);
  });
  test.each<[Json, Json, boolean]>([
    [{ a: 1 }, { a: 1 }, true],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: 1 }, { a: 1, b: 1 }, false],
    [{ a: 1, b: 1 }, { a: 1 }, false],
    [{ a: {} }, { a: [] }, false],
    [{ a: [] }, { a: {} }, false],
    [{ a: null }, { a: {} }, false],
    [{ a: {} }, { a: null }, false],
    [{ a: {} }, { a: 'x' }, false],
    [{ a: 1 }, { a: {} }, false],
    [JSON.parse('{"__proto__":{}}'), { b: 1 }, false],
    [[1, 2], [1], false],
    [[1], [1, 2], false],
    [[1, 2], [2, 1], false],
    [[[1], { a: [2] }], [[1], { a: [2] }], true],
    [[], {}, false],
    [{}, [], false],
    [1, '1', false],
    [null, null, true],
    [{}, null, false],
  ])('of %j and %j: the same is %j', (a, b, same) => {
    expect(sameDocument(a, b)).toBe(same);
  });
});
