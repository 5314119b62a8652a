import { useNavigation } from '@remix-run/react';
import { BlockStack, Box, Button, Card, InlineStack, Pagination, Text } from '@shopify/polaris';
import { FilesFilters } from './files-filters.tsx';
import { FilesTable, type FileRow } from './files-table.tsx';
import { NoFiles } from './no-files.tsx';
import { useView } from './use-view.ts';

type FilesListProps = {
  page: {
    rows: FileRow[];
    before: string | null;
    after: string | null;
    connections: { id: string; name: string; directory: string }[];
    host: string | null;
    needsYou: number;
    moving: number;
  };
};

/** Tabs, filters and a page of files; or what to do when there is none. */
export function FilesList({ page }: FilesListProps) {
  const view = useView();
  const navigation = useNavigation();
  const isNarrowed = ['tab', 'connection', 'kind', 'lane', 'after', 'before'].some(
    (name) => view.get(name) !== '',
  );
  if (page.rows.length === 0 && !isNarrowed) {
    return <NoFiles host={page.host} connections={page.connections} />;
  }
  const previousURL = page.before === null ? undefined : view.address({ before: page.before });
  const nextURL = page.after === null ? undefined : view.address({ after: page.after });
  return (
    <BlockStack gap="200">
      <Card padding="0">
        <FilesFilters connections={page.connections} needsYou={page.needsYou} />
        <div aria-busy={navigation.state === 'loading'}>
          {page.rows.length === 0 ? (
            <NothingMatches tab={view.get('tab')} />
          ) : (
            <FilesTable files={page.rows} hasConnections={page.connections.length > 1} />
          )}
        </div>
        {previousURL === undefined && nextURL === undefined ? null : (
          <Box padding="300" borderBlockStartWidth="025" borderColor="border-secondary">
            <InlineStack align="center">
              <Pagination
                accessibilityLabel="Pages of files"
                hasPrevious={previousURL !== undefined}
                hasNext={nextURL !== undefined}
                previousURL={previousURL}
                nextURL={nextURL}
              />
            </InlineStack>
          </Box>
        )}
      </Card>
      <div role="status">
        <Text as="p" variant="bodySm" tone="subdued" alignment="center">
          {page.moving === 0
            ? 'No file is on its way. This page refreshes by itself.'
            : page.moving === 1
              ? 'One file is on its way. This page follows along.'
              : `${page.moving} files are on their way. This page follows along.`}
        </Text>
      </div>
    </BlockStack>
  );
}

function NothingMatches({ tab }: { tab: string }) {
  const view = useView();
  const isFiltered = ['connection', 'kind', 'lane'].some((name) => view.get(name) !== '');
  const message =
    tab === 'needs-you' && !isFiltered
      ? 'No file needs you.'
      : tab === 'in-progress' && !isFiltered
        ? 'No file is on its way.'
        : 'No files match.';
  return (
    <Box padding="800">
      <BlockStack gap="300" inlineAlign="center">
        <Text as="p" tone="subdued" alignment="center">
          {message}
        </Text>
        <Button onClick={() => view.go({ tab: '', connection: '', kind: '', lane: '' })}>
          Show all files
        </Button>
      </BlockStack>
    </Box>
  );
}
