import { isAppError } from '../domain/errors.ts';
import { compileRules, type CompiledRules } from '../domain/compile-rules.ts';
import type { ConnectionRules } from '../domain/rules.ts';

/** A configuration with its `rulesHash`: equal exactly when the rules are, so also across shops. */
export type HashedRules = { rules: ConnectionRules; hash: string };

/** Sets of rules kept ready at most: compiling one costs about as much as the rest of a page. */
const KEPT = 20;
const kept = new Map<string, CompiledRules>();

/** Rules made ready, of the last few that pages asked for; null when they have a mistake. */
export function compiledOrNull({ rules, hash }: HashedRules): CompiledRules | null {
  const compiled = kept.get(hash) ?? compiledNow(rules);
  if (compiled === null) {
    return null;
  }
  if (kept.size >= KEPT) {
    kept.clear();
  }
  kept.set(hash, compiled);
  return compiled;
}

function compiledNow(rules: ConnectionRules): CompiledRules | null {
  try {
    return compileRules(rules);
  } catch (error) {
    if (isAppError(error)) {
      return null;
    }
    throw error;
  }
}
