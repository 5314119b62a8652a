import { BlockStack, Box, Card, Icon, InlineStack, Text } from '@shopify/polaris';
import {
  AlertCircleIcon,
  ArrowRightIcon,
  CheckCircleIcon,
  ClockIcon,
  MinusCircleIcon,
} from '@shopify/polaris-icons';

type StepState = 'done' | 'current' | 'to-do' | 'stopped' | 'left-out';
type FileStepperProps = { steps: { name: string; state: StepState; note: string | null }[]; isLive: boolean };

const STATES = {
  done: { word: 'done', icon: CheckCircleIcon, tone: 'success' },
  current: { word: 'now', icon: ArrowRightIcon, tone: 'info' },
  'to-do': { word: 'not yet', icon: ClockIcon, tone: 'subdued' },
  stopped: { word: 'stopped here', icon: AlertCircleIcon, tone: 'critical' },
  'left-out': { word: 'left out', icon: MinusCircleIcon, tone: 'subdued' },
} as const;

/** How far a file is, in words. While it moves, what changes is read out. */
export function FileStepper({ steps, isLive }: FileStepperProps) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Progress
        </Text>
        <ol
          aria-live={isLive ? 'polite' : 'off'}
          style={{
            listStyle: 'none',
            margin: 0,
            padding: 0,
            display: 'grid',
            gap: 'var(--p-space-400)',
            gridTemplateColumns: 'repeat(auto-fit, minmax(8.5rem, 1fr))',
          }}
        >
          {steps.map(({ name, state, note }) => (
            <li key={name}>
              <BlockStack gap="050">
                <InlineStack gap="100" blockAlign="center" wrap={false}>
                  <span>
                    <Icon source={STATES[state].icon} tone={STATES[state].tone} />
                  </span>
                  <Text as="span" fontWeight="semibold" tone={state === 'stopped' ? 'critical' : undefined}>
                    {name}
                    <Text as="span" visuallyHidden>{`: ${STATES[state].word}`}</Text>
                  </Text>
                </InlineStack>
                {/* Its line is kept free, so that nothing moves when the step comes. */}
                <Box minHeight="20px" paddingInlineStart="600">
                  <Text as="span" variant="bodySm" tone="subdued">
                    {note}
                  </Text>
                </Box>
              </BlockStack>
            </li>
          ))}
        </ol>
      </BlockStack>
    </Card>
  );
}
