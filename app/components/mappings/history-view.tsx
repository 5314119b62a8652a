import { TitleBar } from '@shopify/app-bridge-react';
import { Banner, BlockStack, Button, ButtonGroup, Page } from '@shopify/polaris';
import { PageHelp } from '../page-help.tsx';
import { useAct } from '../use-act.ts';
import { VersionList, type VersionItem } from './version-list.tsx';

type HistoryViewProps = {
  mappingId: string;
  isLaterPage: boolean;
  history: {
    title: string;
    scope: string;
    isRemoved: boolean;
    versions: VersionItem[];
    older: string | null;
  };
};

/** The versions of one mapping, also of one that was removed. */
export function HistoryView({ mappingId, isLaterPage, history }: HistoryViewProps) {
  const { title, scope, isRemoved, versions, older } = history;
  const act = useAct();
  const here = `/app/mappings/${mappingId}/history`;
  const heading = `History of ${title}`;
  return (
    <Page
      title={heading}
      backAction={
        isRemoved
          ? { content: 'Mappings', url: `/app/mappings?scope=${scope}` }
          : { content: title, url: `/app/mappings/${mappingId}` }
      }
    >
      <TitleBar title={heading} />
      <BlockStack gap="400">
        {act.problem === undefined ? null : (
          <Banner tone="critical" title="Nothing was restored">
            {act.problem}
          </Banner>
        )}
        {isRemoved ? (
          <Banner tone="warning">
            This mapping was removed. Restoring one of its versions brings it back to its place in the list.
          </Banner>
        ) : null}
        <VersionList mappingId={mappingId} versions={versions} act={act} />
        {older === null && !isLaterPage ? null : (
          <ButtonGroup>
            <Button url={here} disabled={!isLaterPage}>
              Newest versions
            </Button>
            <Button url={`${here}?before=${older ?? ''}`} disabled={older === null}>
              Older versions
            </Button>
          </ButtonGroup>
        )}
        <PageHelp
          words={[
            { word: 'Version', means: 'The mapping as it was saved at one time, with who saved it.' },
            {
              word: 'Restore',
              means:
                'Makes the mapping what that version was. It is a new version, so it can be taken back, too.',
            },
            {
              word: 'As it was first',
              means: 'The oldest that is known: before the first change that was kept.',
            },
          ]}
        >
          Every change of this mapping, newest first, with what stood before and after. Moving a mapping in
          the list is written in the activity, not here.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}
