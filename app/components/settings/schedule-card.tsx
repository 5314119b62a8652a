import { Badge, BlockStack, Card, Icon, InlineStack, Link, Text } from '@shopify/polaris';
import { AlertCircleIcon, AlertTriangleIcon } from '@shopify/polaris-icons';
import { useId } from 'react';
import type { Schedule, ScheduleSentence, ScheduleState } from '#app/domain/schedule.ts';
import { LiveText } from '../live-text.tsx';
import { useRefresh } from '../use-refresh.ts';
import type { Tone } from '../words.ts';
import { scheduleLink } from './schedule-link.ts';

const STATES: Record<ScheduleState, { word: string; tone: Tone }> = {
  stopped: { word: 'Stopped', tone: 'critical' },
  working: { word: 'Under way', tone: 'attention' },
  due: { word: 'Due', tone: 'info' },
  waiting: { word: 'Waiting', tone: 'attention' },
  idle: { word: 'Nothing due', tone: 'success' },
};

type ScheduleCardProps = { schedule: Schedule; connectionId: string };

/** What a connection does next, in sentences. Follows along by itself; a screen reader hears what the headline becomes. */
export function ScheduleCard({ schedule, connectionId }: ScheduleCardProps) {
  const { state, headline, intake, push } = schedule;
  useRefresh(state === 'working' || state === 'due');
  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack gap="200" blockAlign="center">
          <Badge tone={STATES[state].tone}>{STATES[state].word}</Badge>
          <Text as="p" fontWeight="medium" breakWord>
            {headline}
          </Text>
        </InlineStack>
        <Sentences title="From Apparel21" sentences={intake} connectionId={connectionId} />
        <Sentences title="To Klaviyo" sentences={push} connectionId={connectionId} />
        {/* Without the figures: how far a file is read is no news. */}
        <LiveText text={`${STATES[state].word}. ${headline.replace(/, row [\d,]+ of [\d,]+/, '')}`} />
      </BlockStack>
    </Card>
  );
}

type SentencesProps = { title: string; sentences: ScheduleSentence[]; connectionId: string };

function Sentences({ title, sentences, connectionId }: SentencesProps) {
  const titleId = useId();
  return (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm" id={titleId}>
        {title}
      </Text>
      <ul
        aria-labelledby={titleId}
        style={{ margin: 0, padding: 0, listStyle: 'none', display: 'grid', gap: 'var(--p-space-200)' }}
      >
        {sentences.map((sentence) => (
          <li key={`${sentence.code} ${sentence.kind ?? ''}`}>
            <Sentence sentence={sentence} connectionId={connectionId} />
          </li>
        ))}
      </ul>
    </BlockStack>
  );
}

function Sentence({ sentence, connectionId }: { sentence: ScheduleSentence; connectionId: string }) {
  const { text, tone } = sentence;
  const link = scheduleLink(sentence, connectionId);
  const words = (
    <Text as="span" breakWord>
      {text} {link === null ? null : <Link url={link.url}>{link.content}</Link>}
    </Text>
  );
  if (tone === undefined) {
    return words;
  }
  return (
    <InlineStack gap="100" wrap={false} blockAlign="start">
      <span style={{ flex: 'none' }}>
        <Icon
          source={tone === 'critical' ? AlertCircleIcon : AlertTriangleIcon}
          tone={tone === 'critical' ? 'critical' : 'caution'}
        />
      </span>
      {words}
    </InlineStack>
  );
}
