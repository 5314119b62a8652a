import type { MappedCustomer, MappedEvents, SourceRow } from './records.ts';
import type { ConnectionRules } from './rules.ts';
import type { CompiledRules } from './compile-rules.ts';
import type { MapOptions, MappingNotes, OrderContext } from './mapping-notes.ts';

export type { CompiledRules } from './compile-rules.ts';
export type { MapOptions, MappingNotes, OrderContext, TraceEntry, TranslationMiss } from './mapping-notes.ts';

export function compileRules(_rules: ConnectionRules): CompiledRules {
  throw new Error('not written yet');
}
export function mapCustomer(_compiled: CompiledRules, _row: SourceRow, _options?: MapOptions): MappedCustomer & MappingNotes {
  throw new Error('not written yet');
}
export function mapOrder(
  _compiled: CompiledRules,
  _rows: readonly SourceRow[],
  _context: OrderContext,
  _options?: MapOptions,
): MappedEvents & MappingNotes & { folded: number[] } {
  throw new Error('not written yet');
}
export function mapReward(_compiled: CompiledRules, _row: SourceRow, _options?: MapOptions): MappedEvents & MappingNotes {
  throw new Error('not written yet');
}
