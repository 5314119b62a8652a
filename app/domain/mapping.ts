/** The door of the mapping: compile the rules of a connection once, map many rows. */
export { compileRules, type CompiledRules } from './compile-rules.ts';
export { mapCustomer } from './map-customer.ts';
export { mapOrder } from './map-order.ts';
export { mapReward } from './map-reward.ts';
export type { MapOptions, MappingNotes, OrderContext, TraceEntry, TranslationMiss } from './mapping-notes.ts';
