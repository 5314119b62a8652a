import { Banner, Text } from '@shopify/polaris';
import { useAct } from '../use-act.ts';

/** Which connections are paused, and the way to let them go on: one here, several on their page. */
export function PausedNotice({ paused }: { paused: { id: string; name: string }[] }) {
  const act = useAct();
  const [first] = paused;
  if (first === undefined) {
    return null;
  }
  const isOne = paused.length === 1;
  const names = new Intl.ListFormat('en-GB').format(paused.map(({ name }) => name));
  return (
    <Banner
      tone="warning"
      title={isOne ? `${first.name} is paused` : `${paused.length} connections are paused`}
      action={
        isOne
          ? {
              content: 'Resume connection',
              loading: act.isBusy,
              onAction: () => act.run({ intent: 'resume', id: first.id }),
            }
          : { content: 'Open connections', url: '/app/settings' }
      }
    >
      <Text as="p" breakWord>
        {act.problem ??
          `${isOne ? '' : `${names}: `}Nothing is read or sent; new files stay in their folder, and records stay pending.`}
      </Text>
    </Banner>
  );
}
