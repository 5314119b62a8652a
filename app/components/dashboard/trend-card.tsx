import { useNavigate } from '@remix-run/react';
import {
  Button,
  ButtonGroup,
  BlockStack,
  Box,
  Card,
  Collapsible,
  DataTable,
  InlineStack,
  Text,
} from '@shopify/polaris';
import { useId, useState } from 'react';
import { figure } from '../words.ts';
import { dayInWords, scaleOf, summary, type TrendDay } from './trend.ts';

type TrendCardProps = { trend: TrendDay[]; days: number };

const HEIGHT = 160;
const COLUMN = { display: 'flex', flexDirection: 'column', justifyContent: 'space-between' } as const;

/** Records synced and failed by day as bars from zero, with the same in a sentence and as a table. */
export function TrendCard({ trend, days }: TrendCardProps) {
  const [isTable, setTable] = useState(false);
  const tableId = useId();
  const navigate = useNavigate();
  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <Text as="h2" variant="headingMd">
            Records by day
          </Text>
          <ButtonGroup variant="segmented">
            {[14, 30, 90].map((choice) => (
              <Button
                key={choice}
                pressed={choice === days}
                onClick={() =>
                  navigate(choice === 14 ? '/app' : `/app?days=${choice}`, { preventScrollReset: true })
                }
                size="slim"
                accessibilityLabel={`Last ${choice} days`}
              >
                {`${choice} days`}
              </Button>
            ))}
          </ButtonGroup>
        </InlineStack>
        <Text as="p">{summary(trend)}</Text>
        <Bars trend={trend} />
        <Box>
          <Button
            variant="plain"
            disclosure={isTable ? 'up' : 'down'}
            ariaControls={tableId}
            ariaExpanded={isTable}
            onClick={() => setTable(!isTable)}
          >
            {isTable ? 'Hide table' : 'Show as table'}
          </Button>
        </Box>
        <Collapsible id={tableId} open={isTable}>
          <DataTable
            columnContentTypes={['text', 'numeric', 'numeric']}
            headings={['Day', 'Synced', 'Failed']}
            rows={[...trend]
              .reverse()
              .map((day) => [dayInWords(day.day), figure(day.synced), figure(day.failed)])}
            increasedTableDensity
          />
        </Collapsible>
      </BlockStack>
    </Card>
  );
}

/** Drawn in its own units and stretched to the card; the words around it keep their size. */
function Bars({ trend }: { trend: TrendDay[] }) {
  const { top, ticks } = scaleOf(trend);
  const heightOf = (count: number) => (count / top) * 100;
  const labelEvery = Math.ceil(trend.length / 5);
  const labels = trend.filter((_, index) => (trend.length - 1 - index) % labelEvery === 0);
  return (
    // The sentence above and the table below say the same.
    <div aria-hidden="true" style={{ display: 'grid', gridTemplateColumns: '3rem 1fr', rowGap: 4 }}>
      <div style={{ ...COLUMN, height: HEIGHT, marginBlock: -8 }}>
        {[...ticks].reverse().map(({ value, label }) => (
          <Text key={value} as="span" variant="bodySm" tone="subdued" numeric>
            {label}
          </Text>
        ))}
      </div>
      <svg
        viewBox={`0 0 ${trend.length} 100`}
        preserveAspectRatio="none"
        width="100%"
        height={HEIGHT}
        focusable="false"
      >
        {ticks.map(({ value }) => (
          <line
            key={value}
            x1="0"
            x2={trend.length}
            y1={100 - heightOf(value)}
            y2={100 - heightOf(value)}
            stroke="#e3e3e3"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {trend.map((day, index) => {
          const synced = heightOf(day.synced);
          const failed = heightOf(day.failed);
          return (
            <g key={day.day}>
              <rect x={index + 0.15} width="0.7" y={100 - synced} height={synced} fill="#0094d5" />
              <rect x={index + 0.15} width="0.7" y={100 - synced - failed} height={failed} fill="#c70a24" />
            </g>
          );
        })}
      </svg>
      <span />
      <div style={{ display: 'flex', justifyContent: 'space-between' }}>
        {labels.map(({ day }) => (
          <Text key={day} as="span" variant="bodySm" tone="subdued">
            {dayInWords(day)}
          </Text>
        ))}
      </div>
    </div>
  );
}
