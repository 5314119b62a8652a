import { BlockStack } from '@shopify/polaris';
import type { ComponentProps } from 'react';
import { BalanceSheet } from './balance-sheet.tsx';
import { FileDecision } from './file-decision.tsx';
import { FileFacts } from './file-facts.tsx';
import { FileHelp } from './file-help.tsx';
import { FilePreview } from './file-preview.tsx';
import { FileProblems } from './file-problems.tsx';
import { FileStepper } from './file-stepper.tsx';

type FileViewProps = {
  file: ComponentProps<typeof FileDecision>['file'] &
    ComponentProps<typeof FileFacts>['file'] &
    Omit<ComponentProps<typeof BalanceSheet>, 'rows' | 'isTest'> & {
      rows: ComponentProps<typeof BalanceSheet>['rows'] | null;
      steps: ComponentProps<typeof FileStepper>['steps'];
      preview: ComponentProps<typeof FilePreview>['sections'] | null;
      problems: Pick<ComponentProps<typeof FileProblems>, 'causes' | 'page'>;
      isLive: boolean;
    };
};

/** Everything about one file, the most urgent first. */
export function FileView({ file }: FileViewProps) {
  const { rows, preview, problems, records, kind, runId } = file;
  const isTest = file.lane === 'test';
  const failed = records.find(({ status }) => status === 'failed');
  return (
    <BlockStack gap="400">
      <FileDecision file={file} />
      <FileStepper steps={file.steps} isLive={file.isLive} />
      {rows === null ? null : <BalanceSheet {...file} rows={rows} isTest={isTest} />}
      {preview === null ? null : <FilePreview sections={preview} />}
      {rows === null || isTest ? null : (
        <FileProblems
          {...problems}
          failed={
            failed === undefined
              ? null
              : { count: failed.count, url: `/app/records/${kind}?run=${runId}&status=failed` }
          }
          hasDownload={rows.rejected > 0 || failed !== undefined}
        />
      )}
      <FileFacts file={file} />
      <FileHelp />
    </BlockStack>
  );
}
