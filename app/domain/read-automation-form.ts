import { z } from 'zod';
import type { AutomationForm } from './automation-form.ts';
import { fieldProblemsOf } from './field-problems.ts';
import type { FieldProblem } from './form-answer.ts';
import { DIGESTS } from './mails/digest-pace.ts';
import { automationSchema, type ShopFile } from './shop-file-schema.ts';

export type Automation = ShopFile['automation'];

/** The form as a page sends it: the right shape, nothing is judged yet. */
export const automationFormSchema: z.ZodType<AutomationForm> = z
  .object({
    dataSync: z.boolean(),
    pollSeconds: z.string().max(100),
    cleanupEnabled: z.boolean(),
    retentionDays: z.string().max(100),
    digest: z.enum(DIGESTS),
  })
  .strict();

/** Where the settings of shop.yaml stand in the form. */
const FIELDS: Record<string, keyof AutomationForm> = {
  'fileCleanup.enabled': 'cleanupEnabled',
  'fileCleanup.retentionDays': 'retentionDays',
};

/** What was typed, by the rules of shop.yaml: settings, or what is wrong beside each field. */
export function readAutomationForm(
  form: AutomationForm,
): { ok: true; automation: Automation } | { ok: false; problems: FieldProblem[] } {
  const parsed = automationSchema.safeParse({
    dataSync: form.dataSync,
    pollSeconds: form.pollSeconds.trim(),
    fileCleanup: { enabled: form.cleanupEnabled, retentionDays: form.retentionDays.trim() },
    digest: form.digest,
  });
  if (parsed.success) {
    return { ok: true, automation: parsed.data };
  }
  const problems = fieldProblemsOf(parsed.error.issues, automationSchema).map(({ field, message }) => ({
    field: FIELDS[field] ?? field,
    message,
  }));
  return { ok: false, problems };
}
