import {
  BlockStack,
  Card,
  Checkbox,
  ChoiceList,
  FormLayout,
  InlineGrid,
  Text,
  TextField,
} from '@shopify/polaris';
import type { ConnectionForm } from '#app/domain/connection-form.ts';
import { laneDirectories } from '#app/domain/lanes.ts';
import type { SaveForm } from '../use-save-form.ts';

type SectionProps = { form: SaveForm<ConnectionForm> };

/** Where the files of this account come from. */
export function DirectorySection({ form }: SectionProps) {
  const directory = form.value.directory.trim();
  return (
    <Card>
      <BlockStack gap="400">
        <TextField
          label="Directory"
          value={form.value.directory}
          onChange={(changed) => form.change({ directory: changed, accepted: [] })}
          error={form.problem('directory')}
          maxLength={200}
          autoComplete="off"
          helpText="The folder on the SFTP server into which Apparel21 drops the files of this account, for example /pending/au."
        />
        <Lanes directory={directory} />
      </BlockStack>
    </Card>
  );
}

function Lanes({ directory }: { directory: string }) {
  const isUsable = directory === '/pending' || directory.startsWith('/pending/');
  const lanes = laneDirectories(isUsable ? directory : '/pending');
  const lines = [
    { path: lanes.pending, use: 'Read and sent by itself' },
    { path: lanes.processed, use: 'Where a finished file goes' },
    { path: lanes.test, use: 'Shows what would be sent, sends nothing' },
    { path: lanes.bulk, use: 'History: waits until somebody starts it' },
  ];
  return (
    <dl
      style={{
        margin: 0,
        display: 'grid',
        gap: 12,
        gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 220px), 1fr))',
      }}
    >
      {lines.map(({ path, use }) => (
        <div key={use}>
          <dt>
            <Text as="span" fontWeight="medium" breakWord>
              {path}
            </Text>
          </dt>
          <dd style={{ margin: 0 }}>
            <Text as="span" tone="subdued">
              {use}
            </Text>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What becomes of customers. */
export function ProfilesSection({ form }: SectionProps) {
  const { value } = form;
  return (
    <Card>
      <FormLayout>
        <TextField
          label="List for new profiles"
          value={value.list}
          onChange={(list) => form.change({ list })}
          error={form.problem('list')}
          maxLength={200}
          autoComplete="off"
          helpText="Name of a list in Klaviyo; it is created when it is missing. Leave it empty for no list."
        />
        <Checkbox
          label="Send Apparel21’s customer number as external ID"
          helpText="Switch it off when the account already uses external IDs for something else, or when two Apparel21 send to it."
          checked={value.sendExternalId}
          onChange={(sendExternalId) => form.change({ sendExternalId })}
        />
        <Checkbox
          label="Send columns without a mapping, too"
          helpText="Every column that no mapping uses becomes a profile property of the same name."
          checked={value.passThrough}
          onChange={(passThrough) => form.change({ passThrough })}
        />
      </FormLayout>
    </Card>
  );
}

const EVENT_LABELS = {
  order: 'Order',
  item: 'Each item of an order',
  return: 'Return',
  reward: 'Reward',
} as const;

/** What orders and rewards are called in Klaviyo, and from when on they count as new. */
export function EventsSection({ form }: SectionProps) {
  const { value } = form;
  const names = Object.keys(EVENT_LABELS) as (keyof typeof EVENT_LABELS)[];
  return (
    <Card>
      <BlockStack gap="400">
        <InlineGrid columns={{ xs: 1, sm: 2 }} gap="400">
          {names.map((name) => (
            <TextField
              key={name}
              label={EVENT_LABELS[name]}
              value={value.events[name]}
              onChange={(text) => form.change({ events: { ...value.events, [name]: text } })}
              error={form.problem(`events.${name}`)}
              maxLength={127}
              autoComplete="off"
            />
          ))}
        </InlineGrid>
        <Checkbox
          label="Send an event for each item of an order"
          helpText="In addition to the event of the whole order; for flows about single products."
          checked={value.itemEvents}
          onChange={(itemEvents) => form.change({ itemEvents })}
        />
        <TextField
          label="History before"
          type="date"
          value={value.historyBefore}
          onChange={(historyBefore) => form.change({ historyBefore })}
          error={form.problem('historyBefore')}
          autoComplete="off"
          helpText="Orders before this day are sent as history: they start no flows. Leave it empty to send every order as new."
        />
      </BlockStack>
    </Card>
  );
}

/** How much is sent, and how much at once. */
export function SendingSection({ form }: SectionProps) {
  const { value } = form;
  return (
    <Card>
      <BlockStack gap="400">
        <ChoiceList
          title="Mode"
          choices={[
            {
              value: 'production',
              label: 'Production',
              helpText: 'Everything that changed is sent.',
            },
            {
              value: 'test',
              label: 'Test',
              helpText: 'Only the first few records of each run reach Klaviyo; the others wait as pending.',
              renderChildren: (isSelected) =>
                isSelected ? (
                  <TextField
                    label="Records per run"
                    value={value.testMaxRecords}
                    onChange={(testMaxRecords) => form.change({ testMaxRecords })}
                    error={form.problem('testMaxRecords')}
                    inputMode="numeric"
                    autoComplete="off"
                  />
                ) : null,
            },
          ]}
          selected={[value.mode]}
          onChange={([mode]) => form.change({ mode: mode === 'test' ? 'test' : 'production' })}
        />
        <TextField
          label="Records in one request, at most"
          value={value.batchSize}
          onChange={(batchSize) => form.change({ batchSize })}
          error={form.problem('batchSize')}
          inputMode="numeric"
          autoComplete="off"
          helpText="Klaviyo takes up to 10,000 profiles at once. Fewer only slow things down."
        />
      </BlockStack>
    </Card>
  );
}
