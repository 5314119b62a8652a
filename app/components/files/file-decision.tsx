import { Banner, BlockStack, Text } from '@shopify/polaris';
import { useState, type ReactNode } from 'react';
import type { FileStatus, Lane } from '#app/domain/records.ts';
import { ConfirmModal } from '../confirm-modal.tsx';
import { useAct } from '../use-act.ts';

type FileDecisionProps = {
  file: {
    name: string;
    status: FileStatus;
    lane: Lane;
    connection: string;
    isPaused: boolean;
    problem: { code: string; message: string } | null;
  };
};

type Deed = 'release' | 'discard' | 'start';

/** Files that could be read and only look wrong as a whole. The others cannot be read as they are. */
const ONLY_SUSPICIOUS = ['too_few_rows', 'too_many_consent_changes'];

/** What stands above everything else on a file's page: what stopped it, what that means, and what a person can do. */
export function FileDecision({ file }: FileDecisionProps) {
  const act = useAct();
  const [asked, setAsked] = useState<Deed | null>(null);
  const isHeld = file.status === 'held';
  function confirm(): void {
    if (asked !== null) {
      act.run({ intent: asked });
    }
    setAsked(null);
  }
  return (
    <>
      {act.problem === undefined ? null : (
        <Banner tone="critical" title="That did not work">
          <Text as="p">{act.problem}</Text>
        </Banner>
      )}
      {isHeld ? (
        <Banner
          tone="critical"
          title="This file is held: nothing of it was sent"
          action={{
            content: 'Release file',
            onAction: () => setAsked('release'),
            loading: act.busyWith === 'release',
            disabled: act.isBusy,
          }}
          secondaryAction={{ content: 'Discard file', onAction: () => setAsked('discard') }}
        >
          <Words
            lines={[
              file.problem?.message,
              'No row of it was stored, and your customers in Klaviyo are as they were.',
              'It waits for you; the files after it go on without it.',
              isSuspicious(file)
                ? undefined
                : 'Release reads it once more, for instance after you changed the columns. If it still cannot be read it is held again.',
            ]}
          />
        </Banner>
      ) : file.status === 'waiting-for-start' ? (
        <Banner
          tone="info"
          title="This file waits for your start"
          action={{
            content: 'Start import',
            onAction: () => setAsked('start'),
            loading: act.busyWith === 'start',
            disabled: act.isBusy,
          }}
        >
          <Words
            lines={[
              'It lies in the bulk folder, which is for loading history. Starting it adds people whom Klaviyo does not know yet. People whom Klaviyo knows stay as they are, nobody is subscribed or unsubscribed, nobody joins a list, and orders start no flows.',
            ]}
          />
        </Banner>
      ) : (
        <Notice file={file} />
      )}
      {file.isPaused ? (
        <Banner tone="warning" title={`${file.connection} is paused`}>
          <Text as="p">Its files are neither read nor sent until it is resumed in Settings.</Text>
        </Banner>
      ) : null}
      <ConfirmModal
        isOpen={asked === 'release'}
        title={`Release ${file.name}?`}
        confirm="Release file"
        onConfirm={confirm}
        onCancel={() => setAsked(null)}
      >
        {isSuspicious(file)
          ? 'It is imported as it is and its changes go to Klaviyo. What was sent cannot be taken back.'
          : 'It is read again from its beginning. If it can be read now, its changes go to Klaviyo.'}
      </ConfirmModal>
      <ConfirmModal
        isOpen={asked === 'discard'}
        title={`Discard ${file.name}?`}
        confirm="Discard file"
        isDestructive
        onConfirm={confirm}
        onCancel={() => setAsked(null)}
      >
        It is moved to the processed folder unread. Nothing of it goes to Klaviyo, and Threadline does not
        read it again.
      </ConfirmModal>
      <ConfirmModal
        isOpen={asked === 'start'}
        title={`Start ${file.name}?`}
        confirm="Start import"
        onConfirm={confirm}
        onCancel={() => setAsked(null)}
      >
        People whom Klaviyo does not know yet are added to it. What was sent cannot be taken back.
      </ConfirmModal>
    </>
  );
}

function isSuspicious(file: FileDecisionProps['file']): boolean {
  return ONLY_SUSPICIOUS.includes(file.problem?.code ?? '');
}

/** Statuses in which a person need not decide, but should know. */
function Notice({ file }: FileDecisionProps): ReactNode {
  const { status, problem } = file;
  switch (status) {
    case 'failed':
      return (
        <Banner tone="critical" title="This file stopped">
          <Words
            lines={[problem?.message, 'What was stored of it stays. The next pass goes on where it stopped.']}
          />
        </Banner>
      );
    case 'unrecognised':
      return (
        <Banner tone="warning" title="The name does not say what is in this file">
          <Words
            lines={[
              problem?.message,
              'Nothing of it was read. Rename it on the SFTP server, and it is picked up by itself.',
            ]}
          />
        </Banner>
      );
    case 'duplicate':
      return (
        <Banner tone="info" title="This content came before">
          <Words lines={[problem?.message]} />
        </Banner>
      );
    case 'discarded':
      return (
        <Banner tone="info" title="This file was discarded">
          <Words lines={[problem?.message, 'It was moved away unread. Nothing of it was sent.']} />
        </Banner>
      );
    case 'gone':
      return problem?.code === 'left_behind' ? (
        <Banner tone="warning" title="This file lay in the directory from before">
          <Words lines={[problem.message]} />
        </Banner>
      ) : (
        <Banner tone="warning" title="This file was taken away">
          <Words
            lines={['It is no longer on the SFTP server. Put it back, and it is read from its beginning.']}
          />
        </Banner>
      );
    case 'previewed':
      return (
        <Banner tone="info" title="A test: nothing of this was sent">
          <Words
            lines={[
              'The file was read, mapped and compared like any other. To send it, put it into the folder of the connection.',
            ]}
          />
        </Banner>
      );
    case 'discovered':
      return problem === null ? null : (
        <Banner tone="info" title="This file is read again when it rests">
          <Words lines={[problem.message]} />
        </Banner>
      );
    default:
      return null;
  }
}

function Words({ lines }: { lines: (string | undefined)[] }) {
  return (
    <BlockStack gap="100">
      {lines
        .filter((line) => line !== undefined)
        .map((line) => (
          <Text key={line} as="p" breakWord>
            {line}
          </Text>
        ))}
    </BlockStack>
  );
}
