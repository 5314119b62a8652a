import { Modal, TitleBar } from '@shopify/app-bridge-react';
import { Box, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';

type ConfirmModalProps = {
  isOpen: boolean;
  title: string;
  /** Verb and noun of what happens: "Remove connection". */
  confirm: string;
  isDestructive?: boolean;
  isBusy?: boolean;
  /** What stays and what stops. */
  children: ReactNode;
  onConfirm: () => void;
  onCancel: () => void;
};

/** Asks before something that cannot be undone. Escape and Cancel do nothing else than close it. */
export function ConfirmModal(props: ConfirmModalProps) {
  const {
    isOpen,
    title,
    confirm,
    isDestructive = false,
    isBusy = false,
    children,
    onConfirm,
    onCancel,
  } = props;
  return (
    <Modal open={isOpen} onHide={onCancel}>
      <Box padding="400">
        <Text as="p">{children}</Text>
      </Box>
      <TitleBar title={title}>
        {/* Not submit: the modal may stand in a form, which would be saved by "Cancel". */}
        <button
          type="button"
          {...{ variant: 'primary', ...(isDestructive ? { tone: 'critical' } : {}) }}
          disabled={isBusy}
          onClick={onConfirm}
        >
          {confirm}
        </button>
        <button type="button" disabled={isBusy} onClick={onCancel}>
          Cancel
        </button>
      </TitleBar>
    </Modal>
  );
}
