import type { JsonValue, SourceRow } from './records.ts';
import type { MappingScope } from './rules.ts';

/** A value that a translation was asked for and does not hold. */
export type TranslationMiss = { table: string; value: string };

/** Why a target has its value: one entry per mapping that was looked at. For previews and the record's history. */
export type TraceEntry = {
  scope: MappingScope;
  target: string;
  /** Description of the mapping, or where the value came from without one. */
  mapping: string;
  /** Which rule held, from 0; null when none did or no rule was needed. */
  rule: number | null;
  template: string | null;
  /** What the template gave; null = blank. */
  result: JsonValue;
  /** `used`: this result stands. `blank`: nothing came out. `not-applied`: no rule held. */
  standing: 'used' | 'blank' | 'not-applied';
};

export type MapOptions = { trace?: boolean };

/** What a mapping tells beside its result. `trace` only when asked for. */
export type MappingNotes = { misses: TranslationMiss[]; trace?: TraceEntry[] };

export type OrderContext = {
  orderKey: string;
  /** The customer's own row, where it is at hand: `{{ customer.CITY }}`. */
  customerRow?: SourceRow;
};
