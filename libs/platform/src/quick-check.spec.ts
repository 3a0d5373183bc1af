import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { ArrayMaxSize, IsArray, IsInt, IsOptional, IsString, ValidateIf, ValidateNested, validateSync } from 'class-validator';
import fc from 'fast-check';
import { SupplementBody } from '#contracts';
import { isCertainlyValid } from './quick-check.js';

const passes = (object: object): boolean => validateSync(object, { forbidUnknownValues: false }).length === 0;

/** Instances of a class whose attributes have, or have not, a value of those that the rules tell apart. */
function instances<T extends object>(type: new () => T, values: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<T> {
  return fc.record(values, { requiredKeys: [] }).map((attributes) => Object.assign(new type(), attributes));
}

/** Mostly one that fits, so that whole bodies do. */
const mostly = (fitting: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 12, arbitrary: fitting },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined, '', 0, 1.5, 'x'.repeat(3_000), []) },
  );

const { charge: ChargeBody, reason: ReasonBody } = SupplementBody.nested;
const money = instances(ChargeBody.nested.price, { unit: mostly(fc.constant('USD')), value: mostly(fc.double()) });
const charge = instances(ChargeBody, {
  category: mostly(fc.constant('expedite')),
  blocking: mostly(fc.boolean()),
  price: mostly(money),
  responseDueDate: mostly(fc.constantFrom('2027-01-20T00:00:00Z', '2027-01-20', '2027-W03')),
});
const supplements = instances(SupplementBody, {
  id: mostly(fc.uuid()),
  externalId: mostly(fc.constant('PON-77/02')),
  category: mostly(fc.constantFrom('component', 'dueDate')),
  reason: mostly(instances(ReasonBody, { code: mostly(fc.constant('DEMARC_CHANGE')), text: mostly(fc.string()) })),
  origin: mostly(fc.constantFrom('customer', 'seller')),
  basedOnRevision: mostly(fc.integer({ min: 0 })),
  onConflict: mostly(fc.constantFrom('hold', 'reject')),
  changes: mostly(fc.constant({ productOrderItem: [] })),
  charge: mostly(charge),
});

describe('isCertainlyValid', () => {
  it('of any supplement says what class-validator says', () => {
    const seen = { valid: 0, invalid: 0 };
    fc.assert(
      fc.property(supplements, (supplement) => {
        const valid = passes(supplement);
        seen[valid ? 'valid' : 'invalid'] += 1;
        expect(isCertainlyValid(supplement)).toBe(valid);
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(20);
  });

  it('looks into lists of inner objects', () => {
    class Part {
      @IsInt()
      number!: unknown;
    }
    class Whole {
      @IsArray()
      @ArrayMaxSize(3)
      @ValidateNested({ each: true })
      parts!: unknown;
    }
    const part = instances(Part, { number: mostly(fc.integer()) });
    fc.assert(
      fc.property(instances(Whole, { parts: mostly(fc.array(mostly(part), { maxLength: 4 })) }), (whole) => {
        if (isCertainlyValid(whole)) expect(passes(whole)).toBe(true);
      }),
    );
    const fits = Object.assign(new Whole(), { parts: [Object.assign(new Part(), { number: 1 })] });
    expect(isCertainlyValid(fits)).toBe(true);
    expect(isCertainlyValid(Object.assign(new Whole(), { parts: [Object.assign(new Part(), { number: 'one' })] }))).toBe(false);
  });

  it('leaves to class-validator what it does not know', () => {
    class Unknown {
      @IsString({ each: true })
      names = ['a'];

      @IsOptional()
      @ValidateIf(() => true)
      @IsInt()
      number = 1;
    }
    class Untold {}
    expect(passes(new Unknown())).toBe(true);
    expect(isCertainlyValid(new Unknown())).toBe(false);
    expect(isCertainlyValid(new Untold())).toBe(false);
  });
});
