import { describe, expect, test } from '@jest/globals';
import { applyChanges, type Change, invert, type Json, type JsonObject, valueAt } from '#order-model';
import { amendment, anOrder, deltaOf } from './given.js';

/** The value, which nobody can write to any more. */
function frozen<T extends Json>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(Object.freeze(value))) frozen(inner);
  return value;
}
const put = (path: string, after: Json): Change => ({ path, after });
const remove = (path: string): Change => ({ path });
const note = (id: string, text: Json = id): JsonObject => ({ id, text });

describe('changes applied to a document', () => {
  test('never write to it, nor to what they bring, and share what they do not touch', () => {
    const doc = frozen({ a: { b: { c: 1 } }, note: [note('n'), note('m')], rest: { x: 1 } });
    const brought = frozen({ b: { c: 7 }, note: [note('p')] });
    const after = applyChanges(doc, [
      put('/a/b/c', 2),
      put('/a/b/d', 3),
      put('/note/n/text', 'x'),
      put('/note/q', note('q')),
      put('/new', brought),
      put('/new/b/c', 8),
      put('/new/note/p/text', 'y'),
      remove('/note/m'),
    ]);
    expect(after).toEqual({
      a: { b: { c: 2, d: 3 } },
      note: [note('n', 'x'), note('q')],
      new: { b: { c: 8 }, note: [note('p', 'y')] },
      rest: { x: 1 },
    });
    expect(after['rest']).toBe(doc.rest);
  });
  test('that are none, or take away what is not there, give the very same', () => {
    const doc = { a: 1, note: [note('n')] };
    expect(applyChanges(doc, [])).toBe(doc);
    expect(applyChanges(doc, [remove('/b'), remove('/a/b/c'), remove('/note/m'), remove('/note/m/text'), remove('/x/y')])).toBe(doc);
  });
  test('make the parents that are missing: objects, and elements under the name of a collection', () => {
    expect(applyChanges({}, [put('/a/b/c', 1)])).toEqual({ a: { b: { c: 1 } } });
    expect(applyChanges({}, [put('/note/place/x/y', 1)])).toEqual({ note: [{ id: 'place', x: { y: 1 } }] });
    expect(applyChanges({}, [put('/note/n/deep/place/site/floor', 2)])).toEqual({
      note: [{ id: 'n', deep: { place: [{ role: 'site', floor: 2 }] } }],
    });
    expect(applyChanges({ note: [note('m')] }, [put('/note/n/deep/x', 1)])).toEqual({ note: [note('m'), { id: 'n', deep: { x: 1 } }] });
  });
  test('put a whole element as it came, even without its key; what is none stands in an object of that name', () => {
    expect(applyChanges({}, [put('/note/n', { text: 'x' })])).toEqual({ note: [{ text: 'x' }] });
    expect(applyChanges({}, [put('/note/n', 7)])).toEqual({ note: { n: 7 } });
    expect(applyChanges({}, [put('/note/n/text', null)])).toEqual({ note: [{ id: 'n', text: null }] });
  });
  test('replace a parent that cannot hold the path', () => {
    expect(applyChanges({ a: 'text', b: [1, 2], note: 'none' }, [put('/a/x', 1), put('/b/0', 2), put('/note/n/text', 'x')])).toEqual({
      a: { x: 1 },
      b: { '0': 2 },
      note: [note('n', 'x')],
    });
    expect(applyChanges({ note: [{ text: 'no key' }] }, [put('/note/n/text', 'x')])).toEqual({ note: [note('n', 'x')] });
  });
  test('find each element by its key whatever went before: removed, added, or with another key now', () => {
    const doc = { note: [note('a'), note('b'), note('c')] };
    expect(applyChanges(doc, [remove('/note/a'), put('/note/c/text', 'x'), put('/note/b/text', 'y')])).toEqual({
      note: [note('b', 'y'), note('c', 'x')],
    });
    expect(applyChanges(doc, [put('/note/d', note('d')), put('/note/e/text', 'e'), put('/note/d/text', 'x'), put('/note/e/x', 1)])).toEqual(
      {
        note: [...doc.note, note('d', 'x'), { id: 'e', text: 'e', x: 1 }],
      },
    );
    expect(applyChanges(doc, [put('/note/a/id', 'z'), put('/note/z/text', 'x'), put('/note/a/text', 'new')])).toEqual({
      note: [note('z', 'x'), note('b'), note('c'), note('a', 'new')],
    });
    expect(applyChanges(doc, [put('/note/b', note('z')), put('/note/z/text', 'x'), put('/note/b/text', 'new')])).toEqual({
      note: [note('a'), note('z', 'x'), note('c'), note('b', 'new')],
    });
  });
  test('take a collection away with its last element, and leave an object that is empty', () => {
    expect(applyChanges({ a: { note: [note('n')], x: 1 } }, [remove('/a/note/n'), remove('/a/x')])).toEqual({ a: {} });
    expect(applyChanges({ note: [{ id: 'n', place: [{ role: 'site' }] }] }, [remove('/note/n/place/site')])).toEqual({
      note: [{ id: 'n' }],
    });
    expect(applyChanges({ note: [note('n')] }, [remove('/note/n'), put('/note/n/text', 'x')])).toEqual({ note: [note('n', 'x')] });
  });
  test('replace the whole by an object, or by an empty one', () => {
    expect(applyChanges({ a: 1 }, [put('', { b: 2 }), put('/c', 3)])).toEqual({ b: 2, c: 3 });
    expect(applyChanges({ a: 1 }, [put('', [7])])).toEqual({});
    expect(applyChanges({ a: 1 }, [remove('')])).toEqual({});
  });
  test('are taken back in their reverse order', () => {
    expect(invert([{ path: '/a', before: 1, after: 2 }, put('/b', null), { path: '/c', before: null }])).toEqual([
      { path: '/c', after: null },
      { path: '/b', before: null },
      { path: '/a', before: 2, after: 1 },
    ]);
    expect(Object.keys(invert([put('/b', 1)])[0] as Change)).toEqual(['path', 'before']);
    expect(Object.keys(invert([{ path: '/b', before: 1 }])[0] as Change)).toEqual(['path', 'after']);
  });
});

describe('what stands at a path', () => {
  test.each<[string, Json, string, Json | undefined]>([
    ['is the document itself for the empty one', { a: 1 }, '', { a: 1 }],
    ['is nothing inside a text, a number or null', { a: 'text', b: 7, c: null }, '/a/length', undefined],
    ['is nothing inside null', { c: null }, '/c/x', undefined],
    ['is nothing inside an array that is one value', { a: [{ id: 'n' }] }, '/a/n', undefined],
    ['is nothing inside an array under no name', [{ id: 'n' }], '/n', undefined],
    ['is nothing below an element that is not there', { note: [{ id: 'n' }, { id: 'm' }] }, '/note/o/id', undefined],
    ['is found below an element', { note: [{ id: 'n', place: [{ role: 'a', x: 1 }] }] }, '/note/n/place/a/x', 1],
  ])('%s', (_what, doc, path, value) => {
    expect(valueAt(doc, path)).toEqual(value);
  });
});

describe('a change of the base order is told at the highest path that it made or replaced', () => {
  const made = (path: string, after: Json | undefined, attributes: JsonObject = {}): readonly Change[] =>
    deltaOf(amendment(anOrder({ 1: {} }, attributes), [{ path, ...(after === undefined ? {} : { after }) }]));
  test.each<[string, JsonObject, string, Json | undefined, readonly Change[]]>([
    ['what stood there, and what stands there', { a: 1 }, '/a', 2, [{ path: '/a', before: 1, after: 2 }]],
    ['what is gone', { a: 1 }, '/a', undefined, [{ path: '/a', before: 1 }]],
    ['what was not there', {}, '/a', undefined, []],
    ['an object', {}, '/a/b/c', 1, [{ path: '/a', after: { b: { c: 1 } } }]],
    ['an object in another', { a: { x: 1 } }, '/a/b/c', 1, [{ path: '/a/b', after: { c: 1 } }]],
    ['a text replaced', { a: 'text' }, '/a/b', 1, [{ path: '/a', before: 'text', after: { b: 1 } }]],
    ['an element of a new collection', {}, '/note/n/text', 'x', [{ path: '/note/n', after: note('n', 'x') }]],
    ['an element of one that is there', { note: [note('m')] }, '/note/n/text', 'x', [{ path: '/note/n', after: note('n', 'x') }]],
    [
      'a text in place of a collection',
      { note: 'none' },
      '/note/n/text',
      'x',
      [{ path: '/note', before: 'none', after: [note('n', 'x')] }],
    ],
    ['an object that is no element', {}, '/note/n', 7, [{ path: '/note', after: { n: 7 } }]],
    ['a collection in a new element', {}, '/note/n/place/a/x', 1, [{ path: '/note/n', after: { id: 'n', place: [{ role: 'a', x: 1 }] } }]],
    [
      'a new collection in an element',
      { note: [note('n')] },
      '/note/n/place/a/x',
      1,
      [{ path: '/note/n/place/a', after: { role: 'a', x: 1 } }],
    ],
  ])('%s', (_what, attributes, path, after, changes) => {
    expect(made(path, after, attributes)).toStrictEqual(changes);
  });
});
