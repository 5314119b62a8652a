import { PageHelp } from '../page-help.tsx';

/** The words of a file's page. */
export function FileHelp() {
  return (
    <PageHelp
      words={[
        { word: 'Created', means: 'Rows of customers, orders or rewards that came for the first time.' },
        {
          word: 'Changed',
          means: 'Rows that say something else than the last time. Only these and new ones are sent.',
        },
        { word: 'Unchanged', means: 'Rows that say what they said before. Nothing has to be sent.' },
        { word: 'Folded', means: 'Rows with the key of a later row in the same file. The later row counts.' },
        {
          word: 'Rejected',
          means: 'Rows that could not become a record. You find each of them under Errors.',
        },
        {
          word: 'Events that could start flows',
          means:
            'New events that Klaviyo gets as news. A flow that waits for such an event sends its messages. History (orders before the cut-off, the bulk lane) and what Klaviyo has already start no flow.',
        },
        { word: 'Staged', means: 'All rows are safely stored. From here nothing can get lost.' },
        { word: 'Moved', means: 'The file went to the processed folder on the SFTP server.' },
        {
          word: 'Waiting',
          means:
            'Orders and rewards whose customer has not reached Klaviyo. They go by themselves when it has.',
        },
      ]}
    >
      One file on its way from the SFTP server to Klaviyo. The rows that were read always equal what became of
      them.
    </PageHelp>
  );
}
