import { Banner, Text } from '@shopify/polaris';

type AttentionProps = {
  alert: { message: string; remedy: string; fileId: string | null } | null;
  others: number;
};

/** The worst open alert with its one action; the others are a sentence that leads to them. */
export function Attention({ alert, others }: AttentionProps) {
  if (alert === null) {
    return null;
  }
  const action =
    alert.fileId === null
      ? { content: 'See what to do', url: '/app/activity?tab=alerts' }
      : { content: 'Look at the file', url: `/app/files/${alert.fileId}` };
  const more = others === 0 ? undefined : { content: `And ${others} more`, url: '/app/activity?tab=alerts' };
  return (
    <Banner tone="critical" title="This needs you" action={action} secondaryAction={more}>
      <Text as="p" breakWord>
        {alert.remedy === '' ? alert.message : `${alert.message} ${alert.remedy}`}
      </Text>
    </Banner>
  );
}
