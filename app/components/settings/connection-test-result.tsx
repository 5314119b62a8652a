import { Badge, Banner, BlockStack, InlineStack, Link, Text } from '@shopify/polaris';
import type { Tone } from '../words.ts';
import { FolderList, type FolderLine } from './sftp-folder-list.tsx';

type ScopeState = 'granted' | 'missing' | 'unknown';

/** What a test of a connection found, as the action answers it. */
export type ConnectionTest = {
  klaviyo:
    | {
        outcome: 'works';
        account: { id: string; name: string | null } | null;
        scopes: { scope: string; why: string; state: ScopeState }[];
        limits: string | null;
      }
    | { outcome: 'refused'; message: string }
    | { outcome: 'unreachable'; reason: string };
  folders:
    | { outcome: 'listed'; folders: FolderLine[] }
    | { outcome: 'failed'; message: string }
    | { outcome: 'no-account' };
};

const SCOPE_WORDS: Record<ScopeState, { word: string; tone: Tone }> = {
  granted: { word: 'Granted', tone: 'success' },
  missing: { word: 'Missing', tone: 'critical' },
  unknown: { word: 'Unknown', tone: 'attention' },
};

/** Account, scopes and limits of the key, and the folders on the SFTP server. */
export function ConnectionTestResult({ test }: { test: ConnectionTest }) {
  return (
    <BlockStack gap="300">
      <KeyResult klaviyo={test.klaviyo} />
      <FolderResult folders={test.folders} />
    </BlockStack>
  );
}

function KeyResult({ klaviyo }: { klaviyo: ConnectionTest['klaviyo'] }) {
  if (klaviyo.outcome === 'refused') {
    return (
      <Banner tone="critical" title="Klaviyo refuses this key">
        <Text as="p">
          Create a private key in Klaviyo under Settings &gt; API keys and paste it here. It begins with
          “pk_”.
        </Text>
      </Banner>
    );
  }
  if (klaviyo.outcome === 'unreachable') {
    return (
      <Banner tone="warning" title="Klaviyo does not answer">
        <Text as="p">{`The key could not be tested (${klaviyo.reason}). Try again in a moment.`}</Text>
      </Banner>
    );
  }
  const { account, scopes, limits } = klaviyo;
  const isLacking = scopes.some(({ state }) => state === 'missing');
  return (
    <BlockStack gap="300">
      <Banner
        tone={isLacking ? 'critical' : 'success'}
        title={isLacking ? 'The key works, but it may not do everything' : 'Klaviyo accepts the key'}
      >
        <BlockStack gap="300">
          <Text as="p" breakWord>
            {account === null
              ? 'The key may not tell whose it is (scope accounts:read); everything else works without that.'
              : `Account: ${account.name ?? 'without a name'} (${account.id})`}
          </Text>
          {isLacking ? (
            <Text as="p">
              Scopes of a key cannot be changed. Create a new private key in Klaviyo with the missing ones and
              paste it here.
            </Text>
          ) : null}
        </BlockStack>
      </Banner>
      <Text as="h3" variant="headingSm">
        Scopes of the key
      </Text>
      <ul
        aria-label="Scopes of the key"
        style={{ listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: 8 }}
      >
        {scopes.map(({ scope, why, state }) => (
          <li key={scope}>
            <InlineStack gap="200" align="start" blockAlign="center">
              <Badge tone={SCOPE_WORDS[state].tone}>{SCOPE_WORDS[state].word}</Badge>
              <Text as="span" fontWeight="medium">
                {scope}
              </Text>
              <Text as="span" tone="subdued" breakWord>
                {why}
              </Text>
            </InlineStack>
          </li>
        ))}
      </ul>
      {limits === null ? null : (
        <Text as="p">{`Klaviyo’s limit for profile imports: ${limits}. Threadline stays below it by itself.`}</Text>
      )}
    </BlockStack>
  );
}

function FolderResult({ folders }: { folders: ConnectionTest['folders'] }) {
  if (folders.outcome === 'no-account') {
    return (
      <Text as="p">
        The folders were not looked at: <Link url="/app/settings/sftp">enter the SFTP account</Link> first.
      </Text>
    );
  }
  if (folders.outcome === 'failed') {
    return (
      <Banner tone="warning" title="The folders could not be looked at">
        <Text as="p" breakWord>
          {folders.message}
        </Text>
      </Banner>
    );
  }
  return (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm">
        Folders on the SFTP server
      </Text>
      <FolderList folders={folders.folders} label="Folders on the SFTP server" />
    </BlockStack>
  );
}
