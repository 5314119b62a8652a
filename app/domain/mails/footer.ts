import type { MailBlock } from './mail-content.ts';

/** Why somebody gets this mail. */
export const FOOTER: MailBlock = {
  kind: 'text',
  text: 'Threadline sent this because your address stands in the e-mail settings of a connection of this shop. Change them in Threadline under Settings, Connections.',
};
