import { presetColumns, presetEvents, presetMappings, presetTranslations } from '#app/domain/presets.ts';
import type { RenderNotes, TemplateSettings } from '#app/domain/template-filters.ts';
import { createTimeReader } from '#app/domain/time.ts';
import { compileTranslation } from '#app/domain/translate.ts';
import type { Columns, ConnectionRules, Mapping, MappingScope, Rule } from '#app/domain/rules.ts';

/** Columns with nothing but the keys, so that a test sees only what it asks for. */
export const bareColumns: Columns = {
  customers: { primaryKey: 'PERIDX' },
  orders: { primaryKey: 'ORDER_ID', customerReference: 'PERIDX', time: 'ORDER_DATE' },
  rewards: { primaryKey: 'REWARD_ID', customerReference: 'PERIDX', time: 'EVENT_DATE' },
};

/** Rules of a connection in Sydney without mappings. */
export function buildRules(own: Partial<ConnectionRules> = {}): ConnectionRules {
  return {
    eventSeed: 'seed',
    timezone: 'Australia/Sydney',
    phoneCountry: 'AU',
    currency: 'AUD',
    columns: bareColumns,
    mappings: [],
    translations: presetTranslations,
    events: presetEvents,
    itemEvents: false,
    passThrough: false,
    list: 'Retail Customers',
    historyBefore: null,
    sendExternalId: true,
    ...own,
  };
}

/** Rules of a new connection: all presets. */
export function presetRules(own: Partial<ConnectionRules> = {}): ConnectionRules {
  return buildRules({ columns: presetColumns, mappings: presetMappings(presetColumns), ...own });
}

/** A mapping of one template, or of several rules. */
export function buildMapping(
  scope: MappingScope,
  target: string,
  rules: string | Rule[],
  own: Partial<Mapping> = {},
): Mapping {
  const list = typeof rules === 'string' ? [{ template: rules }] : rules;
  return { scope, target, description: `sets ${target}`, blank: 'keep', rules: list, ...own };
}

export function buildSettings(): TemplateSettings {
  const stores = { whenMissing: 'keep', entries: { SYD01: 'Sydney Pitt St' } };
  return {
    time: createTimeReader('Australia/Sydney'),
    phoneCountry: 'AU',
    translations: new Map([['stores', compileTranslation('stores', stores)]]),
  };
}

/** Notes of a rendering that a test can read. */
export function gatherNotes(): RenderNotes & { warnings: string[]; misses: string[] } {
  const warnings: string[] = [];
  const misses: string[] = [];
  return {
    warnings,
    misses,
    warn: (code) => warnings.push(code),
    miss: (table, value) => misses.push(`${table}: ${value}`),
  };
}

/** The result of a map that has to be `mapped`; anything else fails the test with its reason. */
export function mappedOf<Result extends { outcome: string }>(
  result: Result,
): Extract<Result, { outcome: 'mapped' }> {
  if (result.outcome !== 'mapped') {
    throw new Error(`expected a mapped record, got ${JSON.stringify(result)}`);
  }
  return result as Extract<Result, { outcome: 'mapped' }>;
}
