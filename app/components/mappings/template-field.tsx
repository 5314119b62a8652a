import { BlockStack, InlineStack, TextField } from '@shopify/polaris';
import { useEffect, useId, useMemo, useRef } from 'react';
import {
  FILTER_GUIDE,
  insertColumn,
  insertFilter,
  markMistake,
  type Insertion,
} from '#app/domain/template-guide.ts';
import { InsertMenu } from './insert-menu.tsx';

type TemplateFieldProps = {
  /** Number of its rule, from 1. */
  number: number;
  value: string;
  onChange: (value: string) => void;
  error?: string;
  /** Columns to choose from, with a value of the row that is previewed. */
  columns: { name: string; value?: string }[];
  tables: string[];
};

/** The text that a rule gives, with a list of columns and one of functions to put in at the cursor. */
export function TemplateField({ number, value, onChange, error, columns, tables }: TemplateFieldProps) {
  const id = useId();
  const cursor = useRef<number | null>(null);
  const mark = error === undefined ? null : markMistake(value, error);

  useEffect(() => {
    const field = document.getElementById(id);
    if (cursor.current !== null && field instanceof HTMLTextAreaElement) {
      field.focus();
      field.setSelectionRange(cursor.current, cursor.current);
      cursor.current = null;
    }
  }, [id, value]);

  function put(insert: (template: string, at: number) => Insertion): void {
    const field = document.getElementById(id);
    const at = field instanceof HTMLTextAreaElement ? field.selectionStart : value.length;
    const inserted = insert(value, at);
    cursor.current = inserted.cursor;
    onChange(inserted.template);
  }

  const functions = useMemo(() => functionItems(tables), [tables]);
  return (
    <BlockStack gap="200">
      <TextField
        id={id}
        label="Use"
        value={value}
        onChange={onChange}
        error={error}
        helpText="Text, and columns in {{ }}. Left empty, it gives nothing."
        multiline={2}
        monospaced
        autoComplete="off"
        spellCheck={false}
      />
      {mark === null ? null : (
        <pre aria-hidden style={{ margin: 0, overflowX: 'auto' }}>{`${mark.line}\n${mark.mark}`}</pre>
      )}
      <InlineStack gap="200">
        <InsertMenu
          name="Insert column"
          label={`Insert column into rule ${number}`}
          filterLabel="Search columns"
          items={columns.map((column) => ({
            content: column.name,
            helpText: column.value === undefined || column.value === '' ? undefined : column.value,
            insert: column.name,
          }))}
          onInsert={(column) => put((template, at) => insertColumn(template, at, column))}
        />
        <InsertMenu
          name="Insert function"
          label={`Insert function into rule ${number}`}
          filterLabel="Search functions"
          items={functions}
          onInsert={(use) => put((template, at) => insertFilter(template, at, use))}
        />
      </InlineStack>
    </BlockStack>
  );
}

function functionItems(tables: string[]): { content: string; helpText: string; insert: string }[] {
  return FILTER_GUIDE.flatMap(({ name, use, explains, example }) => {
    if (name === 'translate') {
      return tables.map((table) => ({
        content: `translate: "${table}"`,
        helpText: `Looks the value up in the translation table ${table}.`,
        insert: `translate: "${table}"`,
      }));
    }
    const cell = example.cell === '' ? 'a blank cell' : example.cell;
    return [{ content: use, helpText: `${explains} ${cell} → ${shortened(example.gives)}`, insert: use }];
  });
}

function shortened(text: string): string {
  return text.length > 20 ? `${text.slice(0, 12)}…` : text;
}
