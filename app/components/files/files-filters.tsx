import { ChoiceList, IndexFilters, IndexFiltersMode, useSetIndexFiltersMode } from '@shopify/polaris';
import { LANES, RECORD_KINDS } from '#app/domain/records.ts';
import { KIND_WORDS, LANE_WORDS } from '../words.ts';
import { useView } from './use-view.ts';

type FilesFiltersProps = { connections: { id: string; name: string }[]; needsYou: number };

const MOST = 99;

// On a telephone Polaris draws the bar only in the browser: its room is kept, or the list would jump.
const RESERVED = '@media (max-width: 47.99em) { .files-filters { min-height: 49px } }';

/** Tabs and filters of the list of files. */
export function FilesFilters({ connections, needsYou }: FilesFiltersProps) {
  const view = useView();
  const tabs = [
    { id: '', content: 'All' },
    {
      id: 'needs-you',
      content: 'Needs you',
      badge: needsYou === 0 ? undefined : needsYou > MOST ? `${MOST}+` : String(needsYou),
    },
    { id: 'in-progress', content: 'In progress' },
    { id: 'done', content: 'Done' },
  ];
  const choices = [
    {
      key: 'connection',
      label: 'Connection',
      options: connections.map(({ id, name }) => ({ value: id, label: name })),
    },
    {
      key: 'kind',
      label: 'Kind',
      options: RECORD_KINDS.map((kind) => ({ value: kind, label: KIND_WORDS[kind] })),
    },
    { key: 'lane', label: 'Lane', options: LANES.map((lane) => ({ value: lane, label: LANE_WORDS[lane] })) },
  ].filter(({ options }) => options.length > 1);
  const applied = choices.flatMap(({ key, label, options }) => {
    const chosen = options.find(({ value }) => value === view.get(key));
    return chosen === undefined
      ? []
      : [{ key, label: `${label}: ${chosen.label}`, onRemove: () => view.go({ [key]: '' }) }];
  });
  const { mode, setMode } = useSetIndexFiltersMode(
    applied.length > 0 ? IndexFiltersMode.Filtering : IndexFiltersMode.Default,
  );
  function clearAll(): void {
    view.go({ connection: '', kind: '', lane: '' });
  }
  return (
    <div className="files-filters">
      <style>{RESERVED}</style>
      <IndexFilters
        tabs={tabs.map((tab) => ({ ...tab, id: `files-${tab.id}`, isLocked: true }))}
        selected={Math.max(
          0,
          tabs.findIndex(({ id }) => id === view.get('tab')),
        )}
        onSelect={(index) => view.go({ tab: tabs[index]?.id ?? '' })}
        filters={choices.map(({ key, label, options }) => ({
          key,
          label,
          pinned: true,
          filter: (
            <ChoiceList
              title={label}
              titleHidden
              choices={options}
              selected={[view.get(key)]}
              onChange={([value = '']) => view.go({ [key]: value })}
            />
          ),
        }))}
        appliedFilters={applied}
        onClearAll={clearAll}
        hideQueryField
        onQueryChange={() => undefined}
        onQueryClear={() => undefined}
        cancelAction={{ onAction: clearAll }}
        mode={mode}
        setMode={setMode}
        canCreateNewView={false}
        disableKeyboardShortcuts
      />
    </div>
  );
}
