import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonText } from '#messaging';

const object = fc.dictionary(fc.string(), fc.jsonValue());

test('given any object, then its text is the one JSON has for it', () => {
  fc.assert(
    fc.property(object, (value) => {
      expect(JsonText.of(value).text).toBe(JSON.stringify(value));
    }),
  );
});

test('given any members and the text of one more, then the text is that of the whole object', () => {
  const members = object.filter((value) => Object.keys(value).length > 0 && !('one more' in value));
  fc.assert(
    fc.property(members, object, (some, more) => {
      expect(JsonText.with(some, 'one more', JsonText.of(more)).text).toBe(JSON.stringify({ ...some, 'one more': more }));
    }),
  );
});

test('given any object and more members, then the text with them is that of the whole object', () => {
  const more = object.map((value) => ({ ...value, 'one more': 1 }));
  fc.assert(
    fc.property(object, more, (first, then) => {
      fc.pre(Object.keys(then).every((name) => !Object.hasOwn(first, name)));
      // Not as texts: whole numbers that are names come first in an object, wherever they were put. As JSON has it: that knows no -0.
      expect(JSON.parse(JsonText.of(first).and(then).text)).toEqual(JSON.parse(JSON.stringify({ ...first, ...then })));
    }),
    { examples: [[{ '': [-0] }, { 'one more': 1 }]] },
  );
});

test('given a text within a value, when that is written, then it stands for its own value', () => {
  expect(JSON.stringify({ data: JsonText.of({ id: 'a' }) })).toBe('{"data":{"id":"a"}}');
});
