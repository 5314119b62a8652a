import { Banner, BlockStack, Link, Text } from '@shopify/polaris';
import { figure } from '../words.ts';
import type { ColumnsView } from './columns-view.ts';

/** Where the columns to choose from come from, and whether that file waits for a column. */
export function ColumnsFile({ page }: { page: Pick<ColumnsView, 'kind' | 'file'> }) {
  const { kind, file } = page;
  if (file === null) {
    return (
      <Text as="p" tone="subdued">
        {`No ${kind} file was read yet, so there is nothing to choose from. Put one into the test folder of a connection to see its columns here, or type the names.`}
      </Text>
    );
  }
  return (
    <BlockStack gap="300">
      <Text as="p" breakWord>
        {'Columns and examples are those of '}
        <Link url={`/app/files/${file.id}`}>{file.name}</Link>
        {`, ${file.connection}, ${file.seenAt}: ${figure(file.header.length)} columns.`}
      </Text>
      {file.problem === null ? null : (
        <Banner
          tone="warning"
          title="This file is held"
          action={{ content: 'Open file', url: `/app/files/${file.id}` }}
        >
          <Text as="p" breakWord>
            {`${firstSentences(file.problem)} Once the right columns are saved, release the file.`}
          </Text>
        </Banner>
      )}
    </BlockStack>
  );
}

/** Without the remedy that sends people to this very page. */
function firstSentences(problem: string): string {
  return problem.replace(
    /\s*Add the column to the export, or choose another one in the column settings\.$/,
    '',
  );
}
