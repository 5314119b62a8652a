import { PageHelp } from '../page-help.tsx';

/** The words of the list of files. */
export function FilesHelp() {
  return (
    <PageHelp
      words={[
        { word: 'Automatic', means: 'The file lay in a connection’s folder: it is read and sent by itself.' },
        {
          word: 'Test',
          means: 'It lay in the test folder: you see what it would send, and nothing is sent.',
        },
        {
          word: 'Bulk',
          means:
            'It lay in the bulk folder and waits until you start it. It only adds people whom Klaviyo does not know, and touches no consent.',
        },
        {
          word: 'Held',
          means:
            'Something about the whole file looks wrong. Nothing of it was sent. You release or discard it.',
        },
        {
          word: 'Unrecognised',
          means: 'The name does not say what is in the file. Rename it and it is read.',
        },
        { word: 'Duplicate', means: 'The same content came before. It was moved away and nothing was sent.' },
        {
          word: 'Rejected',
          means: 'Rows that could not become a customer, order or reward. The others went on.',
        },
      ]}
    >
      Every file that Apparel21 put on the SFTP server, newest first, with what became of it.
    </PageHelp>
  );
}
