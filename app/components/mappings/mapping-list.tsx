import { Banner, BlockStack, Card, Text } from '@shopify/polaris';
import { useState } from 'react';
import { ConfirmModal } from '../confirm-modal.tsx';
import type { Act } from '../use-act.ts';
import { MappingRow, type MappingItem } from './mapping-row.tsx';

type MappingListProps = { mappings: MappingItem[]; act: Act };

/** The mappings of a scope in their order, to be moved by buttons or by dragging. */
export function MappingList({ mappings, act }: MappingListProps) {
  const [draggedId, setDraggedId] = useState<string | null>(null);
  const [overId, setOverId] = useState<string | null>(null);
  const [movedId, setMovedId] = useState<string | null>(null);
  const [removing, setRemoving] = useState<MappingItem | null>(null);
  const order = mappings.map(({ id }) => id);
  const place = movedId === null ? -1 : order.indexOf(movedId);

  function move(mappingId: string, to: number): void {
    const rest = order.filter((id) => id !== mappingId);
    setMovedId(mappingId);
    act.run({ intent: 'move', mappingId, beforeId: rest[to] ?? null });
  }

  function drop(targetId: string): void {
    if (draggedId !== null && draggedId !== targetId) {
      move(draggedId, order.indexOf(targetId));
    }
    setDraggedId(null);
    setOverId(null);
  }

  return (
    <BlockStack gap="400">
      {act.problem === undefined ? null : <Banner tone="critical">{act.problem}</Banner>}
      <Card padding="0">
        <ol style={{ listStyle: 'none', margin: 0, padding: 0 }}>
          {mappings.map((mapping, index) => (
            <MappingRow
              key={mapping.id}
              mapping={mapping}
              isFirst={index === 0}
              isLast={index === mappings.length - 1}
              isDropTarget={overId === mapping.id && draggedId !== null && draggedId !== mapping.id}
              onMove={(step) => move(mapping.id, index + step)}
              onToggle={() => act.run({ intent: 'toggle', mappingId: mapping.id, enabled: !mapping.enabled })}
              onRemove={() => setRemoving(mapping)}
              drag={{
                onStart: () => setDraggedId(mapping.id),
                onOver: () => setOverId(mapping.id),
                onDrop: () => drop(mapping.id),
                onEnd: () => {
                  setDraggedId(null);
                  setOverId(null);
                },
              }}
            />
          ))}
        </ol>
      </Card>
      <div role="status">
        <Text as="p" visuallyHidden>
          {place === -1 ? '' : `${mappings[place]?.name} is number ${place + 1} of ${mappings.length}.`}
        </Text>
      </div>
      <ConfirmModal
        isOpen={removing !== null}
        title={`Remove ${removing?.name ?? 'mapping'}?`}
        confirm="Remove mapping"
        isDestructive
        isBusy={act.isBusy}
        onConfirm={() => {
          act.run({ intent: 'remove', mappingId: removing?.id ?? '' });
          setRemoving(null);
        }}
        onCancel={() => setRemoving(null)}
      >
        Files that come from now on no longer set it. What Klaviyo holds stays. The mapping can be restored
        from the end of this page.
      </ConfirmModal>
    </BlockStack>
  );
}
