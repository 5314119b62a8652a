import { PageHelp } from '../page-help.tsx';

/** The foot of the list of mappings. */
export function MappingsHelp() {
  return (
    <PageHelp
      words={[
        {
          word: 'Mapping',
          means: 'Says how columns of a file become one thing in Klaviyo, such as a property.',
        },
        { word: 'Target', means: 'What a mapping sets in Klaviyo.' },
        {
          word: 'Scope',
          means: 'Which rows a mapping reads: customers, whole orders, single items of orders, or rewards.',
        },
        {
          word: 'Order',
          means:
            'Matters only among mappings of the same target: they are asked from top to bottom, and the first that gives something wins.',
        },
        { word: 'Off', means: 'The mapping is kept, and files are read as if it were not there.' },
      ]}
    >
      Every column that Klaviyo should know passes through one of these mappings. Changes count from the next
      file on; existing records follow when you say so after saving.
    </PageHelp>
  );
}

/** The foot of the editor. */
export function EditorHelp() {
  return (
    <PageHelp
      words={[
        {
          word: 'Rule',
          means:
            'A condition and a text. The first rule whose condition holds gives the value of the mapping.',
        },
        { word: 'Column in {{ }}', means: 'Stands for the value of that column in the row that is read.' },
        {
          word: 'customer in {{ }}',
          means:
            'In mappings of orders and items, the row of the customer: {{ customer.CITY }}. {{ customer.RETAIL_REP }} for the target "skip" leaves out what staff buys.',
        },
        { word: 'Function', means: 'Changes the value before it, for example the way a date is written.' },
        {
          word: 'Blank',
          means: 'A rule applies, and nothing comes of it, mostly because the column is empty.',
        },
        {
          word: 'Sample rows',
          means: 'The newest records; the preview counts how many of them each rule is for.',
        },
      ]}
    >
      Here you write how one target gets its value. The preview shows at once what would come of it for a real
      row; nothing counts before you save.
    </PageHelp>
  );
}
