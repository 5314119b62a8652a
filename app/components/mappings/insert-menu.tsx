import { ActionList, Button, Popover } from '@shopify/polaris';
import { useState } from 'react';

type InsertMenuProps = {
  name: string;
  /** What the button is for, with the field that it belongs to. */
  label: string;
  items: { content: string; helpText?: string; insert: string }[];
  filterLabel: string;
  onInsert: (text: string) => void;
};

/** A button with a list of things to put into a text field. */
export function InsertMenu({ name, label, items, filterLabel, onInsert }: InsertMenuProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover
      active={isOpen}
      onClose={() => setOpen(false)}
      autofocusTarget="first-node"
      preferredAlignment="left"
      preferredPosition="below"
      activator={
        <Button
          size="slim"
          disclosure={isOpen ? 'up' : 'down'}
          accessibilityLabel={label}
          ariaExpanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {name}
        </Button>
      }
    >
      <ActionList
        allowFiltering
        filterLabel={filterLabel}
        items={items.map(({ content, helpText, insert }) => ({
          id: insert,
          content,
          helpText,
          onAction: () => {
            setOpen(false);
            onInsert(insert);
          },
        }))}
      />
    </Popover>
  );
}
