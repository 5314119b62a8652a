import { z } from 'zod';
import { CONSENT_BACK } from './consent-back.ts';
import type { ConnectionForm } from './connection-form.ts';
import { fieldProblemsOf, textProblems } from './field-problems.ts';
import type { FieldProblem } from './form-answer.ts';
import { RECORD_KINDS } from './records.ts';
import { connectionSettingsSchema, type ConnectionSettings } from './shop-file-schema.ts';

/** The form as a page sends it: the right shape, nothing is judged yet. */
export const connectionFormSchema: z.ZodType<ConnectionForm> = z
  .object({
    name: z.string(),
    apiKey: z.string().max(1_000).nullable(),
    directory: z.string(),
    list: z.string(),
    mode: z.enum(['production', 'test']),
    testMaxRecords: z.string(),
    batchSize: z.string(),
    historyBefore: z.string(),
    events: z.object({ order: z.string(), item: z.string(), return: z.string(), reward: z.string() }),
    itemEvents: z.boolean(),
    passThrough: z.boolean(),
    sendExternalId: z.boolean(),
    consentBack: z.enum(CONSENT_BACK),
    notify: z.object({ errors: z.string().max(10_000), successes: z.string().max(10_000) }),
    expect: z.array(z.object({ kind: z.enum(RECORD_KINDS), every: z.string(), grace: z.string() })).max(20),
    accepted: z.array(z.enum(['untested', 'scopes', 'account'])),
  })
  .strict();

/** What was typed, by the rules of shop.yaml: settings, or what is wrong beside each field. The key is judged elsewhere. */
export function readConnectionForm(
  form: ConnectionForm,
): { ok: true; settings: ConnectionSettings } | { ok: false; problems: FieldProblem[] } {
  const typed = {
    name: form.name.trim(),
    directory: form.directory.trim(),
    list: form.list.trim() === '' ? null : form.list.trim(),
    mode: form.mode,
    testMaxRecords: form.testMaxRecords.trim(),
    batchSize: form.batchSize.trim(),
    historyBefore: form.historyBefore.trim() === '' ? null : form.historyBefore.trim(),
    events: {
      order: form.events.order.trim(),
      item: form.events.item.trim(),
      return: form.events.return.trim(),
      reward: form.events.reward.trim(),
    },
    itemEvents: form.itemEvents,
    passThrough: form.passThrough,
    sendExternalId: form.sendExternalId,
    consentBack: form.consentBack,
    notify: { errors: addresses(form.notify.errors), successes: addresses(form.notify.successes) },
    expect: form.expect.map(({ kind, every, grace }) => ({ kind, every: every.trim(), grace: grace.trim() })),
  };
  const parsed = connectionSettingsSchema.safeParse(typed);
  const problems = [
    ...(parsed.success ? [] : fieldProblemsOf(parsed.error.issues, connectionSettingsSchema)),
    ...textProblems({
      name: typed.name,
      directory: typed.directory,
      list: typed.list ?? '',
      'events.order': typed.events.order,
      'events.item': typed.events.item,
      'events.return': typed.events.return,
      'events.reward': typed.events.reward,
    }),
  ].map((problem) => ({
    ...problem,
    field: problem.field.replace(/^(notify\.\w+)\.\d+$/, '$1'),
  }));
  return parsed.success && problems.length === 0
    ? { ok: true, settings: parsed.data }
    : { ok: false, problems };
}

function addresses(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((address) => address.trim())
    .filter((address) => address !== '');
}
