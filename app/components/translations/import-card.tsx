import {
  BlockStack,
  Box,
  Button,
  ButtonGroup,
  Card,
  DropZone,
  InlineStack,
  Text,
  TextField,
} from '@shopify/polaris';
import { useState } from 'react';
import { ConfirmModal } from '#app/components/confirm-modal.tsx';
import { figure } from '#app/components/words.ts';
import { ImportReportText } from './import-report.tsx';
import { useImport } from './use-import.ts';

/** A CSV file, or pasted lines, into a table: first what it would do, then doing it. */
export function ImportCard({ onClose }: { onClose: () => void }) {
  const work = useImport({ onDone: onClose });
  const [pasted, setPasted] = useState('');
  const [fileName, setFileName] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const { report, act } = work;
  const changes = (report?.added ?? 0) + (report?.changed ?? 0);

  function take(file: File | undefined): void {
    if (file !== undefined) {
      setFileName(file.name);
      setPasted('');
      void work.checkFile(file);
    }
  }

  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h2" variant="headingMd">
            Import CSV
          </Text>
          <Button variant="tertiary" onClick={onClose}>
            Cancel
          </Button>
        </InlineStack>
        <Text as="p">
          Two columns, from and to, one entry a line. A first line with their names is optional. Nothing
          changes before you have seen what the file would do.
        </Text>
        <Box minHeight="120px">
          <DropZone
            label="CSV file, 1 MB at most"
            accept=".csv,.txt,text/csv,text/plain"
            allowMultiple={false}
            variableHeight
            disabled={work.isChecking || act.isBusy}
            onDrop={(files) => take(files[0])}
          >
            <DropZone.FileUpload actionTitle="Choose file" actionHint={fileName ?? 'or drop it here'} />
          </DropZone>
        </Box>
        <TextField
          label="Or paste lines"
          autoComplete="off"
          multiline={3}
          maxHeight={160}
          placeholder={'SYD01,Sydney Pitt St'}
          value={pasted}
          onChange={setPasted}
        />
        <InlineStack>
          <Button
            disabled={pasted.trim() === '' || act.isBusy}
            loading={work.isChecking}
            onClick={() => {
              setFileName(null);
              work.checkText(pasted);
            }}
          >
            Check pasted lines
          </Button>
        </InlineStack>
        <div role="status">
          {work.problem === undefined ? null : (
            <Text as="p" tone="critical" breakWord>
              {work.problem}
            </Text>
          )}
          {report === undefined ? null : <ImportReportText report={report} />}
        </div>
        {report === undefined ? null : (
          <ButtonGroup>
            <Button
              variant="primary"
              disabled={changes === 0}
              loading={act.isBusy}
              onClick={() => work.apply('merge')}
            >
              {changes === 1 ? 'Apply 1 change' : `Apply ${figure(changes)} changes`}
            </Button>
            <Button
              tone="critical"
              disabled={report.problemCount > 0 || act.isBusy || report.absent + changes === 0}
              onClick={() => setAsking(true)}
            >
              Replace all
            </Button>
          </ButtonGroup>
        )}
        {report === undefined || report.problemCount === 0 ? null : (
          <Text as="p" tone="subdued">
            Replace all needs a file of which every line can be used.
          </Text>
        )}
        <ConfirmModal
          isOpen={isAsking}
          title="Replace the whole table?"
          confirm="Replace all"
          isDestructive
          isBusy={act.isBusy}
          onConfirm={() => {
            setAsking(false);
            work.apply('replace');
          }}
          onCancel={() => setAsking(false)}
        >
          {`The table gets what the file holds: ${figure(report?.added ?? 0)} new, ${figure(report?.changed ?? 0)} changed. ${figure(report?.absent ?? 0)} entries that are not in the file are removed.`}
        </ConfirmModal>
      </BlockStack>
    </Card>
  );
}
