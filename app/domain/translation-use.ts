/** `| translate: "stores"` as templates write it. A table that a template computes is not seen. */
const USES = /(\|\s*translate\s*:\s*)(?:"([^"]*)"|'([^']*)')/g;

/** The translation tables that a template names, each once. */
export function tablesNamed(template: string): string[] {
  return [
    ...new Set([...template.matchAll(USES)].map(([, , inDouble, inSingle]) => inDouble ?? inSingle ?? '')),
  ];
}

/** The template after a table got another name. The new name must have no quotation marks (`tableNameProblem`). */
export function renameTable(template: string, before: string, after: string): string {
  return template.replaceAll(USES, (whole, filter: string, inDouble?: string, inSingle?: string) =>
    (inDouble ?? inSingle) === before ? `${filter}"${after}"` : whole,
  );
}

const LONGEST_NAME = 100;

/** Why a text cannot name a translation table, as a sentence; null when it can. */
export function tableNameProblem(name: string): string | null {
  if (name.trim() === '') {
    return 'Enter a name, such as stores.';
  }
  if (name.length > LONGEST_NAME) {
    return `Use ${LONGEST_NAME} characters at most.`;
  }
  // Templates write the name between quotation marks, and Liquid ends an output at the first `}}`.
  // eslint-disable-next-line no-control-regex -- line breaks and the like are what is looked for
  return /["'\\{}%/\u0000-\u001f]/.test(name)
    ? 'Leave out quotation marks, slashes, braces and percent signs: mappings could not name the table.'
    : null;
}
