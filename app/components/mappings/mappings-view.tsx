import { useNavigate } from '@remix-run/react';
import { BlockStack, Box, Card, EmptyState, Tabs, Text } from '@shopify/polaris';
import type { ComponentProps } from 'react';
import type { MappingScope } from '#app/domain/rules.ts';
import { useAct } from '../use-act.ts';
import { MappingList } from './mapping-list.tsx';
import { MappingsHelp } from './mapping-help.tsx';
import { RemovedMappings } from './removed-mappings.tsx';

type MappingsViewProps = {
  page: {
    scope: MappingScope;
    tabs: { scope: MappingScope; name: string; count: number }[];
    mappings: ComponentProps<typeof MappingList>['mappings'];
    removed: ComponentProps<typeof RemovedMappings>['removed'];
  };
};

const EMPTY: Record<MappingScope, string> = {
  customer: 'Mappings of customers say which columns become the names, properties and consent of a profile.',
  order: 'Mappings of orders say what an order event carries, such as the store and who served.',
  item: 'Mappings of order items say what each item of an order carries, such as its colour and size.',
  reward: 'Mappings of rewards say how a reward event is called and what it carries.',
};

/** The list of mappings, a scope at a time. */
export function MappingsView({ page }: MappingsViewProps) {
  const { scope, tabs, mappings, removed } = page;
  const navigate = useNavigate();
  const act = useAct();
  return (
    <BlockStack gap="400">
      <Card padding="0">
        <Tabs
          tabs={tabs.map((tab) => ({
            id: tab.scope,
            content: tab.name,
            badge: String(tab.count),
            panelID: 'mappings-of-scope',
          }))}
          selected={tabs.findIndex((tab) => tab.scope === scope)}
          onSelect={(index) =>
            navigate(`/app/mappings?scope=${tabs[index]?.scope ?? 'customer'}`, { preventScrollReset: true })
          }
        />
      </Card>
      <div id="mappings-of-scope" role="tabpanel" aria-labelledby={scope}>
        <BlockStack gap="400">
          {mappings.length === 0 ? (
            <Card>
              <EmptyState
                heading="No mappings of this scope yet"
                image="/empty-state.svg"
                action={{ content: 'Add mapping', url: `/app/mappings/new?scope=${scope}` }}
              >
                <Text as="p">{EMPTY[scope]}</Text>
              </EmptyState>
            </Card>
          ) : (
            <>
              <Box paddingInline={{ xs: '400', sm: '0' }}>
                <Text as="p" tone="subdued">
                  Mappings of the same target are asked from top to bottom; the first that gives something
                  wins. For different targets the order does not matter.
                </Text>
              </Box>
              <MappingList mappings={mappings} act={act} />
            </>
          )}
          <RemovedMappings removed={removed} act={act} />
        </BlockStack>
      </div>
      <MappingsHelp />
    </BlockStack>
  );
}
