import type { CompiledRules } from './compile-rules.ts';
import type { ConnectionRules } from './rules.ts';

/** Name of each cell of a row: the configured name where the header has it in other case or with blanks. */
export function rulesForRow(_header: readonly string[], _compiled: CompiledRules): string[] {
  throw new Error('not written yet');
}
export function sourceHasher(_names: readonly string[]): (cells: readonly string[]) => string {
  throw new Error('not written yet');
}
export function rulesHash(_rules: ConnectionRules): string {
  throw new Error('not written yet');
}
export function payloadHash(_payload: object): string {
  throw new Error('not written yet');
}
/** `same`: unchanged before any mapping; `map`: map it and compare payload hashes. */
export function diffRecord(_input: {
  stored: { sourceHash: string; rulesHash: string } | null;
  sourceHash: string;
  rulesHash: string;
}): 'created' | 'same' | 'map' {
  throw new Error('not written yet');
}
