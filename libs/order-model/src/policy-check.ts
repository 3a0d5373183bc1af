import { isObject, own } from './json.js';
import { escapeToken } from './paths.js';
import { isItemState } from './states.js';
import type { Fault, Json } from './types.js';
import { CATEGORIES, CHARGE_CATEGORIES, ORIGINS } from './words.js';

/** Says what is wrong with a value at a pointer; nothing is wrong with an absent one. */
type Check = (value: Json, pointer: string) => Fault[];

const fault = (pointer: string, code: string, detail: string): Fault[] => [{ pointer, code, detail }];
const when =
  (holds: (value: Json) => boolean, detail: string): Check =>
  (value, pointer) =>
    holds(value) ? [] : fault(pointer, 'invalid-value', `${pointer} ${detail}`);

const truth = when((value) => typeof value === 'boolean', 'must be true or false');
const text = when((value) => typeof value === 'string' && value !== '', 'must be a text that is not empty');
const count = when((value) => Number.isInteger(value) && (value as number) >= 0, 'must be a whole number from 0');
/** A century: an instant that far off can still be written and stored. */
const MOST_HOURS = 876_000;
const hours = when(
  (value) => typeof value === 'number' && value >= 0 && value <= MOST_HOURS,
  `must be a number of hours from 0 to ${MOST_HOURS}`,
);
const amount = when(Number.isFinite, 'must be a number');
const path = when((value) => typeof value === 'string' && value.startsWith('/'), 'must be a keyed path that begins with /');
const itemState = when(isItemState, 'must be a TMF622 item state');
const oneOf = (allowed: readonly string[]): Check =>
  when((value) => allowed.includes(value as string), `must be one of ${allowed.join(', ')}`);

const listOf =
  (each: Check): Check =>
  (value, pointer) =>
    Array.isArray(value)
      ? value.flatMap((one, at) => each(one, `${pointer}/${at}`))
      : fault(pointer, 'invalid-type', `${pointer} must be a list`);

/** An object of these members and no others. */
function object(members: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, pointer) => {
    if (!isObject(value)) return fault(pointer, 'invalid-type', `${pointer || 'the policy'} must be an object`);
    const missing = required.filter((name) => own(value, name) === undefined);
    return [
      ...missing.flatMap((name) => fault(`${pointer}/${name}`, 'required', `${pointer}/${name} is missing`)),
      ...Object.keys(value).flatMap((name) => {
        const here = `${pointer}/${escapeToken(name)}`;
        const check = Object.hasOwn(members, name) ? members[name] : undefined;
        if (check !== undefined) return check(own(value, name) as Json, here);
        return fault(here, 'unknown-attribute', `${here} is not a part of a policy; there are ${Object.keys(members).join(', ')}`);
      }),
    ];
  };
}

const approval = object(
  {
    name: text,
    when: object({
      categories: listOf(oneOf(CATEGORIES)),
      origins: listOf(oneOf(ORIGINS)),
      chargeCategories: listOf(oneOf(CHARGE_CATEGORIES)),
      blockingCharge: truth,
      chargeOver: object({ unit: text, value: amount }, ['unit', 'value']),
    }),
    by: oneOf(['operator', 'customer']),
    waitHours: hours,
    onExpiry: oneOf(['expire', 'accept']),
  },
  ['name', 'when', 'by', 'waitHours', 'onExpiry'],
);

const policy = object({
  approvals: listOf(approval),
  limits: object({ supplementsPerOrder: count, supplementsAfterConfirmation: count, leastNoticeHours: hours }),
  pointOfNoReturn: object({
    alwaysOpen: listOf(path),
    rules: listOf(object({ states: listOf(itemState), flagged: truth, paths: listOf(path) }, ['states', 'flagged'])),
  }),
  charges: object({ waitHours: hours }),
  reasonCodes: object({
    extra: listOf(object({ code: text, text, category: oneOf(CATEGORIES) }, ['code', 'text', 'category'])),
    onlyKnown: truth,
  }),
});

/** The faults of a policy file, each with its pointer; everything in it is optional, nothing unknown is passed over. */
export function checkPolicy(given: Json): Fault[] {
  const faults = policy(given, '');
  const rules = isObject(given) ? own(given, 'approvals') : undefined;
  if (faults.length > 0 || !Array.isArray(rules)) return faults;
  const names = rules.map((rule) => (isObject(rule) ? own(rule, 'name') : undefined));
  return names.flatMap((name, at) =>
    names.indexOf(name) < at ? fault(`/approvals/${at}/name`, 'duplicate-key', `/approvals/${at}/name is taken by a rule before it`) : [],
  );
}
