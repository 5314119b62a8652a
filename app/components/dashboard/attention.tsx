import { Banner, Text } from '@shopify/polaris';
import { alertAction } from '#app/domain/alert-action.ts';

type AttentionProps = {
  alert: {
    cause: string;
    code: string;
    connectionId: string | null;
    message: string;
    remedy: string;
  } | null;
  others: number;
};

/** The worst open alert with its one action; the others are a sentence that leads to them. */
export function Attention({ alert, others }: AttentionProps) {
  if (alert === null) {
    return null;
  }
  const { cause, code, connectionId } = alert;
  const connection = connectionId === null ? null : { id: connectionId };
  const action = alertAction({ cause, code, connection }) ?? {
    content: 'See what to do',
    url: '/app/activity?tab=alerts',
  };
  const more = others === 0 ? undefined : { content: `And ${others} more`, url: '/app/activity?tab=alerts' };
  return (
    <Banner tone="critical" title="This needs you" action={action} secondaryAction={more}>
      <Text as="p" breakWord>
        {alert.message.includes(alert.remedy) ? alert.message : `${alert.message} ${alert.remedy}`}
      </Text>
    </Banner>
  );
}
