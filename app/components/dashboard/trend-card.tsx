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

const WIDTH = 720;
const HEIGHT = 180;
const LEFT = 44;
const BOTTOM = 24;

/** Records synced and failed by day as bars from zero, with the same in a sentence and as a table. */
export function TrendCard({ trend, days }: TrendCardProps) {
  const [isTable, setTable] = useState(false);
  const tableId = useId();
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
                url={choice === 14 ? '/app' : `/app?days=${choice}`}
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

function Bars({ trend }: { trend: TrendDay[] }) {
  const { top, ticks } = scaleOf(trend);
  const step = (WIDTH - LEFT) / Math.max(1, trend.length);
  const plot = HEIGHT - BOTTOM;
  const heightOf = (count: number) => (count / top) * (plot - 8);
  const labelEvery = Math.ceil(trend.length / 7);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width="100%"
      style={{ display: 'block', aspectRatio: `${WIDTH} / ${HEIGHT}` }}
      // The sentence above and the table below say the same.
      aria-hidden="true"
      focusable="false"
    >
      {ticks.map(({ value, label }) => (
        <g key={value}>
          <line
            x1={LEFT}
            x2={WIDTH}
            y1={plot - heightOf(value)}
            y2={plot - heightOf(value)}
            stroke="#e3e3e3"
          />
          <text x={LEFT - 8} y={plot - heightOf(value) + 4} textAnchor="end" fontSize="12" fill="#616161">
            {label}
          </text>
        </g>
      ))}
      {trend.map((day, index) => {
        const x = LEFT + index * step + step * 0.15;
        const synced = heightOf(day.synced);
        const failed = heightOf(day.failed);
        return (
          <g key={day.day}>
            <rect x={x} width={step * 0.7} y={plot - synced} height={synced} fill="#0094d5" rx="1" />
            <rect x={x} width={step * 0.7} y={plot - synced - failed} height={failed} fill="#c70a24" rx="1" />
            {index % labelEvery === 0 ? (
              <text x={x + step * 0.35} y={HEIGHT - 6} textAnchor="middle" fontSize="12" fill="#616161">
                {dayInWords(day.day)}
              </text>
            ) : null}
          </g>
        );
      })}
    </svg>
  );
}
