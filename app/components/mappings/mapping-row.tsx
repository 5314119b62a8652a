import {
  ActionList,
  Badge,
  BlockStack,
  Box,
  Button,
  Icon,
  InlineStack,
  Link,
  Popover,
  Text,
} from '@shopify/polaris';
import { ArrowDownIcon, ArrowUpIcon, DragHandleIcon, MenuHorizontalIcon } from '@shopify/polaris-icons';
import { useState } from 'react';

export type MappingItem = {
  id: string;
  name: string;
  target: string;
  description: string;
  rules: { lead: string; template: string }[];
  moreRules: number;
  connection: string | null;
  blank: string | null;
  enabled: boolean;
  neighbours: string | null;
};

type MappingRowProps = {
  mapping: MappingItem;
  isFirst: boolean;
  isLast: boolean;
  isDropTarget: boolean;
  onMove: (step: -1 | 1) => void;
  onToggle: () => void;
  onRemove: () => void;
  drag: { onStart: () => void; onOver: () => void; onDrop: () => void; onEnd: () => void };
};

/** One mapping of the list: what it sets, its rules in a sentence, and what can be done with it. */
export function MappingRow(props: MappingRowProps) {
  const { mapping, isFirst, isLast, isDropTarget, onMove, onToggle, onRemove, drag } = props;
  const { id, name, enabled } = mapping;
  return (
    <li
      style={{
        borderBlockStart: isFirst
          ? undefined
          : 'var(--p-border-width-025) solid var(--p-color-border-secondary)',
        background: isDropTarget ? 'var(--p-color-bg-surface-selected)' : undefined,
      }}
      onDragOver={(event) => {
        event.preventDefault();
        drag.onOver();
      }}
      onDrop={(event) => {
        event.preventDefault();
        drag.onDrop();
      }}
    >
      <Box paddingBlock="300" paddingInline="400">
        <div
          style={{ display: 'flex', gap: 'var(--p-space-300)', alignItems: 'flex-start', flexWrap: 'wrap' }}
        >
          <div style={{ display: 'flex', gap: 'var(--p-space-200)', flex: '1 1 260px', minWidth: 0 }}>
            <DragHandle name={name} id={id} onStart={drag.onStart} onEnd={drag.onEnd} />
            <Summary mapping={mapping} />
          </div>
          <InlineStack gap="100" wrap={false}>
            <Button
              icon={ArrowUpIcon}
              size="slim"
              variant="tertiary"
              accessibilityLabel={`Move ${name} up`}
              disabled={isFirst}
              onClick={() => onMove(-1)}
            />
            <Button
              icon={ArrowDownIcon}
              size="slim"
              variant="tertiary"
              accessibilityLabel={`Move ${name} down`}
              disabled={isLast}
              onClick={() => onMove(1)}
            />
            <RowMenu id={id} name={name} enabled={enabled} onToggle={onToggle} onRemove={onRemove} />
          </InlineStack>
        </div>
      </Box>
    </li>
  );
}

/** For the mouse only: the buttons beside it do the same for everybody. */
function DragHandle({
  name,
  id,
  onStart,
  onEnd,
}: {
  name: string;
  id: string;
  onStart: () => void;
  onEnd: () => void;
}) {
  return (
    <span
      draggable
      aria-hidden
      title={`Drag to move ${name}`}
      style={{ cursor: 'grab', height: 20, flex: 'none' }}
      onDragStart={(event) => {
        event.dataTransfer.setData('text/plain', id);
        event.dataTransfer.effectAllowed = 'move';
        const row = event.currentTarget.closest('li');
        if (row !== null) {
          event.dataTransfer.setDragImage(row, 12, 12);
        }
        onStart();
      }}
      onDragEnd={onEnd}
    >
      <Icon source={DragHandleIcon} tone="subdued" />
    </span>
  );
}

function Summary({ mapping }: { mapping: MappingItem }) {
  const { id, name, target, description, rules, moreRules, connection, blank, enabled, neighbours } = mapping;
  return (
    <div style={{ minWidth: 0 }}>
      <BlockStack gap="100">
        <InlineStack gap="200" blockAlign="center">
          <Link url={`/app/mappings/${id}`} removeUnderline>
            <Text as="span" fontWeight="semibold" breakWord>
              {name}
            </Text>
          </Link>
          {connection === null ? null : <Badge>{connection}</Badge>}
          {enabled ? null : <Badge tone="attention">Off</Badge>}
        </InlineStack>
        <Text as="p" variant="bodySm" tone="subdued" breakWord>
          {description === '' || description === name ? target : `${target} · ${description}`}
        </Text>
        <p style={{ overflowWrap: 'anywhere' }}>
          {rules.map(({ lead, template }, index) => (
            <span key={index}>
              {`${index === 0 ? '' : ', '}${lead} `}
              {template === '' ? '(nothing)' : <code>{template}</code>}
            </span>
          ))}
          {moreRules === 0 ? '' : `, and ${moreRules} more ${moreRules === 1 ? 'rule' : 'rules'}`}
        </p>
        {blank === null ? null : (
          <Text as="p" variant="bodySm" tone="subdued" breakWord>
            {`Blank: ${blank}.`}
          </Text>
        )}
        {neighbours === null ? null : (
          <Text as="p" variant="bodySm" tone="subdued" breakWord>
            {neighbours}
          </Text>
        )}
      </BlockStack>
    </div>
  );
}

function RowMenu({
  id,
  name,
  enabled,
  onToggle,
  onRemove,
}: Pick<MappingItem, 'id' | 'name' | 'enabled'> & { onToggle: () => void; onRemove: () => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover
      active={isOpen}
      onClose={() => setOpen(false)}
      autofocusTarget="first-node"
      preferredAlignment="right"
      activator={
        <Button
          icon={MenuHorizontalIcon}
          size="slim"
          variant="tertiary"
          accessibilityLabel={`More actions for ${name}`}
          ariaExpanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        />
      }
    >
      <ActionList
        onActionAnyItem={() => setOpen(false)}
        items={[
          { content: 'Edit', url: `/app/mappings/${id}` },
          { content: 'Duplicate', url: `/app/mappings/new?from=${id}` },
          { content: 'History', url: `/app/mappings/${id}/history` },
          { content: enabled ? 'Switch off' : 'Switch on', onAction: onToggle },
          { content: 'Remove', destructive: true, onAction: onRemove },
        ]}
      />
    </Popover>
  );
}
