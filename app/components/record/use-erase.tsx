import { useNavigate } from '@remix-run/react';
import { useState, type ReactNode } from 'react';
import { useAct } from '../use-act.ts';
import { EraseModal } from './erase-modal.tsx';

/** What a customer's page offers about the person: their data, and to erase them. */
export type PersonActs = {
  actions: { content: string; onAction: () => void; disabled: boolean; destructive?: boolean }[];
  modal: ReactNode;
  problem: string | undefined;
};

/** The deeds of a customer's page; null = the record is no customer. Once the person is being erased the list is shown. */
export function useErase(connections: { id: string; name: string }[] | null): PersonActs {
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const download = useAct();
  const erase = useAct({ onDone: () => void navigate('/app/records/customers') });
  if (connections === null) {
    return { actions: [], modal: null, problem: undefined };
  }
  const disabled = erase.isBusy || download.isBusy;
  return {
    problem: erase.problem ?? download.problem,
    actions: [
      {
        content: 'Download personal data',
        disabled,
        onAction: () => download.run({ intent: 'download-data' }),
      },
      {
        content: 'Erase this person…',
        disabled,
        destructive: true,
        onAction: () => setAsking(true),
      },
    ],
    modal: (
      <EraseModal
        isOpen={isAsking}
        isBusy={erase.isBusy}
        connections={connections}
        onErase={(connectionIds) => {
          setAsking(false);
          erase.run({ intent: 'erase', connectionIds });
        }}
        onCancel={() => setAsking(false)}
      />
    ),
  };
}
