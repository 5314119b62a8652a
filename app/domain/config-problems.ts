import type { ZodIssue, ZodTypeAny } from 'zod';
import { z } from 'zod';
import { nearestName } from './columns.ts';

/** One thing that is wrong in a configuration: where, what and what to do. */
export type ConfigProblem = { path: string; message: string; remedy: string };

/** `['connections', 0, 'name']` → `connections[0].name`; keys that are no words stand in quotes. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') {
        return `[${part}]`;
      }
      const isWord = /^[A-Za-z_][\w-]*$/.test(part);
      return isWord ? `${index === 0 ? '' : '.'}${part}` : `[${JSON.stringify(part)}]`;
    })
    .join('');
}

/** The problems that a failed schema stands for, one each. */
export function problemsOf(issues: readonly ZodIssue[], schema: ZodTypeAny): ConfigProblem[] {
  return issues.flatMap((issue) => {
    const path = pathText(issue.path);
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) => unknownKey(pathText([...issue.path, key]), key, known));
    }
    if (issue.code === 'invalid_type' && issue.received === 'undefined') {
      return [{ path, message: 'It is missing', remedy: `Add it: ${describeType(issue.expected)}` }];
    }
    if (issue.code === 'invalid_type') {
      const message = `It must be ${describeType(issue.expected)}, not ${describeType(issue.received)}`;
      return [{ path, message, remedy: `Write ${describeType(issue.expected)}` }];
    }
    if (issue.code === 'invalid_enum_value') {
      const options = issue.options.join(', ');
      return [
        {
          path,
          message: `"${String(issue.received)}" is not possible here`,
          remedy: `Write one of ${options}`,
        },
      ];
    }
    const remedy: unknown = issue.code === 'custom' ? issue.params?.remedy : undefined;
    return [
      {
        path,
        message: issue.message.replace(/\.$/, ''),
        remedy: typeof remedy === 'string' ? remedy : 'Correct the value',
      },
    ];
  });
}

function unknownKey(path: string, key: string, known: readonly string[]): ConfigProblem {
  const near = nearestName(key, known);
  const remedy =
    near === null
      ? `Remove it; known here: ${known.join(', ')}`
      : `Did you mean "${near}"? Otherwise remove it`;
  return { path, message: `Unknown key "${key}"`, remedy };
}

function describeType(type: string): string {
  const words: Record<string, string> = {
    string: 'a text',
    number: 'a number',
    nan: 'something else',
    boolean: 'true or false',
    object: 'a block of keys',
    array: 'a list',
    null: 'nothing',
    integer: 'a whole number',
  };
  return words[type] ?? type;
}

/** The keys that an object of the schema may have. */
function keysAt(schema: ZodTypeAny, path: readonly (string | number)[]): string[] {
  let current: ZodTypeAny | undefined = bare(schema);
  for (const part of path) {
    if (current instanceof z.ZodArray) {
      current = bare(current.element as ZodTypeAny);
    } else if (current instanceof z.ZodRecord) {
      current = bare(current.valueSchema as ZodTypeAny);
    } else if (current instanceof z.ZodObject) {
      const member: ZodTypeAny | undefined = (current.shape as Record<string, ZodTypeAny>)[String(part)];
      current = member === undefined ? undefined : bare(member);
    }
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape as object) : [];
}

function bare(schema: ZodTypeAny): ZodTypeAny {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return bare(schema.unwrap() as ZodTypeAny);
  }
  if (schema instanceof z.ZodDefault) {
    return bare(schema.removeDefault() as ZodTypeAny);
  }
  return schema instanceof z.ZodEffects ? bare(schema.innerType() as ZodTypeAny) : schema;
}
