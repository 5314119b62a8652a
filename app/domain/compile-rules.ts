import type { ConnectionRules } from './rules.ts';

export type CompiledRules = { rules: ConnectionRules; columnsUsed: ReadonlySet<string> };
