import { useSearchParams } from '@remix-run/react';
import { BlockStack, Box, Card, InlineGrid, Pagination, Select, Tabs, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';
import { figure } from '#app/components/words.ts';
import { actionWords, actorWords } from './action-words.ts';
import { AlertList, type AlertItem } from './alert-list.tsx';
import { AuditList, type AuditItem } from './audit-list.tsx';

type ActivityTabsProps = {
  page: { openCount: number; newer: string | null; older: string | null } & (
    | { tab: 'audit'; lines: AuditItem[]; actions: string[]; actors: string[] }
    | { tab: 'alerts'; open: AlertItem[]; resolved: AlertItem[] }
  );
};

const TABS = ['audit', 'alerts'] as const;

/** The two halves of a shop's history: what people did, and what needed them. */
export function ActivityTabs({ page }: ActivityTabsProps) {
  const [, setParams] = useSearchParams();
  const tabs = [
    { id: 'audit', content: 'Audit trail', panelID: 'activity' },
    {
      id: 'alerts',
      content: page.openCount === 0 ? 'Alerts' : `Alerts (${figure(page.openCount)} open)`,
      panelID: 'activity',
    },
  ];
  return (
    <Card padding="0">
      <Tabs
        tabs={tabs}
        selected={TABS.indexOf(page.tab)}
        onSelect={(index) => setParams(TABS[index] === 'alerts' ? { tab: 'alerts' } : {})}
      />
      <div id="activity">
        {page.tab === 'audit' ? (
          <>
            <AuditFilters actions={page.actions} actors={page.actors} />
            <AuditLines lines={page.lines} />
          </>
        ) : (
          <Alerts open={page.open} resolved={page.resolved} />
        )}
      </div>
      <Pages newer={page.newer} older={page.older} />
    </Card>
  );
}

function AuditFilters({ actions, actors }: { actions: string[]; actors: string[] }) {
  const [params, setParams] = useSearchParams();
  const chosen = { action: params.get('action') ?? '', person: params.get('person') ?? '' };
  function choose(part: Partial<typeof chosen>): void {
    const next = Object.entries({ ...chosen, ...part }).filter(([, value]) => value !== '');
    setParams(Object.fromEntries(next), { preventScrollReset: true });
  }
  const options = (all: string, values: string[], current: string, words: (value: string) => string) => [
    { value: '', label: all },
    // What the address names stays to be seen, also when the latest lines no longer have it.
    ...[...new Set([...values, ...(current === '' ? [] : [current])])].map((value) => ({
      value,
      label: words(value),
    })),
  ];
  return (
    <Box paddingInline="400" paddingBlockEnd="300">
      <InlineGrid columns={{ xs: 1, sm: 2 }} gap="300">
        <Select
          label="What was done"
          options={options('Everything', actions, chosen.action, actionWords)}
          value={chosen.action}
          onChange={(action) => choose({ action })}
        />
        <Select
          label="Who did it"
          options={options('Everybody', actors, chosen.person, actorWords)}
          value={chosen.person}
          onChange={(person) => choose({ person })}
        />
      </InlineGrid>
    </Box>
  );
}

function AuditLines({ lines }: { lines: AuditItem[] }) {
  const [params] = useSearchParams();
  if (lines.length > 0) {
    return <AuditList lines={lines} />;
  }
  return (
    <Remark>
      {params.has('action') || params.has('person')
        ? 'Nothing matches. Choose everything and everybody to see the whole trail.'
        : 'Nothing was changed yet. Every change of a setting, a mapping or a translation is written down here.'}
    </Remark>
  );
}

function Alerts({ open, resolved }: { open: AlertItem[]; resolved: AlertItem[] }) {
  const [params] = useSearchParams();
  const isFirstPage = !params.has('older') && !params.has('newer');
  return (
    <BlockStack>
      {isFirstPage ? (
        <>
          <Heading>Needs you</Heading>
          {open.length === 0 ? (
            <Remark>Nothing needs you now. A refused key or a file that stops shows here.</Remark>
          ) : (
            <AlertList label="Open alerts" alerts={open} />
          )}
        </>
      ) : null}
      {resolved.length === 0 ? null : (
        <>
          <Heading>Resolved</Heading>
          <AlertList label="Resolved alerts" alerts={resolved} />
        </>
      )}
    </BlockStack>
  );
}

function Heading({ children }: { children: string }) {
  return (
    <Box paddingInline="400" paddingBlock="300">
      <Text as="h2" variant="headingMd">
        {children}
      </Text>
    </Box>
  );
}

function Remark({ children }: { children: ReactNode }) {
  return (
    <Box paddingInline="400" paddingBlockEnd="400">
      <Text as="p" tone="subdued">
        {children}
      </Text>
    </Box>
  );
}

function Pages({ newer, older }: { newer: string | null; older: string | null }) {
  const [params, setParams] = useSearchParams();
  if (newer === null && older === null) {
    return null;
  }
  function go(place: Record<string, string>): void {
    const kept = [...params].filter(([key]) => key !== 'newer' && key !== 'older');
    setParams({ ...Object.fromEntries(kept), ...place });
  }
  return (
    <Box padding="300">
      <Pagination
        accessibilityLabel="Pages of the history"
        accessibilityLabels={{ previous: 'Newer', next: 'Older' }}
        previousTooltip="Newer"
        nextTooltip="Older"
        hasPrevious={newer !== null}
        hasNext={older !== null}
        onPrevious={() => go({ newer: newer ?? '' })}
        onNext={() => go({ older: older ?? '' })}
      />
    </Box>
  );
}
