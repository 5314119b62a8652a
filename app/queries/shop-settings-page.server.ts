import { getCountries } from 'libphonenumber-js/max';
import type { Context } from '../context.ts';
import type { ShopForm } from '../domain/shop-form.ts';

export type Choice = { value: string; label: string };

export type ShopSettingsPage = {
  form: ShopForm;
  /** The moment at which the page was made, ISO-8601: what local times are shown of. */
  now: string;
  timezones: Choice[];
  countries: Choice[];
  currencies: Choice[];
};

/** What holds for the whole shop, with everything that can be chosen. */
export function shopSettingsPage(
  ctx: Context,
  { timezone, phoneCountry, currency }: ShopForm,
): ShopSettingsPage {
  return {
    form: { timezone, phoneCountry, currency },
    now: ctx.clock.now().toISOString(),
    ...choices(),
  };
}

let known: Pick<ShopSettingsPage, 'timezones' | 'countries' | 'currencies'> | null = null;

function choices() {
  known ??= {
    timezones: [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])].map((zone) => ({
      value: zone,
      label: zone.replaceAll('_', ' '),
    })),
    countries: named('region', getCountries()),
    currencies: named('currency', Intl.supportedValuesOf('currency')),
  };
  return known;
}

function named(type: 'region' | 'currency', codes: readonly string[]): Choice[] {
  const names = new Intl.DisplayNames(['en'], { type });
  return codes
    .map((code) => ({ value: code, label: `${names.of(code) ?? code} (${code})` }))
    .sort((a, b) => a.label.localeCompare(b.label, 'en'));
}
