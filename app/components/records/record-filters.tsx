import { useNavigate } from '@remix-run/react';
import { ChoiceList, IndexFilters, Text, useSetIndexFiltersMode, IndexFiltersMode } from '@shopify/polaris';
import type { ComponentProps } from 'react';
import { useEffect, useRef, useState } from 'react';
import {
  NO_FILTER,
  parseRecordFilter,
  recordFilterParameters,
  RECORD_SORTS,
  recordsPath,
  SINCE_DAYS,
  sortsOf,
  type RecordFilter,
} from '#app/domain/record-filter.ts';
import { figure } from '../words.ts';
import { causeTitle, searchWords, SINCE_WORDS, SORT_WORDS, TAB_WORDS } from './record-words.ts';
import type { RecordsList } from './records-list.ts';

type FiltersProps = ComponentProps<typeof IndexFilters>;

/** Room for the bar before Polaris has measured it, so that the rows below do not jump on narrow screens. */
const BAR_HEIGHT = '2.75rem';
const SEARCH_HEIGHT = '5rem';

/** A pause in typing after which the search is asked for, ms. */
const TYPING_MS = 300;

/** Goes to the same list with a changed filter, on its first page. */
export function useFilterChange({ kind, filter }: RecordsList): (change: Partial<RecordFilter>) => void {
  const navigate = useNavigate();
  return (change) => {
    // Read back once: a filter that no longer fits (a cause without its tab) is left out of the address.
    const next = parseRecordFilter(kind, recordFilterParameters({ ...filter, ...change }));
    navigate(recordsPath(kind, next));
  };
}

/** Tabs, search, filters and sort of a list; all of it lives in the address. */
export function RecordFilters({ list, isLoading }: { list: RecordsList; isLoading: boolean }) {
  const { kind, filter, tabs } = list;
  const change = useFilterChange(list);
  const [typed, setTyped] = useTypedSearch(filter.search, (search) => change({ search }));
  const applied = appliedFilters(list, change);
  const isFiltered = applied.length > 0 || filter.search !== '';
  const { mode, setMode } = useSetIndexFiltersMode(
    isFiltered ? IndexFiltersMode.Filtering : IndexFiltersMode.Default,
  );
  const sorts = sortsOf(kind, filter);
  function clear(): void {
    setTyped('');
    change({ ...NO_FILTER, tab: filter.tab, sort: filter.sort });
  }
  return (
    <div style={{ minHeight: mode === IndexFiltersMode.Default ? BAR_HEIGHT : SEARCH_HEIGHT }}>
      <IndexFilters
        tabs={tabs.map(({ tab, count }) => ({
          id: tab,
          // A badge would be read as "New 120", and a label of its own would not be what stands there.
          content: count === null ? TAB_WORDS[tab] : `${TAB_WORDS[tab]} (${figure(count)})`,
          isLocked: true,
        }))}
        selected={tabs.findIndex(({ tab }) => tab === filter.tab)}
        onSelect={(index) => change({ tab: tabs[index]?.tab ?? 'all', code: null })}
        canCreateNewView={false}
        queryValue={typed}
        queryPlaceholder={searchWords(kind, filter.tab)}
        onQueryChange={setTyped}
        onQueryClear={() => {
          setTyped('');
          change({ search: '' });
        }}
        filters={choices(list, change)}
        appliedFilters={applied}
        onClearAll={clear}
        cancelAction={{ onAction: clear }}
        sortOptions={RECORD_SORTS.filter((sort) => sorts.includes(sort)).map((sort) => ({
          ...SORT_WORDS[sort],
          value: sort.replace('-', ' ') as `${string} ${'asc' | 'desc'}`,
        }))}
        sortSelected={[filter.sort.replace('-', ' ')]}
        onSort={([value]) =>
          change({ sort: RECORD_SORTS.find((sort) => sort === value?.replace(' ', '-')) ?? NO_FILTER.sort })
        }
        mode={mode}
        setMode={setMode}
        loading={isLoading}
        autoFocusSearchField={false}
      />
    </div>
  );
}

/** What is being typed, and the search that follows it after a pause. A search from elsewhere (Back) replaces it. */
function useTypedSearch(
  search: string,
  onSearch: (search: string) => void,
): [string, (text: string) => void] {
  const [typed, setTyped] = useState(search);
  const [known, setKnown] = useState(search);
  const [asked, setAsked] = useState(search);
  const latest = useRef(onSearch);
  useEffect(() => {
    latest.current = onSearch;
  });
  // https://react.dev/reference/react/useState#storing-information-from-previous-renders
  if (search !== known) {
    setKnown(search);
    // The answer to what was asked for arrives while somebody types on: that stays.
    if (search !== asked) {
      setAsked(search);
      setTyped(search);
    }
  }
  useEffect(() => {
    const next = typed.trim();
    if (next === asked) {
      return;
    }
    const timer = setTimeout(() => {
      setAsked(next);
      latest.current(next);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, asked]);
  return [typed, setTyped];
}

function choices(
  { filter, connections, causes, file }: RecordsList,
  change: (part: Partial<RecordFilter>) => void,
): FiltersProps['filters'] {
  const all: (FiltersProps['filters'][number] & { isOffered: boolean })[] = [
    {
      key: 'run',
      label: 'File',
      isOffered: filter.runId !== null,
      hidden: true,
      pinned: true,
      filter: <Text as="p">{file ?? 'This file is not here any more.'}</Text>,
    },
    {
      key: 'connection',
      label: 'Connection',
      isOffered: connections.length > 1 || filter.connectionId !== null,
      pinned: true,
      filter: (
        <ChoiceList
          title="Connection"
          titleHidden
          choices={connections.map(({ id, name }) => ({ label: name, value: id }))}
          selected={filter.connectionId === null ? [] : [filter.connectionId]}
          onChange={([id]) => change({ connectionId: id ?? null })}
        />
      ),
    },
    {
      key: 'since',
      label: 'Changed since',
      isOffered: filter.runId === null,
      pinned: true,
      filter: (
        <ChoiceList
          title="Changed since"
          titleHidden
          choices={SINCE_DAYS.map((days) => ({ label: SINCE_WORDS[days], value: String(days) }))}
          selected={filter.since === null ? [] : [String(filter.since)]}
          onChange={([days]) => change({ since: SINCE_DAYS.find((one) => String(one) === days) ?? null })}
        />
      ),
    },
    {
      key: 'code',
      label: 'Cause',
      isOffered: filter.tab === 'failed',
      pinned: true,
      filter: (
        <ChoiceList
          title="Cause"
          titleHidden
          choices={causes.map(({ code, example }) => ({
            label: causeTitle(code),
            value: code,
            helpText: example,
          }))}
          selected={filter.code === null ? [] : [filter.code]}
          onChange={([code]) => change({ code: code ?? null })}
        />
      ),
    },
  ];
  return all.filter(({ isOffered }) => isOffered).map(({ isOffered: _, ...one }) => one);
}

function appliedFilters(
  { filter, connections, file }: RecordsList,
  change: (part: Partial<RecordFilter>) => void,
): NonNullable<FiltersProps['appliedFilters']> {
  const applied: NonNullable<FiltersProps['appliedFilters']> = [];
  if (filter.runId !== null) {
    const label = `File ${file ?? 'that is not here any more'}`;
    applied.push({ key: 'run', label, onRemove: () => change({ runId: null }) });
  }
  if (filter.connectionId !== null) {
    const name =
      connections.find(({ id }) => id === filter.connectionId)?.name ?? 'that is not here any more';
    applied.push({
      key: 'connection',
      label: `Connection ${name}`,
      onRemove: () => change({ connectionId: null }),
    });
  }
  if (filter.since !== null) {
    const label = `Changed: ${SINCE_WORDS[filter.since].toLowerCase()}`;
    applied.push({ key: 'since', label, onRemove: () => change({ since: null }) });
  }
  if (filter.code !== null) {
    const label = `Cause: ${causeTitle(filter.code)}`;
    applied.push({ key: 'code', label, onRemove: () => change({ code: null }) });
  }
  return applied;
}
