import type { PreviewReport } from '#app/pipeline/preview-file.ts';

/** A preview for people: the balance first, then what would change, with samples. */
export function previewText(report: PreviewReport): string {
  const { rows, counts } = report;
  const lines = [
    `${report.file}: nothing was sent.`,
    `  read ${rows.read} = ${rows.created} created + ${rows.changed} changed + ${rows.unchanged} unchanged + ${rows.folded} folded + ${rows.rejected} rejected`,
    ...(report.kind === 'customers' ? [] : [`  events that could start flows: ${counts.flowEvents}`]),
  ];
  section(
    lines,
    'would be created',
    counts.creates,
    report.creates,
    (one) => `${one.key}: ${JSON.stringify(one.payload)}`,
  );
  section(
    lines,
    'would change',
    counts.updates,
    report.updates,
    (one) => `${one.key}: ${differences(one.before, one.after)}`,
  );
  section(
    lines,
    'consent',
    counts.consent,
    report.consent,
    (one) => `${one.key} ${one.channel}: ${one.from ?? 'no opinion'} → ${one.to}`,
  );
  section(
    lines,
    'events',
    counts.events,
    report.events,
    (one) => `${one.key}: ${one.name} ${one.time} ${one.value ?? ''}${one.backfill ? ' (history)' : ''}`,
  );
  section(lines, 'skipped', counts.skipped, report.skipped, (one) => `${one.key}: ${one.reason}`);
  section(
    lines,
    'would fail',
    counts.failed,
    report.failed,
    (one) => `line ${one.line}, ${one.key}: ${one.message}`,
  );
  section(
    lines,
    'rejected rows',
    rows.rejected,
    report.rejected,
    (one) => `line ${one.line}${one.column === null ? '' : `, ${one.column}`}: ${one.message}`,
  );
  section(
    lines,
    'warnings',
    counts.warnings,
    report.warnings,
    (one) => `line ${one.line}${one.column === null ? '' : `, ${one.column}`}: ${one.message}`,
  );
  return lines.join('\n');
}

function section<Item>(
  lines: string[],
  title: string,
  count: number,
  items: Item[],
  text: (item: Item) => string,
): void {
  if (count === 0) {
    return;
  }
  lines.push('', `${count} ${title}`);
  lines.push(...items.map((item) => `  ${text(item)}`));
  if (count > items.length) {
    lines.push(`  … and ${count - items.length} more`);
  }
}

/** The members that differ, one level of `attributes` and `properties` deep. */
function differences(before: unknown, after: unknown, path = ''): string {
  if (isObject(before) && isObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .map((key) => differences(before[key], after[key], path === '' ? key : `${path}.${key}`))
      .filter((text) => text !== '')
      .join(', ');
  }
  const [old, now] = [JSON.stringify(before), JSON.stringify(after)];
  return old === now ? '' : `${path} ${old ?? '(none)'} → ${now ?? '(none)'}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
