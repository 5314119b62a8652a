import type { CompiledRules } from './compile-rules.ts';
import { cellOf } from './condition.ts';
import {
  evaluateEventTargets,
  eventCurrency,
  eventName,
  eventTime,
  eventValue,
  isHistory,
  mappedId,
  uniqueId,
} from './event-values.ts';
import { createNotes, type MapOptions, type MappingNotes, type Notes } from './mapping-notes.ts';
import { fittingEventProperties } from './payload-limits.ts';
import { propertyName } from './person-name.ts';
import type { EventDraft, JsonObject, MappedEvents, SourceRow } from './records.ts';
import { skipReason } from './skip-rule.ts';
import { cleanText } from './template.ts';

/** What a row of a rewards file becomes: one event, and properties of its customer's profile. Pure. */
export function mapReward(
  compiled: CompiledRules,
  row: SourceRow,
  options: MapOptions = {},
): MappedEvents & MappingNotes {
  const notes = createNotes(options);
  return { ...mapRow(compiled, row, notes), warnings: notes.warnings, ...notes.taken() };
}

type Outcome =
  | Omit<Extract<MappedEvents, { outcome: 'mapped' }>, 'warnings'>
  | Omit<Extract<MappedEvents, { outcome: 'skipped' }>, 'warnings'>
  | Omit<Extract<MappedEvents, { outcome: 'failed' }>, 'warnings'>;

function mapRow(compiled: CompiledRules, row: SourceRow, notes: Notes): Outcome {
  const scope = { row };
  const skipped = skipReason(compiled.targets.reward, scope, notes);
  if (skipped !== null) {
    return { outcome: 'skipped', reason: skipped };
  }
  const { event, properties, profile } = evaluateEventTargets(compiled.targets.reward, scope, notes);
  const { primaryKey, time: timeColumn } = compiled.rules.columns.rewards;
  const name = eventName(event.name, compiled.rules.events.reward);
  if (typeof name !== 'string') {
    return { outcome: 'failed', reason: name };
  }
  const time = eventTime(compiled, row, { mapped: event.time, column: timeColumn });
  if ('severity' in time) {
    return { outcome: 'failed', reason: time };
  }
  const value = eventValue(event.value, notes);
  const draft: EventDraft = {
    part: 'reward',
    name,
    uniqueId: mappedId(event.id) ?? uniqueId(compiled, 'reward', cellOf(row, primaryKey).trim()),
    time: time.iso,
    ...(value === undefined ? {} : { value, currency: eventCurrency(compiled, row, event.currency, notes) }),
    properties: fittingEventProperties({ ...unmapped(compiled, row), ...properties }, notes),
  };
  const payload = { events: [draft], profileProperties: profile, backfill: isHistory(compiled, time) };
  return { outcome: 'mapped', payload, label: name, occurredAt: time.iso };
}

/** With pass-through every column that nothing uses, under its name in ordinary letters. */
function unmapped({ rules, columnsOfScope }: CompiledRules, row: SourceRow): JsonObject {
  if (!rules.passThrough) {
    return {};
  }
  const { primaryKey, customerReference, time } = rules.columns.rewards;
  const properties: JsonObject = {};
  for (const column of Object.keys(row)) {
    const isUsed =
      [primaryKey, customerReference, time].includes(column) || columnsOfScope.reward.has(column);
    const text = cleanText(cellOf(row, column));
    const name = propertyName(column);
    if (!isUsed && text !== '' && name !== '') {
      properties[name] ??= text;
    }
  }
  return properties;
}
