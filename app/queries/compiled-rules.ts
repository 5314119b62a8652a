import { compileRules, type CompiledRules } from '../domain/compile-rules.ts';
import type { ConnectionRules } from '../domain/rules.ts';

/** A configuration with its `rulesHash`: equal exactly when the rules are, so also across shops. */
export type HashedRules = { rules: ConnectionRules; hash: string };

/** Sets of rules kept ready: compiling one costs about as much as the rest of a page. */
const KEPT = 20;
const kept = new Map<string, CompiledRules>();

/** Rules made ready, of the last few that pages asked for. Errors: those of `compileRules`. */
export function compiledRules({ rules, hash }: HashedRules): CompiledRules {
  const compiled = kept.get(hash) ?? compileRules(rules);
  kept.delete(hash);
  kept.set(hash, compiled);
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) {
    kept.delete(oldest);
  }
  return compiled;
}
