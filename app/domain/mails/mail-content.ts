/** What a mail says, before it is text or HTML. */
export type MailBlock =
  | { kind: 'heading'; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'items'; items: string[] }
  | { kind: 'link'; label: string; url: string };

export type MailContent = { subject: string; blocks: MailBlock[] };

export type WrittenMail = { subject: string; text: string; html: string };

const LONGEST_SUBJECT = 150;

/** The mail in plain text and as simple HTML that says the same. Whatever stands in names, no markup and no header comes of it. */
export function writeMail({ subject, blocks }: MailContent): WrittenMail {
  return {
    subject: headerText(subject),
    text: `${blocks.map(asText).join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#303030">${blocks
      .map(asHtml)
      .join('\n')}</body></html>`,
  };
}

/** One line without control characters, so that a file or connection with a line break in its name adds no header. */
export function headerText(text: string): string {
  const line = oneLine(text);
  return line.length > LONGEST_SUBJECT ? `${line.slice(0, LONGEST_SUBJECT - 1)}…` : line;
}

/** \p{C} also has the invisible marks that turn the direction of text: a name must not disguise itself. */
function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

function asText(block: MailBlock): string {
  switch (block.kind) {
    case 'heading':
      return oneLine(block.text).toUpperCase();
    case 'text':
      return oneLine(block.text);
    case 'items':
      return block.items.map((item) => `- ${oneLine(item)}`).join('\n');
    case 'link':
      return `${oneLine(block.label)}: ${oneLine(block.url)}`;
  }
}

function asHtml(block: MailBlock): string {
  switch (block.kind) {
    case 'heading':
      return `<h2 style="font-size:16px">${escape(block.text)}</h2>`;
    case 'text':
      return `<p>${escape(block.text)}</p>`;
    case 'items':
      return `<ul>${block.items.map((item) => `<li>${escape(item)}</li>`).join('')}</ul>`;
    case 'link':
      return `<p><a href="${escape(block.url)}">${escape(block.label)}</a></p>`;
  }
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return oneLine(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
