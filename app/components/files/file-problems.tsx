import { Badge, BlockStack, Box, Button, Card, InlineStack, Link, Pagination, Text } from '@shopify/polaris';
import { useAct } from '../use-act.ts';
import { figure } from '../words.ts';
import { causeWords } from './cause-words.ts';
import { ProblemTable, type ProblemRow } from './problem-table.tsx';
import { useView } from './use-view.ts';

export type Cause = {
  severity: 'error' | 'warning';
  code: string;
  count: number;
  example: string;
  column: string | null;
};

type FileProblemsProps = {
  causes: Cause[];
  page: { rows: ProblemRow[]; before: string | null; after: string | null };
  /** Records of this file that failed: the mapping or Klaviyo refused them. */
  failed: { count: number; url: string } | null;
  /** There is something to download. */
  hasDownload: boolean;
};

/** Causes with more rows than this are counted no further. */
const MOST_COUNTED = 1_000;

/** What is wrong with the rows of a file: causes first, then row by row. */
export function FileProblems({ causes, page, failed, hasDownload }: FileProblemsProps) {
  const act = useAct();
  const view = useView();
  const chosen = view.get('cause');
  const errors = causes.filter(({ severity }) => severity === 'error');
  const warnings = causes.filter(({ severity }) => severity === 'warning');
  return (
    <div id="problems">
      <Card padding="0">
        <Box padding="400">
          <BlockStack gap="400">
            <InlineStack align="space-between" blockAlign="center" gap="200">
              <Text as="h2" variant="headingMd">
                Errors and warnings
              </Text>
              {hasDownload ? (
                <Button
                  onClick={() => act.run({ intent: 'download-errors' })}
                  loading={act.busyWith === 'download-errors'}
                >
                  Download errors
                </Button>
              ) : null}
            </InlineStack>
            {act.problem === undefined ? null : (
              <Text as="p" tone="critical">
                {act.problem}
              </Text>
            )}
            {hasDownload ? (
              <Text as="p" tone="subdued">
                The download holds the rows as they came, with the reason at the end of each. Correct them and
                put the file on the SFTP server under a new name; the reasons need not be deleted.
              </Text>
            ) : null}
            {failed === null ? null : (
              <Text as="p">
                <Link url={failed.url}>
                  {failed.count === 1 ? '1 record' : `${figure(failed.count)} records`}
                </Link>
                {' of this file failed on the way to Klaviyo. The reason stands at each of them.'}
              </Text>
            )}
            {errors.length === 0 && failed === null ? (
              <Text as="p" tone="subdued">
                No row was rejected.
              </Text>
            ) : null}
            <Causes title="Errors: these rows did not get through" causes={errors} chosen={chosen} />
            <Causes title="Warnings: these rows went on, without a part" causes={warnings} chosen={chosen} />
          </BlockStack>
        </Box>
        {page.rows.length === 0 ? null : (
          <>
            <Box padding="400" paddingBlockStart="0">
              <InlineStack gap="300" blockAlign="center">
                <Text as="h3" variant="headingSm">
                  {chosen === '' ? 'Rows with errors' : 'Rows with this cause'}
                </Text>
                {chosen === '' ? null : (
                  <Button variant="plain" onClick={() => view.go({ cause: '' })}>
                    Show all errors
                  </Button>
                )}
              </InlineStack>
            </Box>
            <ProblemTable rows={page.rows} />
            {page.before === null && page.after === null ? null : (
              <Box padding="300">
                <InlineStack align="center">
                  <Pagination
                    accessibilityLabel="Pages of rows"
                    hasPrevious={page.before !== null}
                    hasNext={page.after !== null}
                    onPrevious={() => view.go({ before: page.before ?? '' })}
                    onNext={() => view.go({ after: page.after ?? '' })}
                  />
                </InlineStack>
              </Box>
            )}
          </>
        )}
      </Card>
    </div>
  );
}

function Causes({ title, causes, chosen }: { title: string; causes: Cause[]; chosen: string }) {
  const view = useView();
  if (causes.length === 0) {
    return null;
  }
  return (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm">
        {title}
      </Text>
      <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {causes.map((cause) => {
          const { what, fix, link } = causeWords(cause);
          const id = `${cause.severity}.${cause.code}`;
          const count =
            cause.count > MOST_COUNTED && cause.severity === 'error'
              ? `${figure(MOST_COUNTED)}+`
              : figure(cause.count);
          return (
            <Box
              key={id}
              as="li"
              paddingBlock="200"
              borderBlockStartWidth="025"
              borderColor="border-secondary"
            >
              <BlockStack gap="050">
                <InlineStack gap="200" blockAlign="center">
                  <Badge tone={cause.severity === 'error' ? 'critical' : 'warning'}>
                    {`${count} ${count === '1' ? 'row' : 'rows'}`}
                  </Badge>
                  <Text as="span" fontWeight="medium" breakWord>
                    {what}
                  </Text>
                  {chosen === id ? (
                    <Badge>Shown below</Badge>
                  ) : (
                    <Button
                      variant="plain"
                      onClick={() => view.go({ cause: id })}
                      accessibilityLabel={`Show rows: ${what}`}
                    >
                      Show rows
                    </Button>
                  )}
                </InlineStack>
                <Text as="p" tone="subdued" breakWord>
                  {fix}
                  {link === undefined ? null : (
                    <>
                      {' '}
                      <Link url={link.url}>{link.content}</Link>
                    </>
                  )}
                </Text>
              </BlockStack>
            </Box>
          );
        })}
      </ul>
    </BlockStack>
  );
}
