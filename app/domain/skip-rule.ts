import type { TargetGroup } from './compile-rules.ts';
import { evaluateTarget, textResult, type TargetResult } from './evaluate-target.ts';
import type { Notes } from './mapping-notes.ts';
import type { Issue } from './records.ts';
import type { RenderScope } from './template.ts';
import { readYesNo } from './yes-no.ts';

/**
 * Why a skip mapping leaves a record or line out: the description of the mapping. Null when none does. Any result but
 * blank and the no words (`no`, `false`, `0`…) skips. A rule that looks at an order's customer says nothing while nobody knows them: the
 * order waits for them and is looked at again then.
 */
export function skipReason(groups: readonly TargetGroup[], scope: RenderScope, notes: Notes): Issue | null {
  const isCustomerMissing = 'customer' in scope && scope.customer === undefined;
  for (const group of groups) {
    if (group.target.kind !== 'skip') {
      continue;
    }
    const result = evaluateTarget(isCustomerMissing ? withoutCustomer(group) : group, scope, notes);
    if (result.outcome === 'value' && isTruthy(result)) {
      const { description } = result.by;
      const message =
        description === '' ? 'Left out by a skip rule.' : `Left out by the rule "${description}".`;
      return { code: 'skipped_by_rule', severity: 'warning', message, target: 'skip' };
    }
  }
  return null;
}

function withoutCustomer(group: TargetGroup): TargetGroup {
  const mappings = group.mappings.filter(({ rules }) =>
    rules.every(({ template }) => template.customerColumns === null),
  );
  return { ...group, mappings };
}

function isTruthy(result: Extract<TargetResult, { outcome: 'value' }>): boolean {
  const text = textResult(result.value);
  return text === null || readYesNo(text) !== 'no';
}
