import { getMetadataStorage, type ValidatorConstraintInterface } from 'class-validator';

/** Whether a value certainly passes. */
type Check = (holder: object, value: unknown) => boolean;
type ClassOf = abstract new (...args: never[]) => object;
type Rule = ReturnType<typeof rulesOf>[number];

/** The class-validator rules of a class, one for each decorator. */
export const rulesOf = (type: ClassOf) => getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);

const onlyClassValidatorKnows: Check = () => false;

function constraintCheck(rule: Rule): Check {
  const { constraintCls, constraints, propertyName: property } = rule;
  const found = getMetadataStorage().getTargetValidatorConstraints(constraintCls);
  if (found.length === 0 || found.some(({ async }) => async)) return onlyClassValidatorKnows;
  const instances: ValidatorConstraintInterface[] = found.map(({ instance }) => instance);
  return (object, value) => {
    const given = { targetName: object.constructor.name, property, object, value, constraints };
    return instances.every((instance) => instance.validate(value, given) === true);
  };
}

const innerCheck = (inner: unknown): boolean => typeof inner === 'object' && inner !== null && isCertainlyValid(inner);
const nestedCheck: Check = (_holder, value) => value === undefined || (Array.isArray(value) ? value.every(innerCheck) : innerCheck(value));

function ruleCheck(rule: Rule): Check {
  if (rule.validateIf !== undefined || (rule.each && rule.type !== 'nestedValidation')) return onlyClassValidatorKnows;
  if (rule.type === 'nestedValidation') return nestedCheck;
  return rule.type === 'customValidation' || rule.type === 'isDefined' ? constraintCheck(rule) : onlyClassValidatorKnows;
}

function compile(type: ClassOf): (object: object) => boolean {
  const rules = rulesOf(type);
  const properties = [...new Set(rules.map(({ propertyName }) => propertyName))].map((name) => {
    const own = rules.filter(({ propertyName }) => propertyName === name);
    const conditions = own.filter((rule) => rule.type === 'conditionalValidation').map(({ constraints }) => constraints[0] as Check);
    return { name, conditions, checks: own.filter((rule) => rule.type !== 'conditionalValidation').map(ruleCheck) };
  });
  return (object) =>
    properties.length > 0 &&
    properties.every(({ name, conditions, checks }) => {
      const value = (object as Readonly<Record<string, unknown>>)[name];
      return !conditions.every((holds) => holds(object, value)) || checks.every((check) => check(object, value));
    });
}

const compiled = new Map<unknown, (object: object) => boolean>();

/**
 * Whether an object passes the class-validator decorators of its class: the same validators in the same order, looked up
 * once for each class. class-validator looks them up, sorts them and makes an error for every attribute of every body,
 * which is a fifth of what a door allocates. `false` says nothing: `validateSync` then finds the faults, or none, where a
 * rule is one that this does not know.
 */
export function isCertainlyValid(object: object): boolean {
  const type = object.constructor as ClassOf;
  let check = compiled.get(type);
  if (check === undefined) {
    check = compile(type);
    compiled.set(type, check);
  }
  return check(object);
}
