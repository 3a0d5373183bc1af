import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { ArrayMinSize, IsArray, IsDefined, IsIn, IsInt, IsObject, IsOptional, IsString, Length, ValidateNested } from 'class-validator';
import fc from 'fast-check';
import { readBody } from './body.js';
import { ProblemError, type ProblemFault } from './problem.js';

class PriceBody {
  @IsString()
  @Length(3, 3)
  unit!: string;

  @IsInt()
  value!: number;
}

class PartBody {
  static readonly nested = { price: PriceBody };

  @IsString()
  id!: string;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  price!: PriceBody;
}

class RequestBody {
  static readonly nested = { parts: PartBody, price: PriceBody };

  @IsIn(['one', 'two'])
  category!: string;

  @IsDefined()
  @IsObject()
  changes!: object;

  @IsOptional()
  @IsInt()
  revision!: number;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  price!: PriceBody;

  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ValidateNested({ each: true })
  parts!: PartBody[];
}

const fits = { category: 'one', changes: {} };

function refusal(plain: unknown): ProblemError {
  try {
    readBody(RequestBody, plain);
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('the body was taken');
}
const faultsOf = (plain: unknown): readonly ProblemFault[] => refusal(plain).errors ?? [];
const pointers = (plain: unknown): (string | undefined)[] => faultsOf(plain).map(({ pointer }) => pointer);
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

describe('readBody', () => {
  it('given a body that fits, gives its attributes as they came', () => {
    const plain = { ...fits, revision: 3, price: { unit: 'EUR', value: 7 }, parts: [{ id: '1', price: { unit: 'EUR', value: 1 } }] };
    const body = readBody(RequestBody, plain);
    expect(body).toBeInstanceOf(RequestBody);
    expect(body.parts[0]?.price).toBeInstanceOf(PriceBody);
    expect(JSON.parse(JSON.stringify(body))).toEqual(plain);
  });

  it.each([[undefined], [null], ['text'], [7], [[]], [[fits]]])('given %j, which is no object, says what to send', (plain) => {
    expect(refusal(plain)).toMatchObject({ status: 400, code: 'invalid-body' });
    expect(faultsOf(plain)).toEqual([{ pointer: '', code: 'invalid-type', detail: 'send a JSON object as application/json' }]);
  });

  it('given several faults, names each by its JSON Pointer', () => {
    const plain = { category: 'three', changes: {}, revision: 'x', price: { unit: 'EURO', value: 1.5, tax: 2 }, parts: [{}, { id: 2 }] };
    expect(pointers(plain).sort()).toEqual(
      ['/category', '/revision', '/price/unit', '/price/value', '/price/tax', '/parts/0/id', '/parts/1/id'].sort(),
    );
    expect(refusal(plain).message).toMatch(/^\/.*: .* \(and 6 more, see errors\)$/);
  });

  it.each(['priority', 'a/b~c', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', ''])(
    'given the attribute %j that it does not know, refuses it',
    (name) => {
      const plain = JSON.parse(`{"category":"one","changes":{},${JSON.stringify(name)}:{"polluted":true}}`) as unknown;
      const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      expect(faultsOf(plain)).toEqual([
        { pointer, code: 'unknown-attribute', detail: `${name} is not an attribute of this body; leave it out` },
      ]);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      expect(pointers({ ...fits, price: JSON.parse(`{"unit":"EUR","value":1,${JSON.stringify(name)}:null}`) })).toEqual([
        `/price${pointer}`,
      ]);
    },
  );

  it('given prototype names inside data of no fixed shape, keeps them as data', () => {
    const changes = JSON.parse('{"constructor":{"prototype":1},"toString":"x"}') as object;
    expect(readBody(RequestBody, { ...fits, changes }).changes).toEqual(changes);
  });

  it('given null for an optional attribute, takes it as absent', () => {
    const body = readBody(RequestBody, { ...fits, revision: null, price: null, parts: [{ id: '1', price: null }] });
    expect(JSON.stringify(body)).toBe('{"category":"one","changes":{},"parts":[{"id":"1"}]}');
  });

  it('given null for an attribute that is required, refuses it', () => {
    expect(pointers({ category: null, changes: null })).toEqual(['/category', '/changes', '/changes']);
  });

  it.each([
    ['a list where one object is wanted', { price: [] }, '/price'],
    ['an object where a list is wanted', { parts: { id: '1' } }, '/parts'],
    ['a text where an object is wanted', { price: 'EUR 7' }, '/price'],
    ['a number in a list of objects', { parts: [{ id: '1' }, 7] }, '/parts/1'],
    ['null in a list of objects', { parts: [null] }, '/parts/0'],
    ['a list in a list of objects', { parts: [[{ id: '1' }]] }, '/parts/0'],
  ])('given %s, names the place', (_what, plain, pointer) => {
    expect(pointers({ ...fits, ...plain })).toContain(pointer);
  });

  it.each([
    ['in a text', { category: 'a\u0000' }, '/category'],
    ['in an inner text', { parts: [{ id: 'a\u0000' }] }, '/parts/0/id'],
    ['in data of no fixed shape', { changes: { list: [{ 'a/b': ['x', '\u0000'] }] } }, '/changes/list/0/a~1b/1'],
    ['in a name', { changes: { 'n\u0000': 1 } }, '/changes/n\u0000'],
  ])('given U+0000 %s, refuses what PostgreSQL would', (_where, plain, pointer) => {
    expect(faultsOf({ ...fits, ...plain })).toContainEqual({
      pointer,
      code: 'invalid-text',
      detail: 'holds the character U+0000, which cannot be stored; leave it out',
    });
  });

  it.each(['\ud83d', 'x\ude00y', '\ude00\ud83d'])('given the lone surrogate in %j, refuses what PostgreSQL would', (text) => {
    expect(faultsOf({ ...fits, changes: { text } })).toEqual([expect.objectContaining({ pointer: '/changes/text', code: 'invalid-text' })]);
    expect(readBody(RequestBody, { ...fits, changes: { text: 'fine 😀' } }).changes).toEqual({ text: 'fine 😀' });
  });

  it.each([
    ['data of no fixed shape', { changes: { a: nested(50_000) } }, 'too-deep'],
    ['a list of objects', { parts: nested(50_000) }, 'invalid-type'],
    ['one object', { price: nested(50_000) }, 'invalid-type'],
    ['an unknown attribute', { unknown: nested(50_000) }, 'unknown-attribute'],
  ])('given nesting without end in %s, refuses it', (_where, plain, code) => {
    expect(faultsOf({ ...fits, ...plain }).map((fault) => fault.code)).toContain(code);
  });

  it('given a list of more objects than any request needs, refuses it before it looks at them', () => {
    expect(faultsOf({ ...fits, parts: Array.from({ length: 1_300_000 }, () => ({})) })).toEqual([
      { pointer: '/parts', code: 'too-many', detail: 'holds 1300000 elements; send at most 10000 at once' },
    ]);
  });

  it.each([
    ['unknown attributes', (many: object) => ({ ...many, ...fits })],
    ['names with U+0000', (many: object) => ({ ...fits, changes: many })],
  ])('given very many %s, tells of the first thousand', (_what, bodyOf) => {
    const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`\u0000${n}`, n]));
    expect(faultsOf(bodyOf(many))).toHaveLength(1_000);
  });

  it('given ten thousand objects of which each has faults, tells of the first thousand', () => {
    const parts = Array.from({ length: 10_000 }, () => ({ id: 1, price: { unit: 7, value: 'x' } }));
    expect(faultsOf({ ...fits, parts })).toHaveLength(1_000);
  });

  it('given any JSON at all, takes it or tells why not', () => {
    const value = fc.jsonValue();
    const body = fc.record(
      { category: value, changes: value, revision: value, price: value, parts: value, other: value },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(value, body), (plain) => {
        try {
          readBody(RequestBody, plain);
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
          expect((error as ProblemError).errors).not.toHaveLength(0);
        }
      }),
    );
  });
});
