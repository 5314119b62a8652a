import type { ZodIssue, ZodTypeAny } from 'zod';
import { problemsOf } from './config-problems.ts';
import type { FieldProblem } from './form-answer.ts';

/** The problems of a failed schema beside the fields of a form: `expect[0].every` is `expect.0.every` there. */
export function fieldProblemsOf(issues: readonly ZodIssue[], schema: ZodTypeAny): FieldProblem[] {
  return problemsOf(issues, schema).map(({ path, message, remedy }) => ({
    field: path.replace(/\[(\d+)\]/g, '.$1'),
    message: inWords(message, remedy),
  }));
}

/** shop.yaml tells a number from a text; in a field everything is text. */
function inWords(message: string, remedy: string): string {
  if (message.startsWith('It must be a number')) {
    return 'Write a whole number.';
  }
  return message === 'It is empty' ? `${remedy}.` : `${message}. ${remedy}.`;
}

/** What no text of a settings page may be: longer than `most`, or with line breaks and other control characters. */
export function textProblems(texts: Record<string, string>, most = 200): FieldProblem[] {
  return Object.entries(texts).flatMap(([field, text]) => {
    if (text.length > most) {
      return [{ field, message: `It has ${text.length} characters. Write ${most} at most.` }];
    }
    const isPlain = [...text].every((character) => character >= ' ' && character !== '\u007f');
    return isPlain ? [] : [{ field, message: 'It holds a control character. Type it anew.' }];
  });
}
