import { describe, expect, test } from '@jest/globals';
import { newestTouching, setProvenance } from '../src/provenance.js';

describe('the provenance of an order', () => {
  test('names the revision for each path that it set, and forgets what stood below', () => {
    const before = { '': 1, '/a': 2, '/a/b': 3, '/a/b/c': 4, '/a0': 5, '/a-': 6, '/ab': 7, '/z': 8 };
    expect(setProvenance(before, ['/a'], 9)).toEqual({ '': 1, '/a': 9, '/a0': 5, '/a-': 6, '/ab': 7, '/z': 8 });
    expect(setProvenance(before, ['/a/b', '/new'], 9)).toEqual({
      '': 1,
      '/a': 2,
      '/a/b': 9,
      '/a0': 5,
      '/a-': 6,
      '/ab': 7,
      '/z': 8,
      '/new': 9,
    });
  });
  test('forgets what stood below in whatever order it is kept', () => {
    expect(setProvenance({ '/z': 8, '/a/b': 3, '/m': 2, '/a': 2, '': 1, '/a/a': 4 }, ['/a'], 9)).toEqual({
      '': 1,
      '/a': 9,
      '/m': 2,
      '/z': 8,
    });
  });
  test('is all of one revision after that set the whole', () => {
    expect(setProvenance({ '': 1, '/a': 2 }, [''], 3)).toEqual({ '': 3 });
    expect(setProvenance({}, [''], 3)).toEqual({ '': 3 });
  });
  test('keeps a path set before one above it in the same revision', () => {
    expect(setProvenance({ '': 1 }, ['/a/b', '/a'], 2)).toEqual({ '': 1, '/a': 2, '/a/b': 2 });
  });
  test('is the very same where nothing was set, and never written to', () => {
    const before = Object.freeze({ '': 1, '/a': 2 });
    expect(setProvenance(before, [], 2)).toBe(before);
    expect(setProvenance(before, ['/a'], 3)).not.toBe(before);
  });
});

describe('the newest revision that touched a path', () => {
  const provenance = { '': 1, '/a': 2, '/a/b/c': 5, '/ab': 9, '/x~1y': 4 };
  test.each<[string, string[], number]>([
    ['is that of the path', ['a'], 5],
    ['is that of one above it', ['a', 'z'], 2],
    ['is that of one below it', ['a', 'b'], 5],
    ['is that of one far above it', ['a', 'b', 'c', 'd', 'e'], 5],
    ['is that of the whole where nothing else touches it', ['q', 'r'], 1],
    ['is never that of one whose name only begins alike', ['a', 'c'], 2],
    ['goes by the names, not by how they are written', ['x/y', 'z'], 4],
    ['is the newest of all for the whole', [], 9],
  ])('%s', (_what, tokens, revision) => {
    expect(newestTouching(provenance, tokens)).toBe(revision);
  });
  test('is 0 where none did', () => {
    expect(newestTouching({}, ['a'])).toBe(0);
    expect(newestTouching({ '/b': 3 }, ['a'])).toBe(0);
  });
});
