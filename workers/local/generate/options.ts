import { z } from 'zod';
import { AppError } from '#app/domain/errors.ts';
import type { GenerateOptions } from './plan.ts';

const DELIMITERS = {
  comma: ',',
  ',': ',',
  semicolon: ';',
  ';': ';',
  tab: '\t',
  '\t': '\t',
  pipe: '|',
  '|': '|',
} as const;
const NEWLINES = { lf: '\n', crlf: '\r\n' } as const;

const flagsSchema = z.object({
  out: z.string({ required_error: 'say where with --out DIR' }).min(1, 'say where with --out DIR'),
  customers: wholeNumber(50_000_000).optional(),
  orders: wholeNumber(50_000_000).optional(),
  rewards: wholeNumber(50_000_000).optional(),
  seed: wholeNumber(2_147_483_647).optional(),
  change: decimal(1, 'a share between 0 and 1, like 0.01').optional(),
  new: wholeNumber(50_000_000).optional(),
  day: wholeNumber(3000).optional(),
  dirty: decimal(4, 'a number between 0 and 4').optional(),
  country: z
    .string()
    .transform((text) => text.toUpperCase())
    .pipe(z.enum(['AU', 'NZ'], { message: 'AU or NZ' }))
    .optional(),
  encoding: z
    .enum(['utf-8', 'utf-8-bom', 'utf-16le', 'utf-16be', 'windows-1252'], {
      message: 'utf-8, utf-8-bom, utf-16le, utf-16be or windows-1252',
    })
    .optional(),
  delimiter: oneOf(DELIMITERS, 'comma, semicolon, tab or pipe').optional(),
  newline: oneOf(NEWLINES, 'lf or crlf').optional(),
});

/**
 * Reads what commander gathered for `GENERATE_FLAGS` (texts by long name).
 * Errors: AppError `wrong_use` naming each wrong flag and what it takes.
 */
export function parseGenerateOptions(flags: Readonly<Record<string, unknown>>): GenerateOptions {
  const parsed = flagsSchema.safeParse(flags);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`);
    throw new AppError({
      code: 'wrong_use',
      retry: 'person',
      message: `generate: ${problems.join('; ')}`,
      hint: problems.join('\n'),
    });
  }
  const { out, new: newCustomers, dirty: dirtyRate, ...rest } = parsed.data;
  return { ...rest, outDir: out, newCustomers, dirtyRate };
}

function wholeNumber(most: number) {
  const wanted = `a whole number, at most ${most.toLocaleString('en')}`;
  return z.coerce
    .string()
    .regex(/^\d{1,3}(,\d{3})+$|^[\d_]+$/, wanted)
    .transform((text) => Number(text.replaceAll(/[,_]/g, '')))
    .refine((number) => number <= most, wanted);
}

function decimal(most: number, wanted: string) {
  return z.coerce
    .string()
    .regex(/^(\d+\.?\d*|\.\d+)$/, wanted)
    .transform(Number)
    .refine((number) => number <= most, wanted);
}

function oneOf<Values extends Readonly<Record<string, string>>>(values: Values, wanted: string) {
  return z.string().transform((text, issues): Values[keyof Values] => {
    const value = Object.hasOwn(values, text.toLowerCase()) ? values[text.toLowerCase()] : undefined;
    if (value === undefined) {
      issues.addIssue({ code: 'custom', message: wanted });
      return z.NEVER;
    }
    return value as Values[keyof Values];
  });
}
