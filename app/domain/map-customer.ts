import type { CompiledRules, TargetGroup } from './compile-rules.ts';
import { cellOf } from './condition.ts';
import { setConsent } from './customer-consent.ts';
import { setCoreAttribute, setLocation, setProperty, type CustomerDraft } from './customer-attributes.ts';
import { evaluateTarget, textResult, type TargetResult } from './evaluate-target.ts';
import { createNotes, type MapOptions, type MappingNotes, type Notes } from './mapping-notes.ts';
import { PROFILE_BYTES } from './payload-limits.ts';
import { propertyName } from './person-name.ts';
import { readCountry } from './phone.ts';
import type { Issue, MappedCustomer, SourceRow } from './records.ts';
import { skipReason } from './skip-rule.ts';
import { cleanText } from './template.ts';
import { profileItemBytes } from './wire.ts';

/** The property that always carries the primary key. */
export const PERSON_ID_PROPERTY = 'AP21 Person ID';

/** Texts of a row below this length can never make a profile of 100 KB; counting bytes would cost more than mapping. */
const SURELY_SMALL = 20_000;

/**
 * What a row of a customers file becomes: attributes, list, consent and warnings; or `skipped` by a rule; or `failed`
 * when nothing identifies the person. Pure: the same row and rules give the same result.
 */
export function mapCustomer(
  compiled: CompiledRules,
  row: SourceRow,
  options: MapOptions = {},
): MappedCustomer & MappingNotes {
  const notes = createNotes(options);
  const skipped = skipReason(compiled.targets.customer, { row }, notes);
  if (skipped !== null) {
    return { outcome: 'skipped', reason: skipped, warnings: notes.warnings, ...notes.taken() };
  }
  const results = evaluateAll(compiled.targets.customer, row, notes);
  const draft = createDraft(compiled, results, notes);
  for (const { group, result } of results) {
    applyResult(draft, group, result);
  }
  addPersonId(draft, compiled, row);
  if (compiled.rules.passThrough) {
    addUnmapped(draft, compiled, row);
  }
  const reason = identityProblem(draft) ?? sizeProblem(draft, row);
  if (reason !== null) {
    return { outcome: 'failed', reason, warnings: notes.warnings, ...notes.taken() };
  }
  return {
    outcome: 'mapped',
    payload: payloadOf(draft),
    consent: draft.consent,
    updatedAt: updatedAt(compiled, row, notes),
    warnings: notes.warnings,
    ...notes.taken(),
  };
}

type Evaluated = { group: TargetGroup; result: TargetResult };

function evaluateAll(groups: readonly TargetGroup[], row: SourceRow, notes: Notes): Evaluated[] {
  const scope = { row };
  return groups
    .filter((group) => group.target.kind !== 'skip')
    .map((group) => ({ group, result: evaluateTarget(group, scope, notes) }));
}

function createDraft(compiled: CompiledRules, results: readonly Evaluated[], notes: Notes): CustomerDraft {
  const country = results.find(({ group }) => group.text === 'location.country')?.result;
  const named = country?.outcome === 'value' ? readCountry(textResult(country.value) ?? '') : null;
  return {
    notes,
    time: compiled.settings.time,
    countries: [...new Set([named ?? compiled.rules.phoneCountry, compiled.rules.phoneCountry])],
    attributes: {},
    properties: {},
    unset: new Set(),
    clear: new Set(),
    list: compiled.rules.list,
    consent: {},
    textLength: 0,
  };
}

function applyResult(draft: CustomerDraft, group: TargetGroup, result: TargetResult): void {
  const { target, text } = group;
  if (result.outcome === 'keep') {
    return;
  }
  draft.notes.about(text, result.by.column);
  if (result.outcome === 'clear') {
    if (target.kind === 'property') {
      draft.unset.add(target.name);
    } else if (target.kind === 'core' || target.kind === 'location') {
      draft.clear.add(text);
    } else if (target.kind === 'list') {
      draft.list = null;
    }
    return;
  }
  switch (target.kind) {
    case 'core':
      return setCoreAttribute(draft, target.name, result.value);
    case 'location':
      return setLocation(draft, target.name, result.value);
    case 'property':
      return setProperty(draft, target.name, result.value);
    case 'consent':
      return setConsent(draft, target.name, result.value);
    case 'list':
      draft.list = listName(textResult(result.value)) ?? draft.list;
      return;
    default:
      return;
  }
}

function addPersonId(draft: CustomerDraft, { rules }: CompiledRules, row: SourceRow): void {
  const { primaryKey } = rules.columns.customers;
  const key = cleanText(cellOf(row, primaryKey));
  if (key === '') {
    return;
  }
  draft.unset.delete(PERSON_ID_PROPERTY);
  draft.properties[PERSON_ID_PROPERTY] ??= key;
  if (!rules.sendExternalId || draft.attributes.external_id !== undefined) {
    return;
  }
  draft.notes.about('external_id', primaryKey);
  setCoreAttribute(draft, 'external_id', key);
}

function addUnmapped(draft: CustomerDraft, { rules, columnsOfScope }: CompiledRules, row: SourceRow): void {
  for (const column of Object.keys(row)) {
    const text = cleanText(cellOf(row, column));
    const name = propertyName(column);
    const isMapped = column === rules.columns.customers.primaryKey || columnsOfScope.customer.has(column);
    if (
      !isMapped &&
      text !== '' &&
      name !== '' &&
      draft.properties[name] === undefined &&
      !draft.unset.has(name)
    ) {
      draft.notes.about(`properties.${name}`, column);
      setProperty(draft, name, text);
    }
  }
}

function identityProblem({ attributes }: CustomerDraft): Issue | null {
  if ((attributes.email ?? attributes.phone_number ?? attributes.external_id) !== undefined) {
    return null;
  }
  const message = 'no e-mail, phone or id: there is nothing usable to tell Klaviyo who this is.';
  return { code: 'no_identity', severity: 'error', message };
}

function sizeProblem(draft: CustomerDraft, row: SourceRow): Issue | null {
  if (draft.textLength < SURELY_SMALL) {
    return null;
  }
  const bytes = profileItemBytes(payloadOf(draft));
  if (bytes <= PROFILE_BYTES) {
    return null;
  }
  const longest = Object.keys(row).reduce(
    (a, b) => (cellOf(row, b).length > cellOf(row, a).length ? b : a),
    '',
  );
  const message = `The profile has ${bytes} bytes; Klaviyo takes ${PROFILE_BYTES}. The longest cell is ${longest}.`;
  return { code: 'profile_too_large', severity: 'error', message, column: longest };
}

function payloadOf(draft: CustomerDraft): Extract<MappedCustomer, { outcome: 'mapped' }>['payload'] {
  const unset = [...draft.unset].filter((name) => draft.properties[name] === undefined);
  return {
    attributes: { ...draft.attributes, properties: draft.properties },
    unset: unset.sort(),
    clear: [...draft.clear].sort(),
    list: draft.list,
  };
}

function updatedAt(compiled: CompiledRules, row: SourceRow, notes: Notes): string | null {
  const column = compiled.rules.columns.customers.updatedAt;
  const text = column === undefined ? '' : cellOf(row, column).trim();
  if (text === '') {
    return null;
  }
  const time = compiled.settings.time.read(text);
  if (time === null) {
    notes.about('updatedAt', column);
    notes.warn(
      'bad_date',
      `"${text}" is not a date that we can read; when the person changed is unknown.`,
      text,
    );
  }
  return time?.iso ?? null;
}

/** Blanks that a cell brings along make no second list; null = the template says nothing. */
function listName(text: string | null): string | null {
  return text?.trim().replaceAll(/\s+/g, ' ') || null;
}
