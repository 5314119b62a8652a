import { Modal, TitleBar } from '@shopify/app-bridge-react';
import { BlockStack, Box, ChoiceList, List, Text } from '@shopify/polaris';
import { useState } from 'react';

type EraseModalProps = {
  isOpen: boolean;
  isBusy: boolean;
  /** Klaviyo accounts in which the person may be deleted, too. */
  connections: { id: string; name: string }[];
  onErase: (connectionIds: string[]) => void;
  onCancel: () => void;
};

/** Asks before a person is erased, and in which Klaviyo accounts, too. Nothing is ticked: that is a decision of its own. */
export function EraseModal({ isOpen, isBusy, connections, onErase, onCancel }: EraseModalProps) {
  const [chosen, setChosen] = useState<string[]>([]);
  return (
    <Modal open={isOpen} onHide={onCancel}>
      <Box padding="400">
        <BlockStack gap="400">
          <Text as="p">
            Everybody in Apparel21 with the same e-mail counts as this person, in all connections. This cannot
            be undone.
          </Text>
          <List>
            <List.Item>
              Their customers, orders and rewards are removed here, with the rows of the files, requests and
              consent decisions, also from previews and rejected rows. Figures of past files stay.
            </List.Item>
            <List.Item>
              Later files do not bring them back: their rows are left out, and nothing of these rows is kept.
            </List.Item>
            <List.Item>
              Files on the SFTP server are not changed: the person stands in those of /processed until the
              clean-up or you delete them.
            </List.Item>
          </List>
          {connections.length === 0 ? null : (
            <ChoiceList
              allowMultiple
              title="Delete the profile in Klaviyo, too"
              choices={connections.map(({ id, name }) => ({
                value: id,
                label: name,
                helpText: 'Klaviyo deletes the profile with its events and consent, for good.',
              }))}
              selected={chosen}
              onChange={setChosen}
            />
          )}
        </BlockStack>
      </Box>
      <TitleBar title="Erase this person?">
        <button
          type="button"
          {...{ variant: 'primary', tone: 'critical' }}
          disabled={isBusy}
          onClick={() => onErase(chosen)}
        >
          Erase person
        </button>
        <button type="button" disabled={isBusy} onClick={onCancel}>
          Cancel
        </button>
      </TitleBar>
    </Modal>
  );
}
