import {
  Badge,
  BlockStack,
  Box,
  Button,
  Card,
  Divider,
  InlineError,
  InlineStack,
  ProgressBar,
  Text,
} from '@shopify/polaris';
import { useId } from 'react';
import { useAct } from '../use-act.ts';

type StepKey = 'sftp' | 'connection' | 'columns' | 'mapping' | 'test-file' | 'switch-on';

type SetUpGuideProps = {
  steps: { key: StepKey; isDone: boolean }[];
  hasSample: boolean;
};

const STEPS: Record<StepKey, { title: string; why: string; action: string; url: string }> = {
  sftp: {
    title: 'Connect the SFTP server',
    why: 'Apparel21 drops its files there. Threadline logs in, lists the folders and remembers the server’s fingerprint.',
    action: 'Connect SFTP',
    url: '/app/settings/sftp',
  },
  connection: {
    title: 'Connect a Klaviyo account',
    why: 'A name, a private key and the folder whose files belong to this account.',
    action: 'Add connection',
    url: '/app/settings/connections/new',
  },
  columns: {
    title: 'Check the columns',
    why: 'Which column holds the key, the e-mail and the phone. Apparel21’s own template needs no change.',
    action: 'Check columns',
    url: '/app/settings/columns',
  },
  mapping: {
    title: 'Look through the mappings',
    why: 'They decide what becomes of every column in Klaviyo. The presets fit the template.',
    action: 'Open mappings',
    url: '/app/mappings',
  },
  'test-file': {
    title: 'Preview a test file',
    why: 'Put an export into the test folder: its page shows exactly what would be sent. Nothing is.',
    action: 'See files',
    url: '/app/files',
  },
  'switch-on': {
    title: 'Switch on data sync',
    why: 'From then on every file in the pending folder goes to Klaviyo by itself.',
    action: 'Switch on',
    url: '/app/settings/automation',
  },
};

/** From an empty shop to a running sync: each step told from what is really there. */
export function SetUpGuide({ steps, hasSample }: SetUpGuideProps) {
  const act = useAct();
  const titleId = useId();
  const done = steps.filter(({ isDone }) => isDone).length;
  const next = steps.find(({ isDone }) => !isDone);
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="200">
          <InlineStack align="space-between" blockAlign="center">
            <Text as="h2" variant="headingMd" id={titleId}>
              Set up Threadline
            </Text>
            <Button
              variant="plain"
              disabled={act.isBusy}
              onClick={() => act.run({ intent: 'dismiss-guide' })}
            >
              Hide guide
            </Button>
          </InlineStack>
          <Text as="p" tone="subdued">
            {`${done} of ${steps.length} steps done`}
          </Text>
          <ProgressBar
            progress={(100 * done) / steps.length}
            size="small"
            tone="success"
            ariaLabelledBy={titleId}
          />
        </BlockStack>
        <ol style={{ listStyle: 'none', margin: 0, padding: 0 }}>
          {steps.map(({ key, isDone }) => (
            <Box
              key={key}
              as="li"
              paddingBlock="300"
              borderBlockStartWidth="025"
              borderColor="border-secondary"
            >
              <InlineStack gap="300" align="space-between" blockAlign="center">
                <BlockStack gap="100">
                  <InlineStack gap="200" blockAlign="center">
                    <Text as="h3" variant="headingSm">
                      {STEPS[key].title}
                    </Text>
                    {isDone ? <Badge tone="success">Done</Badge> : null}
                  </InlineStack>
                  {isDone ? null : (
                    <Text as="p" tone="subdued">
                      {STEPS[key].why}
                    </Text>
                  )}
                </BlockStack>
                {isDone ? null : (
                  <Button url={STEPS[key].url} variant={key === next?.key ? 'primary' : 'secondary'}>
                    {STEPS[key].action}
                  </Button>
                )}
              </InlineStack>
            </Box>
          ))}
        </ol>
        <Divider />
        {act.problem === undefined ? null : <InlineError fieldID={titleId} message={act.problem} />}
        <InlineStack gap="300" align="space-between" blockAlign="center">
          <Text as="p" tone="subdued">
            {hasSample
              ? 'The sample data shows every page with content. Nothing of it is ever sent.'
              : 'Want to look around first? Sample data fills every page, and nothing of it is ever sent.'}
          </Text>
          <Button
            loading={act.isBusy && act.busyWith !== 'dismiss-guide'}
            onClick={() => act.run({ intent: hasSample ? 'remove-sample' : 'add-sample' })}
          >
            {hasSample ? 'Remove sample data' : 'Try with sample data'}
          </Button>
        </InlineStack>
      </BlockStack>
    </Card>
  );
}
