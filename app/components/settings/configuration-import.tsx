import { BlockStack, Box, Button, Card, DropZone, InlineStack, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { ConfirmModal } from '../confirm-modal.tsx';
import { figure } from '../words.ts';
import { ConfigurationProblems, ConfigurationReportText } from './configuration-report.tsx';
import { useConfigurationImport } from './use-configuration-import.ts';

/** A shop.yaml, chosen or pasted: first what it would change, then changing it. */
export function ConfigurationImport({ mostCharacters }: { mostCharacters: number }) {
  const work = useConfigurationImport(mostCharacters);
  const [isAsking, setAsking] = useState(false);
  const { report, act } = work;
  const removed = report?.removed ?? [];
  const count = report?.changeCount ?? 0;

  async function take(file: File | undefined): Promise<void> {
    if (file !== undefined) {
      work.check(await file.text());
    }
  }

  return (
    <Card>
      <BlockStack gap="400">
        <Text as="p">
          All settings become what the file says; what it does not name gets its usual value, and a connection
          that it does not have is removed. Nothing changes before you have seen what would.
        </Text>
        <Box minHeight="120px">
          <DropZone
            label={`shop.yaml, ${figure(mostCharacters)} characters at most`}
            accept=".yaml,.yml,.txt,text/yaml,application/yaml"
            allowMultiple={false}
            variableHeight
            disabled={work.isChecking || act.isBusy}
            onDrop={(files) => void take(files[0])}
          >
            <DropZone.FileUpload actionTitle="Choose file" actionHint="or drop it here" />
          </DropZone>
        </Box>
        <TextField
          label="Or paste its text"
          autoComplete="off"
          multiline={6}
          maxHeight={320}
          monospaced
          spellCheck={false}
          helpText="${KLAVIYO_AU_KEY} and its like keep the secret that is stored. A secret that is new stands in the file itself."
          value={work.text}
          onChange={work.setText}
        />
        <InlineStack>
          <Button
            disabled={work.text.trim() === '' || act.isBusy}
            loading={work.isChecking}
            onClick={() => work.check(work.text)}
          >
            Check file
          </Button>
        </InlineStack>
        <div role="status">
          {work.problem === undefined ? null : (
            <ConfigurationProblems problem={work.problem} placed={work.placed} />
          )}
          {report === undefined ? null : <ConfigurationReportText report={report} />}
        </div>
        {count === 0 ? null : (
          <InlineStack>
            <Button
              variant="primary"
              tone={removed.length > 0 ? 'critical' : undefined}
              loading={act.isBusy}
              onClick={() => (removed.length > 0 ? setAsking(true) : work.apply())}
            >
              {count === 1 ? 'Apply 1 change' : `Apply ${figure(count)} changes`}
            </Button>
          </InlineStack>
        )}
      </BlockStack>
      <ConfirmModal
        isOpen={isAsking}
        title={
          removed.length === 1 ? 'Remove 1 connection?' : `Remove ${figure(removed.length)} connections?`
        }
        confirm="Apply and remove"
        isDestructive
        isBusy={act.isBusy}
        onConfirm={() => {
          setAsking(false);
          work.apply();
        }}
        onCancel={() => setAsking(false)}
      >
        {`The file does not have ${removed.join(', ')}. Nothing more is read or sent there. What Klaviyo holds stays as it is.`}
      </ConfirmModal>
    </Card>
  );
}
