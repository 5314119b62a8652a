import { Autocomplete } from '@shopify/polaris';
import { useMemo, useState } from 'react';
import { TidyCombobox } from '../tidy-combobox.tsx';

type Option = { value: string; label: string };

type ChooseOrTypeProps = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Options, in groups with a title each. */
  groups: { title: string; options: Option[] }[];
  /** What else the typed text may mean, as options above the others. */
  suggest?: (typed: string) => Option[];
  error?: string;
  helpText?: string;
  placeholder?: string;
  maxLength?: number;
};

/** Options beyond these are found by typing. */
const SHOWN = 60;

/** A text field with a list that typing narrows; what stands in no list may be typed as well. */
export function ChooseOrType(props: ChooseOrTypeProps) {
  const { label, value, onChange, groups, suggest, error, helpText, placeholder, maxLength } = props;
  const [isNarrowing, setNarrowing] = useState(false);
  const sections = useMemo(() => {
    const wanted = isNarrowing ? value.trim().toLowerCase() : '';
    const found = groups
      .map(({ title, options }) => ({
        title,
        options: options
          .filter((one) => `${one.label} ${one.value}`.toLowerCase().includes(wanted))
          .slice(0, SHOWN),
      }))
      .filter(({ options }) => options.length > 0);
    const suggested = isNarrowing && value.trim() !== '' ? (suggest?.(value.trim()) ?? []) : [];
    return suggested.length === 0 ? found : [{ title: 'As typed', options: suggested }, ...found];
  }, [groups, suggest, value, isNarrowing]);
  return (
    <TidyCombobox>
      <Autocomplete
        options={sections}
        selected={value === '' ? [] : [value]}
        onSelect={([chosen]) => {
          setNarrowing(false);
          onChange(chosen ?? '');
        }}
        textField={
          <Autocomplete.TextField
            label={label}
            value={value}
            onChange={(typed) => {
              setNarrowing(true);
              onChange(typed);
            }}
            onFocus={() => setNarrowing(false)}
            error={error}
            helpText={helpText}
            placeholder={placeholder}
            maxLength={maxLength}
            autoComplete="off"
            spellCheck={false}
          />
        }
      />
    </TidyCombobox>
  );
}
