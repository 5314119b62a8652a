import { fieldProblemsOf } from './field-problems.ts';
import type { FieldProblem } from './form-answer.ts';
import { shopSettingsSchema } from './shop-file-schema.ts';

/** What holds for the whole shop. */
export type ShopForm = { timezone: string; phoneCountry: string; currency: string };

type Read<Value> = { ok: true; value: Value } | { ok: false; problems: FieldProblem[] };

/** What was typed, by the rules of shop.yaml, or what is wrong beside each field. */
export function readShopForm(form: ShopForm): Read<ShopForm> {
  const parsed = shopSettingsSchema.safeParse({
    timezone: form.timezone.trim(),
    phoneCountry: form.phoneCountry.trim(),
    currency: form.currency.trim(),
  });
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, problems: fieldProblemsOf(parsed.error.issues, shopSettingsSchema) };
}
