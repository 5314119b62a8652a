import { Badge, InlineStack, Text } from '@shopify/polaris';
import type { Tone } from '../words.ts';

export type FolderLine = {
  path: string;
  lane: 'pending' | 'test' | 'bulk' | 'processed';
  state: 'found' | 'missing' | 'denied';
  note: string;
};

/** Only the folder that is read by itself has to be there. */
function badgeOf({ lane, state }: FolderLine): { word: string; tone: Tone } {
  if (state === 'found') {
    return { word: 'Found', tone: 'success' };
  }
  if (state === 'denied') {
    return { word: 'Denied', tone: 'critical' };
  }
  return lane === 'pending' ? { word: 'Missing', tone: 'critical' } : { word: 'Absent', tone: undefined };
}

/** The folders of one connection as the SFTP server shows them, with what to do about those that are missing. */
export function FolderList({ folders, label }: { folders: FolderLine[]; label: string }) {
  return (
    <ul aria-label={label} style={{ listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: 8 }}>
      {folders.map((folder) => {
        const { word, tone } = badgeOf(folder);
        return (
          <li key={folder.path}>
            <InlineStack gap="200" align="start" blockAlign="center">
              <Badge tone={tone}>{word}</Badge>
              <Text as="span" fontWeight="medium" breakWord>
                {folder.path}
              </Text>
              <Text as="span" tone="subdued" breakWord>
                {folder.note}
              </Text>
            </InlineStack>
          </li>
        );
      })}
    </ul>
  );
}
