import { invalid, type Offence } from './refusal.ts';

/** Looks at a value; `strict` makes unknown members offences. Null = fine. */
export type Check = (value: unknown, strict: boolean) => Offence[] | null;

type Field = { check: Check; isRequired: boolean };

/** Throws the 400 with one error per offender. */
export function assertShape(check: Check, value: unknown, strict: boolean): void {
  const offences = check(value, strict);
  if (offences !== null) {
    throw invalid(offences);
  }
}

export function required(check: Check): Field {
  return { check, isRequired: true };
}

export function optional(check: Check): Field {
  return { check, isRequired: false };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with known members. Klaviyo's wording for unknown and missing ones is known from real answers. */
export function resource(name: string, fields: Record<string, Field>): Check {
  const known = new Map(Object.entries(fields));
  const needed = [...known].filter(([, field]) => field.isRequired).map(([key]) => key);
  return (value, strict) => {
    if (!isRecord(value)) {
      return wrong(`The value of '${name}' must be an object.`);
    }
    let offences: Offence[] | null = null;
    for (const key of needed) {
      if (value[key] === undefined) {
        offences = [...(offences ?? []), at(key, `'${key}' is a required field for the resource '${name}'.`)];
      }
    }
    for (const key in value) {
      const field = known.get(key);
      const found =
        field !== undefined
          ? within(key, field.check(value[key], strict))
          : strict
            ? [at(key, `'${key}' is not a valid field for the resource '${name}'.`)]
            : null;
      if (found !== null) {
        offences = [...(offences ?? []), ...found];
      }
    }
    return offences;
  };
}

/** An array whose every item passes; too many is one offence of the array itself. */
export function items(check: Check, limits: { min?: number; max?: number; of: string }): Check {
  return (value, strict) => {
    if (!Array.isArray(value)) {
      return wrong('Expected an array.');
    }
    if (limits.max !== undefined && value.length > limits.max) {
      return wrong(`No more than ${limits.max} ${limits.of} may be sent in one request.`);
    }
    if (value.length < (limits.min ?? 0)) {
      return wrong(`At least ${limits.min} ${limits.of} must be sent.`);
    }
    const offences: Offence[] = [];
    value.forEach((item: unknown, index) => {
      const found = within(String(index), check(item, strict));
      if (found !== null) {
        offences.push(...found);
      }
    });
    return offences.length === 0 ? null : offences;
  };
}

export function text(rule: { nullable?: boolean; min?: number; max?: number; oneOf?: string[] } = {}): Check {
  return (value) => {
    if (value === null && rule.nullable === true) {
      return null;
    }
    if (typeof value !== 'string') {
      return wrong('Not a valid string.');
    }
    if (rule.oneOf !== undefined && !rule.oneOf.includes(value)) {
      return wrong(`'${value}' is not one of the allowed values: ${rule.oneOf.join(', ')}.`);
    }
    if (rule.min !== undefined && value.length < rule.min) {
      return wrong(rule.min === 1 ? 'This field may not be blank.' : `Shorter than ${rule.min} characters.`);
    }
    return rule.max !== undefined && value.length > rule.max
      ? wrong(`Ensure this field has no more than ${rule.max} characters.`)
      : null;
  };
}

export function number(rule: { nullable?: boolean } = {}): Check {
  return (value) =>
    typeof value === 'number' || (value === null && rule.nullable === true)
      ? null
      : wrong('A valid number is required.');
}

export function flag(rule: { nullable?: boolean } = {}): Check {
  return (value) =>
    typeof value === 'boolean' || (value === null && rule.nullable === true)
      ? null
      : wrong('Must be a valid boolean.');
}

/** An object of which only the outside matters: `properties`, `append`, `unappend`. */
export function freeObject(rule: { nullable?: boolean } = {}): Check {
  return (value) =>
    isRecord(value) || (value === null && rule.nullable === true) ? null : wrong('Must be a valid object.');
}

export function orNull(check: Check): Check {
  return (value, strict) => (value === null ? null : check(value, strict));
}

/** The first check that passes; otherwise the offences of the last. */
export function either(...checks: Check[]): Check {
  return (value, strict) => {
    let offences: Offence[] | null = null;
    for (const check of checks) {
      offences = check(value, strict);
      if (offences === null) {
        return null;
      }
    }
    return offences;
  };
}

function wrong(detail: string): Offence[] {
  return [{ pointer: '', detail }];
}

function at(key: string, detail: string): Offence {
  return { pointer: `/${key}`, detail };
}

function within(key: string, offences: Offence[] | null): Offence[] | null {
  return offences === null
    ? null
    : offences.map(({ pointer, detail }) => ({ pointer: `/${key}${pointer}`, detail }));
}
