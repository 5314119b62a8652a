import type { Issue, JsonValue, SourceRow } from './records.ts';
import type { MappingScope } from './rules.ts';
import type { RenderNotes } from './template-filters.ts';

/** A value that a translation was asked for and does not hold. */
export type TranslationMiss = { table: string; value: string };

/** Why a target has its value: one entry per mapping that was looked at. For previews and the record's history. */
export type TraceEntry = {
  scope: MappingScope;
  target: string;
  /** Description of the mapping, or where the value came from without one. */
  mapping: string;
  /** Which rule held, from 0; null when none did. */
  rule: number | null;
  template: string | null;
  /** What the template gave; null = blank. */
  result: JsonValue;
  /** `used`: this result stands. `blank`: nothing came out. `not-applied`: no rule held. */
  standing: 'used' | 'blank' | 'not-applied';
};

/** `checkTime` is called before each mapping and may throw: nobody waits for ever for a preview. */
export type MapOptions = { trace?: boolean; checkTime?: () => void };

/** What a mapping tells beside its result. `trace` only when asked for. */
export type MappingNotes = { misses: TranslationMiss[]; trace?: TraceEntry[] };

export type OrderContext = {
  orderKey: string;
  /** The customer's own row, where it is at hand: `{{ customer.CITY }}`. */
  customerRow?: SourceRow;
  /** Parts of the order's returns that came after its first return was sent, see `late-returns.ts`. */
  lateReturns?: readonly string[];
};

/** Longest part of a cell that a warning repeats. */
const VALUE_SHOWN = 200;

/** Gathers what a person should know while one record is mapped. */
export type Notes = RenderNotes & {
  warnings: Issue[];
  misses: TranslationMiss[];
  trace: TraceEntry[] | null;
  checkTime: MapOptions['checkTime'];
  /** What the next warnings are about. */
  about(target: string, column: string | undefined): void;
  /** The part of the result that all maps share. */
  taken(): MappingNotes;
};

/** A fresh set of notes for one record. */
export function createNotes(options: MapOptions = {}): Notes {
  let target: string | undefined;
  let column: string | undefined;
  const notes: Notes = {
    warnings: [],
    misses: [],
    trace: options.trace === true ? [] : null,
    checkTime: options.checkTime,
    about(nextTarget, nextColumn) {
      target = nextTarget;
      column = nextColumn;
    },
    miss(table, value) {
      if (!notes.misses.some((miss) => miss.table === table && miss.value === value)) {
        notes.misses.push({ table, value });
      }
    },
    warn(code, message, value) {
      const isKnown = notes.warnings.some((issue) => issue.code === code && issue.message === message);
      if (!isKnown) {
        const shown = value.slice(0, VALUE_SHOWN);
        notes.warnings.push({ code, severity: 'warning', message, column, target, value: shown });
      }
    },
    taken() {
      return notes.trace === null ? { misses: notes.misses } : { misses: notes.misses, trace: notes.trace };
    },
  };
  return notes;
}
