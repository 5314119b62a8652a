import {
  Banner,
  BlockStack,
  Button,
  ButtonGroup,
  Card,
  InlineStack,
  ProgressBar,
  Text,
} from '@shopify/polaris';
import { useEffect, useId, useState } from 'react';
import { KIND_OF_SCOPE, type MappingScope } from '#app/domain/rules.ts';
import { useAct } from '../use-act.ts';
import { useRefresh } from '../use-refresh.ts';
import { figure } from '../words.ts';
import { postJson } from './post-json.ts';

type Count = { checked: number; wouldChange: number; isEstimate: boolean };

export type RemapTask = {
  status: 'waiting' | 'running' | 'done' | 'failed';
  done: number;
  total: number | null;
  outcome: string | null;
};

type ApplyCardProps = {
  mappingId: string;
  /** Null = all connections. */
  connectionId: string | null;
  scope: MappingScope;
  task: RemapTask | null;
  onClose: () => void;
};

/** After saving (a card of its own for each time): what the change would do to records that are there already, and the button that does it. */
export function ApplyCard({ mappingId, connectionId, scope, task, onClose }: ApplyCardProps) {
  const [count, setCount] = useState<Count | 'counting' | 'unknown'>('counting');
  const act = useAct({ action: '/app/mappings/apply' });
  const kind = KIND_OF_SCOPE[scope];
  useEffect(() => {
    const abort = new AbortController();
    void postJson<Count>(
      '/app/mappings/apply',
      { intent: 'count', mappingId, connectionId },
      abort.signal,
    ).then((answer) => {
      if (!abort.signal.aborted) {
        setCount(answer ?? 'unknown');
      }
    });
    return () => abort.abort();
  }, [mappingId, connectionId]);
  const isIdle = typeof count === 'object' && count.wouldChange === 0;
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {isIdle ? 'Applies to the next file' : `Applies to the next file. Apply to existing ${kind}?`}
        </Text>
        {task === null ? (
          <>
            <Text as="p">{countInWords(count, kind)}</Text>
            {act.problem === undefined ? null : <Banner tone="critical">{act.problem}</Banner>}
            <ButtonGroup>
              {isIdle ? null : (
                <Button
                  loading={act.isBusy}
                  disabled={count === 'counting'}
                  onClick={() => act.run({ intent: 'start', mappingId, connectionId })}
                >
                  {`Apply to existing ${kind}`}
                </Button>
              )}
              <Button variant={isIdle ? 'secondary' : 'tertiary'} onClick={onClose}>
                {isIdle ? 'Close' : 'Not now'}
              </Button>
            </ButtonGroup>
          </>
        ) : (
          <TaskLine task={task} kind={kind} />
        )}
      </BlockStack>
    </Card>
  );
}

function countInWords(count: Count | 'counting' | 'unknown', kind: string): string {
  if (count === 'counting') {
    return `Counting how many existing ${kind} would change.`;
  }
  if (count === 'unknown') {
    return `How many would change is not known at the moment. The existing ${kind} can be updated all the same.`;
  }
  const { checked, wouldChange, isEstimate } = count;
  if (checked === 0) {
    return `There are no ${kind} yet.`;
  }
  if (wouldChange === 0) {
    return `None of the ${figure(checked)} existing ${kind} would change.`;
  }
  return `${isEstimate ? 'About ' : ''}${figure(wouldChange)} of ${figure(checked)} existing ${kind} would change and be sent to Klaviyo again.`;
}

function TaskLine({ task, kind }: { task: RemapTask; kind: string }) {
  const { status, done, total, outcome } = task;
  const isOpen = status === 'waiting' || status === 'running';
  const labelId = useId();
  useRefresh(isOpen);
  const percent = total === null || total === 0 ? 0 : Math.min(100, Math.round((done / total) * 100));
  if (!isOpen) {
    return <Text as="p">{outcome ?? `The existing ${kind} are updated.`}</Text>;
  }
  return (
    <BlockStack gap="200">
      <InlineStack align="space-between">
        <Text as="p" id={labelId}>
          {status === 'waiting' ? 'Waiting for a worker' : `Updating existing ${kind} in the background`}
        </Text>
        <Text as="p" tone="subdued" numeric>
          {total === null ? figure(done) : `${figure(done)} of ${figure(total)}`}
        </Text>
      </InlineStack>
      <ProgressBar progress={percent} size="small" ariaLabelledBy={labelId} />
    </BlockStack>
  );
}
