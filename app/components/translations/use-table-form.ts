import { useNavigate } from '@remix-run/react';
import { useRef, useState } from 'react';
import { useSaveForm, type SaveForm } from '#app/components/use-save-form.ts';
import {
  changesOf,
  editsOf,
  newKey,
  problemsBeforeSaving,
  type GridValue,
  type RowEdit,
  type RowKey,
} from './grid-value.ts';
import { tableAddress } from './table-address.ts';

export type GridRow = {
  key: RowKey;
  edit: RowEdit;
  fromProblem: string | undefined;
  toProblem: string | undefined;
};

export type TableForm = {
  form: SaveForm<GridValue>;
  /** Lines that are not on this page of the list: new ones, and refused ones of other pages. */
  pinned: GridRow[];
  /** Touched lines that are on no page shown here. */
  elsewhere: number;
  row(key: RowKey, untouched: RowEdit): GridRow;
  set(key: RowKey, edit: RowEdit | undefined): void;
  addRow(): void;
};

type TableFormOptions = {
  saved: GridValue;
  /** Keys and values of the lines that the server gave for this page. */
  shown: { key: RowKey; from: string }[];
};

/**
 * One form over a table that is shown in pages: a line that was touched stays touched on every page until it is saved, and
 * is sent alone. What can be known to be wrong is said before saving.
 */
export function useTableForm({ saved, shown }: TableFormOptions): TableForm {
  const navigate = useNavigate();
  const wantedName = useRef(saved.name);
  const [newCount, setNewCount] = useState(0);
  const [blankRows, setBlankRows] = useState<RowKey[]>([]);
  const form = useSaveForm<GridValue>({
    saved,
    toBody: (value) => ({ intent: 'save', changes: changesOf(value, saved) }),
    onSaved() {
      setBlankRows([]);
      if (wantedName.current !== saved.name) {
        navigate(tableAddress(wantedName.current), { replace: true });
      }
    },
  });
  const early = problemsBeforeSaving(
    form.value,
    shown.filter(({ key }) => key.startsWith('row e ')),
  );
  const problem = (field: string) => early.get(field) ?? form.problem(field);

  function row(key: RowKey, untouched: RowEdit): GridRow {
    const edit = form.value[key] ?? untouched;
    return { key, edit, fromProblem: problem(`${key}.from`), toProblem: problem(`${key}.to`) };
  }

  const edits = editsOf(form.value);
  const isShown = new Set(shown.map(({ key }) => key));
  const offPage = edits.filter(([key]) => !isShown.has(key) && !blankRows.includes(key));
  const refused = offPage.filter(([key]) => problem(`${key}.from`) ?? problem(`${key}.to`));
  const pinned = [
    ...blankRows.map((key) => row(key, { was: null, from: '', to: '' })),
    ...refused.map(([key, edit]) => row(key, edit)),
  ];

  return {
    form: {
      ...form,
      save() {
        if (early.size > 0) {
          document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
          return;
        }
        wantedName.current = form.value.name.trim();
        form.save();
      },
      discard() {
        setBlankRows([]);
        form.discard();
      },
    },
    pinned,
    elsewhere: offPage.length - refused.length,
    row,
    set(key, edit) {
      const isBlank = edit !== undefined && edit.was === null && edit.from === '' && edit.to === '';
      form.change({ [key]: isBlank ? undefined : edit });
      if (edit === undefined) {
        setBlankRows((keys) => keys.filter((one) => one !== key));
      }
    },
    addRow() {
      setBlankRows((keys) => [newKey(newCount), ...keys]);
      setNewCount(newCount + 1);
    },
  };
}

/** What the grid shows of a stored entry: untouched edits are left out, so that typing a text back is no change. */
export function editOfEntry(
  from: string,
  to: string,
  part: Partial<RowEdit>,
  edit: RowEdit,
): RowEdit | undefined {
  const next = { ...edit, ...part };
  const isSame = next.from === from && next.to === to && next.isRemoved !== true;
  return isSame ? undefined : next;
}
