import { Autocomplete, BlockStack, Link, Text } from '@shopify/polaris';
import { useMemo, useState } from 'react';
import type { ColumnField } from '#app/domain/column-fields.ts';
import { looseName, nearestName } from '#app/domain/columns.ts';
import type { SaveForm } from '../use-save-form.ts';
import type { ColumnsView } from './columns-view.ts';
import { TidyCombobox } from '../tidy-combobox.tsx';

type ColumnsFieldProps = {
  field: ColumnField;
  page: ColumnsView;
  form: SaveForm<Record<string, string>>;
};

/** One column: chosen from the newest file or typed, with what stands in it. */
export function ColumnsField({ field: { field, label, use, isRequired }, page, form }: ColumnsFieldProps) {
  const value = form.value[field] ?? '';
  const inherited = page.inherited[field] ?? '';
  const column = value.trim() || inherited;
  const [isNarrowing, setNarrowing] = useState(false);
  const options = useMemo(() => {
    const wanted = isNarrowing ? value.trim().toLowerCase() : '';
    return [...new Set(page.file?.header ?? [])]
      .filter((name) => name.toLowerCase().includes(wanted))
      .map((name) => ({ value: name, label: name }));
  }, [page.file, value, isNarrowing]);
  return (
    <TidyCombobox>
      <Autocomplete
        options={options}
        selected={value === '' ? [] : [value]}
        onSelect={([chosen]) => {
          setNarrowing(false);
          form.change({ [field]: chosen ?? '' });
        }}
        textField={
          <Autocomplete.TextField
            label={label}
            requiredIndicator={isRequired && page.connectionId === null}
            value={value}
            onChange={(typed) => {
              setNarrowing(true);
              form.change({ [field]: typed });
            }}
            onFocus={() => setNarrowing(false)}
            error={form.problem(field)}
            placeholder={inherited === '' ? 'No column' : `${inherited} (the shop’s)`}
            helpText={
              <BlockStack gap="050">
                <span>{use}</span>
                <Examples column={column} page={page} />
                <MissingColumn column={column} page={page} />
                <Readers saved={page.form[field] ?? ''} inherited={inherited} column={column} page={page} />
              </BlockStack>
            }
            maxLength={200}
            autoComplete="off"
            spellCheck={false}
          />
        }
      />
    </TidyCombobox>
  );
}

function Examples({ column, page }: { column: string; page: ColumnsView }) {
  const examples = page.samples[looseName(column)] ?? [];
  if (column === '' || page.file === null || examples.length === 0) {
    return null;
  }
  const isThere = page.file.header.some((name) => looseName(name) === looseName(column));
  return (
    <Text as="span" breakWord>
      {`${isThere ? 'Newest rows' : 'Earlier rows'}: ${examples.join(' · ')}`}
    </Text>
  );
}

/** A column that the newest file does not have: what is wrong, and which one it may be now. */
function MissingColumn({ column, page }: { column: string; page: ColumnsView }) {
  const { file, samples } = page;
  if (column === '' || file === null || file.header.some((name) => looseName(name) === looseName(column))) {
    return null;
  }
  const near = nearestName(column, file.header);
  const wasThere = samples[looseName(column)] !== undefined;
  return (
    <Text as="span" tone="caution" fontWeight="medium" breakWord>
      {`${wasThere ? `${column} has vanished from the newest file` : `The newest file has no column ${column}`}${
        near === null ? '.' : `; it has ${near}.`
      } A file without it is held.`}
    </Text>
  );
}

/** Mappings name columns of their own: they do not follow. */
function Readers(props: { saved: string; inherited: string; column: string; page: ColumnsView }) {
  const before = props.saved || props.inherited;
  const readers = props.page.readBy[looseName(before)] ?? [];
  if (looseName(before) === looseName(props.column) || readers.length === 0) {
    return null;
  }
  return (
    <Text as="span" breakWord>
      {`Still read ${before}, change them too if the column is gone: `}
      {readers.slice(0, 5).map(({ id, name }, index) => (
        <span key={id}>
          {index === 0 ? '' : ', '}
          <Link url={`/app/mappings/${id}`}>{name}</Link>
        </span>
      ))}
      {readers.length > 5 ? ` and ${readers.length - 5} more` : ''}
    </Text>
  );
}
