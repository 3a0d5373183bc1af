import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyChanges,
  diffDocuments,
  formatPath,
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
  test('of any JSON objects is found without throwing', () => {
    const object = anyJson.filter((json): json is JsonObject => typeof json === 'object' && json !== null && !Array.isArray(json));
    fc.assert(
      fc.property(object, object, (a, b) => expect(sameDocument(applyChanges(a, diffDocuments(a, b)), b)).toBe(true)),
      runs(),
    );
  });
});
