import { Autocomplete } from '@shopify/polaris';
import { useMemo, useState } from 'react';
import { TidyCombobox } from '../tidy-combobox.tsx';

export type Choice = { value: string; label: string };

type ShopChoiceProps = {
  label: string;
  value: string;
  choices: Choice[];
  onChange: (value: string) => void;
  error?: string;
  helpText?: string;
};

/** Choices beyond these are found by typing. */
const SHOWN = 80;

/** One of many, found by typing. What is typed and stands in no list is handed on as it is, for the server to refuse. */
export function ShopChoice({ label, value, choices, onChange, error, helpText }: ShopChoiceProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const options = useMemo(() => {
    const wanted = searchable(typed ?? '');
    return choices.filter((one) => searchable(`${one.label} ${one.value}`).includes(wanted)).slice(0, SHOWN);
  }, [choices, typed]);
  return (
    <TidyCombobox>
      <Autocomplete
        options={options}
        selected={[value]}
        emptyState={<span>Nothing of that name</span>}
        onSelect={([chosen]) => {
          setTyped(null);
          onChange(chosen ?? value);
        }}
        textField={
          <Autocomplete.TextField
            label={label}
            value={typed ?? choices.find((one) => one.value === value)?.label ?? value}
            onChange={(text) => {
              setTyped(text);
              onChange(meant(choices, text) ?? text);
            }}
            onBlur={() => setTyped(null)}
            error={error}
            helpText={helpText}
            maxLength={100}
            autoComplete="off"
            spellCheck={false}
          />
        }
      />
    </TidyCombobox>
  );
}

function meant(choices: Choice[], text: string): string | undefined {
  const wanted = searchable(text);
  return choices.find((one) => searchable(one.label) === wanted || searchable(one.value) === wanted)?.value;
}

function searchable(text: string): string {
  return text.trim().toLowerCase().replaceAll('_', ' ');
}
