import { BlockStack, Box, Card, ProgressBar, Text } from '@shopify/polaris';
import { useId } from 'react';
import type { RecordKind } from '#app/domain/records.ts';
import { figure } from '../words.ts';
import type { RecordTask } from './records-list.ts';

/** Changes of many records that are under way or ended just now. */
export function RecordTasks({ tasks, kind }: { tasks: RecordTask[]; kind: RecordKind }) {
  if (tasks.length === 0) {
    return null;
  }
  return (
    <Card>
      <BlockStack gap="300">
        {tasks.map((task) => (
          <TaskLine key={task.id} task={task} kind={kind} />
        ))}
      </BlockStack>
    </Card>
  );
}

function TaskLine({ task, kind }: { task: RecordTask; kind: RecordKind }) {
  const id = useId();
  if (task.status === 'done' || task.status === 'failed') {
    return (
      <Text as="p" tone={task.status === 'failed' ? 'critical' : undefined}>
        {task.outcome ?? 'Done.'}
      </Text>
    );
  }
  const of = task.total === null ? '' : ` of ${figure(Math.max(task.total, task.done))}`;
  const percent = task.total === null || task.total === 0 ? 0 : Math.min(100, (100 * task.done) / task.total);
  return (
    <BlockStack gap="150">
      <Text as="p" id={id}>
        {`Changing ${kind}: ${figure(task.done)}${of} so far. You can leave this page.`}
      </Text>
      <Box>
        <ProgressBar progress={percent} size="small" ariaLabelledBy={id} />
      </Box>
    </BlockStack>
  );
}
