import { useSearchParams } from '@remix-run/react';
import { BlockStack, Box, Button, Card, Pagination, Tabs, Text, TextField } from '@shopify/polaris';
import { useEffect, useState } from 'react';
import type { Act } from '#app/components/use-act.ts';
import { figure } from '#app/components/words.ts';
import { EntryGrid } from './entry-grid.tsx';
import { MissingGrid } from './missing-grid.tsx';
import { missingFigure } from './table-list.tsx';
import type { TableForm } from './use-table-form.ts';

export type TableLines = { entryCount: number; missingCount: number; ruleWords: string } & (
  | { view: 'all'; entries: { from: string; to: string }[]; previous: string | null; next: string | null }
  | { view: 'missing'; misses: { value: string; count: number; firstSeen: string; lastSeen: string }[] }
);

type LinesCardProps = { page: TableLines; table: TableForm; act: Act; mostCounted: number };

const VIEWS = ['all', 'missing'] as const;
const SEARCH_PAUSE_MS = 300;

/** The lines of a table: all of them in pages, or the values that lack one. */
export function LinesCard({ page, table, act, mostCounted }: LinesCardProps) {
  const [params, setParams] = useSearchParams();
  const tabs = [
    { id: 'all', content: `All (${figure(page.entryCount)})`, panelID: 'lines' },
    {
      id: 'missing',
      content: `Missing (${missingFigure(page.missingCount, mostCounted)})`,
      panelID: 'lines',
    },
  ];
  function show(view: string): void {
    const search = params.get('search');
    setParams(
      { ...(view === 'missing' ? { view } : {}), ...(search === null ? {} : { search }) },
      { preventScrollReset: true },
    );
  }
  return (
    <Card padding="0">
      <Tabs
        tabs={tabs}
        selected={VIEWS.indexOf(page.view)}
        onSelect={(index) => show(VIEWS[index] ?? 'all')}
      />
      <Box padding="400" paddingBlockStart="100">
        <div id="lines">
          <BlockStack gap="300">
            <LineSearch />
            {page.view === 'all' || table.pinned.length > 0 ? (
              <EntryGrid table={table} entries={page.view === 'all' ? page.entries : []} />
            ) : null}
            {page.view === 'missing' && page.misses.length > 0 ? (
              <MissingGrid table={table} misses={page.misses} dismiss={act} />
            ) : null}
            <Remark page={page} isSearching={params.has('search')} onAdd={table.addRow} />
            {table.elsewhere === 0 ? null : (
              <Text as="p" tone="subdued">
                {`${figure(table.elsewhere)} unsaved on other pages of the list. Save saves them, too.`}
              </Text>
            )}
            <Pages page={page} />
          </BlockStack>
        </div>
      </Box>
    </Card>
  );
}

/** Looks while somebody types. Enter looks, too, and does not save the form around it. */
function LineSearch() {
  const [params, setParams] = useSearchParams();
  const found = params.get('search') ?? '';
  const [typed, setTyped] = useState(found);
  useEffect(() => {
    if (typed === found) {
      return;
    }
    const timer = setTimeout(() => {
      const view = params.get('view');
      setParams(
        { ...(view === null ? {} : { view }), ...(typed === '' ? {} : { search: typed }) },
        { replace: true, preventScrollReset: true },
      );
    }, SEARCH_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, found, params, setParams]);
  return (
    <div
      onKeyDown={(event) => {
        if (event.key === 'Enter') {
          event.preventDefault();
        }
      }}
    >
      <TextField
        label="Search in this table"
        labelHidden
        placeholder="Search in this table"
        autoComplete="off"
        type="search"
        clearButton
        value={typed}
        onChange={setTyped}
        onClearButtonClick={() => setTyped('')}
      />
    </div>
  );
}

type RemarkProps = { page: TableLines; isSearching: boolean; onAdd: () => void };

/** What an empty list means, and how much of a long one is shown. */
function Remark({ page, isSearching, onAdd }: RemarkProps) {
  if (page.view === 'missing') {
    const rest = page.missingCount - page.misses.length;
    const words =
      page.misses.length === 0
        ? isSearching
          ? 'No missing value matches.'
          : 'Every value that files brought has a translation.'
        : `Until it has a translation, a value ${page.ruleWords}.${rest > 0 && !isSearching ? ' The most frequent ones are shown.' : ''}`;
    return (
      <Text as="p" tone="subdued">
        {words}
      </Text>
    );
  }
  if (page.entries.length > 0) {
    return null;
  }
  return isSearching ? (
    <Text as="p" tone="subdued">
      No entry matches.
    </Text>
  ) : (
    <BlockStack gap="200" inlineAlign="start">
      <Text as="p" tone="subdued">
        The table is empty. Add an entry such as “SYD01 → Sydney Pitt St”, or import a CSV file.
      </Text>
      <Button onClick={onAdd}>Add first entry</Button>
    </BlockStack>
  );
}

function Pages({ page }: { page: TableLines }) {
  const [params, setParams] = useSearchParams();
  if (page.view !== 'all' || (page.previous === null && page.next === null)) {
    return null;
  }
  const { previous, next } = page;
  function go(place: Record<string, string>): void {
    const search = params.get('search');
    setParams({ ...place, ...(search === null ? {} : { search }) });
  }
  return (
    <Pagination
      accessibilityLabel="Pages of the table"
      hasPrevious={previous !== null}
      hasNext={next !== null}
      onPrevious={() => go({ before: previous ?? '' })}
      onNext={() => go({ after: next ?? '' })}
    />
  );
}
