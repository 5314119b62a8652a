import { alertAction } from '../alert-action.ts';
import { faultIn } from '../remedy.ts';
import { appLink, shopName, type AppAddress } from './app-link.ts';
import { FOOTER } from './footer.ts';
import { writeMail, type MailBlock, type WrittenMail } from './mail-content.ts';

/** Something that is wrong: an open alert, or a file that a person has to look at. */
export type Concern = {
  cause: string;
  code: string;
  /** What is wrong and what to do, in the merchant's words. */
  message: string;
  /** The second half of the message. */
  hint: string;
  /** Null = the whole shop. */
  connection: { id: string; name: string } | null;
  file: string | null;
  /** In the shop's own time. */
  since: string;
};

/** More would hide what matters; the app shows them all. */
const MOST_SHOWN = 20;

/** Everything that became wrong in a shop, in one mail. `concerns` is not empty. */
export function problemsMail(input: { shop: string; address: AppAddress; concerns: Concern[] }): WrittenMail {
  const { shop, address, concerns } = input;
  const shown = concerns.slice(0, MOST_SHOWN);
  const more = concerns.length - shown.length;
  return writeMail({
    subject: subjectOf(shop, concerns),
    blocks: [
      ...shown.flatMap((concern) => blocksOf(concern, shop, address)),
      ...(more > 0 ? [{ kind: 'text' as const, text: `${more} more are in the app.` }] : []),
      { kind: 'link', label: 'Everything that is open', url: appLink(address, shop, '/app/activity') },
      FOOTER,
    ],
  });
}

function subjectOf(shop: string, concerns: Concern[]): string {
  const [first] = concerns;
  return first === undefined || concerns.length > 1
    ? `${shopName(shop)}: ${concerns.length} problems in Threadline`
    : `${shopName(shop)}: ${titleOf(first)}`;
}

/** The first sentence that says what is wrong. */
function titleOf({ message, hint, file }: Concern): string {
  const fault = faultIn(message, hint);
  return file === null || fault.includes(file) ? fault : `${file}: ${fault}`;
}

function blocksOf(concern: Concern, shop: string, address: AppAddress): MailBlock[] {
  const { cause, code, connection, file, hint, since } = concern;
  const action = alertAction({ cause, code, connection }) ?? { content: 'Open the app', url: '/app' };
  return [
    { kind: 'heading', text: titleOf(concern) },
    ...(hint === '' ? [] : [{ kind: 'text' as const, text: `What to do: ${hint}` }]),
    {
      kind: 'items',
      items: [
        connection === null ? 'Whole shop' : `Connection: ${connection.name}`,
        ...(file === null ? [] : [`File: ${file}`]),
        `Since: ${since}`,
      ],
    },
    { kind: 'link', label: action.content, url: appLink(address, shop, action.url) },
  ];
}
