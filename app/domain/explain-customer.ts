import type { CompiledRules } from './compile-rules.ts';
import { cellOf } from './condition.ts';
import {
  builtIn,
  columnSetting,
  explainTarget,
  type ExplainedTarget,
  type ValueReason,
} from './explain-target.ts';
import { jsonValues, pointerTo } from './json-lines.ts';
import { PERSON_ID_PROPERTY } from './map-customer.ts';
import { propertyName } from './person-name.ts';
import type { Issue, JsonObject, SourceRow } from './records.ts';
import type { Target } from './targets.ts';
import { cleanText } from './template.ts';

/** Targets that tell Klaviyo who somebody is: worth a word also when they are blank. */
const IDENTITY = ['email', 'phone_number', 'external_id'];

/** Why each value of a profile is what it is; beside it list, consent, and what was left out with a warning. */
export function explainCustomer(
  compiled: CompiledRules,
  row: SourceRow,
  { wire, warnings }: { wire: JsonObject | null; warnings: readonly Issue[] },
): { reasons: Record<string, ValueReason>; beside: { target: string; reason: ValueReason }[] } {
  const explained = compiled.targets.customer.map((group) => ({
    kind: group.target.kind,
    path: pathOf(group.target),
    ...withWarnings(explainTarget(compiled, 'customer', group, { row }), warnings),
  }));
  const reasons = builtInReasons(compiled, row);
  for (const one of explained) {
    if (one.path !== null && one.result.outcome !== 'keep') {
      reasons[one.path] = one.reason;
    }
  }
  for (const [path, name] of unsetOf(wire)) {
    const reason = reasons[pointerTo('/attributes/properties', name)];
    if (reason !== undefined) {
      reasons[path] = reason;
    }
  }
  const sent = wire === null ? new Set<string>() : new Set(jsonValues(wire).keys());
  const beside = explained.filter(({ kind, path, target, result, reason }) => {
    if (path === null) {
      return kind === 'consent' ? wire !== null : result.outcome !== 'keep';
    }
    const isIdentity = wire === null && IDENTITY.includes(target);
    return (reason.warnings.length > 0 || isIdentity) && !isSent(sent, path);
  });
  return { reasons, beside: beside.map(({ target, reason }) => ({ target, reason })) };
}

/** A value may be a list or object of its own: its members are sent. */
function isSent(sent: ReadonlySet<string>, path: string): boolean {
  return sent.has(path) || [...sent].some((one) => one.startsWith(`${path}/`));
}

function withWarnings(one: ExplainedTarget, warnings: readonly Issue[]): ExplainedTarget {
  const own = warnings.filter((issue) => issue.target === one.target).map((issue) => issue.message);
  return { ...one, reason: { ...one.reason, warnings: [...new Set([...one.reason.warnings, ...own])] } };
}

function pathOf(target: Target): string | null {
  switch (target.kind) {
    case 'core':
      return pointerTo('/attributes', target.name);
    case 'location':
      return pointerTo('/attributes/location', target.name);
    case 'property':
      return pointerTo('/attributes/properties', target.name);
    default:
      return null;
  }
}

/** What goes along without a mapping: the primary key, and with pass-through every column that nothing reads. */
function builtInReasons(compiled: CompiledRules, row: SourceRow): Record<string, ValueReason> {
  const { primaryKey } = compiled.rules.columns.customers;
  const key = cellOf(row, primaryKey);
  const reasons: Record<string, ValueReason> = {
    [pointerTo('/attributes/properties', PERSON_ID_PROPERTY)]: columnSetting(
      primaryKey,
      key,
      'the primary key always travels as this property.',
    ),
    '/attributes/external_id': columnSetting(primaryKey, key, 'the primary key, sent as the external id.'),
  };
  if (compiled.rules.passThrough) {
    for (const column of Object.keys(row)) {
      if (column !== primaryKey && !compiled.columnsOfScope.customer.has(column)) {
        reasons[pointerTo('/attributes/properties', propertyName(column))] = passedThrough(row, column);
      }
    }
  }
  return reasons;
}

/** A column that goes along because the connection sends all columns that nothing uses. */
export function passedThrough(row: SourceRow, column: string): ValueReason {
  return builtIn('The connection sends all columns that no mapping uses, and this is one of them.', [
    { column, value: cleanText(cellOf(row, column)) },
  ]);
}

/** Properties that are removed, by the pointer of their name in the body. */
function unsetOf(wire: JsonObject | null): [string, string][] {
  const meta = wire?.meta as { patch_properties?: { unset?: string[] } } | undefined;
  return (meta?.patch_properties?.unset ?? []).map((name, index) => [
    pointerTo('/meta/patch_properties/unset', index),
    name,
  ]);
}
